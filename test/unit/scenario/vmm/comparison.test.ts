import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonTable, type Declaration } from '../../../../scripts/comparison/table.ts';
import type { CaseResult, GuestLogLine, TimelineEntry } from '../../../../src/scenario/run/result.ts';
import { printed } from '../console-lines.ts';
import { sampleRun } from '../report-sample.ts';

const run = sampleRun();
const of = (more: Partial<CaseResult>): CaseResult => {
  const { vmm: _vmm, reason: _reason, ...sample } = run.cases[0]!;
  const { scenario = 'a', vmm = 'rasvm' } = more;
  const kernel = { name: 'debian:6.12', release: '6.12.1' };
  return { ...sample, id: `${scenario}/${vmm}`, kernel, scenario, log: [], timeline: [], ...more };
};
const check = (proved: boolean, seen = '{"va":4096}') => ({
  claim: 'page: it has *what* was written',
  proved,
  seen,
});
const HOST = { kernel: '6.12.2', rasvm: '0.1.0', qemu: '10.0.13' };
const late = (id: string): Declaration => ({
  id,
  title: `Title | ${id}`,
  steps: [{ allocate: { page: 'page' } }, { poison: { page: 'page', tell: 'late' } }],
});

function lines(scenarios: readonly Declaration[], ...cases: CaseResult[]): string[] {
  return comparisonTable(scenarios, [{ started: '2026-01-02T03:04:05.000Z', host: HOST, cases }]).split('\n');
}

const rowOf = (id: string, text: readonly string[]) => text.find((line) => line.startsWith(`| \`${id}\``));

test('a row a scenario: claims, what was not so, the last words of a VMM that died, why it was left out', () => {
  const died =
    "guest g: an answer to 'touch a|b' did not come: QEMU aborted (qemu: OSPM does not acknowledge)";
  const text = lines(
    [late('b'), late('a'), late('c')],
    of({ outcome: 'passed', checks: [check(true), check(true)] }),
    of({ outcome: 'failed', vmm: 'qemu', checks: [check(true)], reason: died }),
    of({ scenario: 'b', outcome: 'failed', checks: [check(false), check(false)], reason: 'not so' }),
    of({ scenario: 'b', outcome: 'skipped', vmm: 'qemu', checks: [], reason: 'QEMU has | no' }),
  );
  assert.equal(text[0], '2026-01-02: rasvm 0.1.0 and QEMU 10.0.13; host Linux 6.12.2, guest Linux 6.12.1.');
  const head = text.findIndex((line) => line.startsWith('| Scenario'));
  assert.match(text[head - 2]!, /^## Late errors/);
  const row = (id: string, ...cells: string[]) =>
    `| \`${id}\` | Title \\| ${id} | anonymous | untouched | ${cells.join(' | ')} |`;
  assert.deepEqual(text.slice(head), [
    '| Scenario | What happens | Page, to the guest | State | rasvm | QEMU 10.0 |',
    '| --- | --- | --- | --- | --- | --- |',
    row('a', '✓ 2 claims', '✗ QEMU aborted (qemu: OSPM does not acknowledge)'),
    row(
      'b',
      '✗ 0 of 2 claims; not so: page: it has \\*what\\* was written, and 1 more; seen: va 0x1000',
      '– QEMU has \\| no',
    ),
    row('c', 'not run', 'not run'),
  ]);
  const before = { served: 2, reason: died };
  const twice = lines([late('a')], of({ outcome: 'passed', vmm: 'qemu', checks: [check(true)], before }));
  assert.match(
    rowOf('a', twice)!,
    /not run \| ✓ 1 claim; before, in a guest that had served 2 others: QEMU aborted \(qemu: OSPM does not acknowledge\) \|$/,
  );
  assert.ok(twice.includes('It died at first, and not when it was run again, in `a`.'));
});

test('the summary counts each scenario once, with deaths by their words', () => {
  const end = (how: string) => `guest g: its greeting did not come: ${how}`;
  const qemu = (scenario: string, reason: string, ...checks: CaseResult['checks']) =>
    of({ scenario, vmm: 'qemu', outcome: 'failed', reason, checks });
  const text = lines(
    [...'abcdefg'].map(late),
    of({ outcome: 'passed' }),
    qemu('a', end('QEMU ended with status 1 (qemu: no!)')),
    qemu('b', 'not so', check(false, '{"status":1,"signal":null,"says":"qemu: no!"}')),
    qemu('c', end('QEMU aborted (qemu: why?)')),
    // The guest's end, and the harness's.
    qemu('d', end("the guest's kernel panicked: qemu")),
    qemu('e', end('QEMU ended with status 0')),
    qemu('f', 'not so', check(false, '{"status":null,"signal":"SIGTERM","panic":"sysrq"}')),
  ).join('\n');
  assert.match(text, /\| Of 7 scenarios \| rasvm \| QEMU 10\.0 \|\n/);
  assert.match(text, /\| passed \| 1 \| 0 \|\n/);
  assert.match(text, /\| failed: the VMM died \| 0 \| 3 \|\n/);
  assert.match(text, /\| failed otherwise \| 0 \| 3 \|\n/);
  assert.match(text, /\| not run \| 6 \| 1 \|\n/);
  assert.match(text, /QEMU's last words: `no!` \(2\) and `why\?` \(1\)\./);
  assert.match(text, /Of the 3 in which QEMU died or was silent rasvm passed 1; not `b` and `c`\./);
});

test('a guest whose kernel says nothing of an early loss was not told of it', () => {
  const runner = (at: number, text: string): TimelineEntry => ({ at, actor: 'runner', text });
  const said = (at: number, text: string): GuestLogLine => ({ ...printed(text, at), ras: true });
  const timeline = [
    runner(10, "process's page at GPA 0x1000 is lost (via hwpoison, to be told early)"),
    runner(20, 'process touches page (read)'),
  ];
  const words = (more: Partial<CaseResult>) => {
    const failed = of({ vmm: 'qemu', outcome: 'failed', checks: [check(false)], timeline, ...more });
    return rowOf('a', lines([late('a')], failed))!;
  };
  assert.match(words({}), /✗ silent: 0 of 1 claim \|$/);
  assert.match(words({ log: [said(21, '{1}[Hardware Error]: of the touch')] }), /✗ silent: 0 of 1 claim \|$/);
  const oops = said(21, '[ 1.0] Internal error: synchronous external abort: 0000000096000410 [#1] SMP');
  assert.match(words({ log: [oops] }), /✗ silent, then the guest's kernel crashed: 0 of 1 claim \|$/);
  // It was told; the loss was a late one; the harness failed.
  assert.match(words({ log: [said(11, 'Memory failure: 0x1: Recovered')] }), /✗ 0 of 1 claim; not so/);
  assert.match(words({ timeline: [runner(20, 'process touches page (read)')] }), /✗ 0 of 1 claim; not so/);
  assert.match(words({ checks: [], reason: 'alloc: Connection timed out' }), /✗ alloc: Connection timed out/);
  assert.match(words({ checks: [], reason: 'QEMU did not end within 20 s' }), /✗ silent \|$/);
});

test('what QEMU has not is known without a run, and told in a few words', () => {
  const scenario: Declaration = { ...late('a'), steps: [{ inject: { serror: { class: 'uer' } } }] };
  const text = lines([scenario, late('b')], of({ scenario: 'b' }));
  assert.match(rowOf('a', text)!, /\| not run \| – no command that gives a vCPU an exception \|$/);
});

test('runs of parts of the suite are one table; what is no comparison is refused', () => {
  const report = (more: object, ...cases: CaseResult[]) => ({
    started: '2026-01-02T03:04:05.000Z',
    host: { ...HOST, ...more },
    cases,
  });
  const suite = [late('a'), late('b')];
  const made = (...reports: ReturnType<typeof report>[]) => comparisonTable(suite, reports);
  const table = made(report({}, of({ scenario: 'b' })), report({}, of({ scenario: 'a' })));
  assert.match(table, /`a`.*✓.*\n.*`b`.*✓/);
  assert.match(made(report({}, of({ outcome: 'broken', checks: [] })), report({}, of({}))), /`a`.*✓/);
  assert.throws(() => made(report({}, of({})), report({ kernel: '6.1.1' }, of({}))), RangeError);
  const { qemu: _, ...alone } = HOST;
  assert.throws(() => made({ ...report({}, of({})), host: alone as typeof HOST }), RangeError);
  const other = of({ kernel: { name: 'x', release: '7.2.1' } });
  assert.throws(() => made(report({}, of({}), other)), RangeError);
  assert.throws(() => made(report({}, of({ scenario: 'gone' }))), /no scenario gone/);
});
