/**
 * Reports as text: for a terminal, JUnit XML, KTAP, JSON. What a guest printed can do no harm in any of them.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { validateXML } from 'xmllint-wasm';
import { htmlReport } from '../../../src/scenario/report/html.ts';
import { jsonReport } from '../../../src/scenario/report/json.ts';
import { junitReport } from '../../../src/scenario/report/junit.ts';
import { ktapReport } from '../../../src/scenario/report/ktap.ts';
import { matrixOf, summaryWords } from '../../../src/scenario/report/summary.ts';
import { terminalReport } from '../../../src/scenario/report/terminal.ts';
import { boundedLog, durationWords, visible } from '../../../src/scenario/report/text.ts';
import { colours } from '../../../src/scenario/report/timeline.ts';
import { seenWords } from '../../../src/scenario/report/words.ts';
import type { CaseResult, Outcome, RunResult } from '../../../src/scenario/run/result.ts';
import { HOSTILE, outcomeOf, STUCK, sampleCase, sampleRun } from './report-sample.ts';

const run = sampleRun();
const empty: RunResult = { ...run, cases: [] };
const count = (outcome: Outcome) => run.cases.filter((each) => each.outcome === outcome).length;

/** A run of cases with these outcomes, all of one kernel. */
function runOf(...outcomes: Outcome[]): RunResult {
  const cases = outcomes.map((outcome, i) => {
    const from = run.cases.find((each) => each.outcome === outcome)!;
    return {
      ...from,
      id: `${i}`,
      scenario: `scenario-${i}`,
      kernel: { name: 'debian:6.12' },
      variant: 'default',
    };
  });
  return { ...run, cases };
}

test('what judges the VMM and ran on one kernel alone: all reports say so, and none counts it', () => {
  const sample = { ...run.cases[0]!, variant: 'default', outcome: 'passed' as const };
  const on = (scenario: string, name: string): CaseResult => ({
    ...sample,
    id: `${scenario}@${name}`,
    scenario,
    kernel: { name },
    ...(scenario === 'stops' && { judges: 'vmm' }),
  });
  const left = { scenario: 'stops', kernel: { name: 'b' }, variant: 'default', instead: 'a' };
  const one: RunResult = {
    ...run,
    cases: [on('stops', 'a'), on('late', 'a'), on('late', 'b')],
    notAsked: [left, { ...left, kernel: { name: 'c' } }],
  };
  assert.deepEqual(
    matrixOf(one).rows.map(({ scenario, notAsked }) => [scenario, notAsked]),
    [
      ['stops', [false, true]],
      ['late', [false, false]],
    ],
  );
  const terminal = terminalReport(one);
  assert.match(
    terminal,
    /judges the VMM, not the guest's kernel; --all-kernels.*\n {2}1 scenario on a, not on b; c\n/,
  );
  assert.match(terminal, /^stops +✓ \d+\.\d s +·$/m);
  assert.match(terminal, /all 3 cases passed/);
  assert.doesNotMatch(terminal, /Skipped/);
  assert.match(ktapReport(one), /^# judges the VMM, not the guest's kernel: 1 scenario on a, not on b; c$/m);
  const junit = junitReport(one);
  assert.equal(junit.match(/<property name="notAsked" value="stops"\/>/g)?.length, 1);
  assert.match(junit, /<testsuites [^>]*tests="3"/);
  assert.match(htmlReport(one), /1 scenario on a, not on b; c/);
  assert.match(htmlReport(one), /<td><span class="not-asked" title="not run: judges the VMM/);
  const json = JSON.parse(jsonReport(one));
  assert.deepEqual(json.notAsked, one.notAsked);
  assert.equal(json.cases[0].judges, 'vmm');
  assert.deepEqual(JSON.parse(jsonReport(run)).notAsked, []);
  for (const report of [terminalReport, ktapReport, htmlReport])
    assert.doesNotMatch(
      report({ ...one, notAsked: [] }),
      /--all-kernels|judges the VMM, not the guest's kernel:/,
    );
  const failed = { ...on('stops', 'a'), outcome: 'failed' as const, reason: 'not so' };
  assert.match(terminalReport({ ...run, cases: [failed] }), /\n {4}judges the VMM, not the guest's kernel\n/);
});

test('a VMM other than rasvm has columns of its own, in all reports', () => {
  const { vmm: _vmm, ...sample } = run.cases[0]!;
  const on = { ...sample, kernel: { name: 'debian:6.12' }, variant: 'default' };
  const cases: CaseResult[] = [
    { ...on, id: 'a' },
    { ...on, id: 'b', vmm: 'qemu' },
    { ...on, id: 'c', vmm: 'qemu', variant: 'shared' },
  ];
  const { columns, rows } = matrixOf({ cases });
  assert.deepEqual(
    columns.map(({ title, vmm }) => [title, vmm]),
    [
      ['debian:6.12', 'rasvm'],
      ['debian:6.12/qemu', 'qemu'],
      ['debian:6.12/qemu, shared', 'qemu'],
    ],
  );
  assert.deepEqual(
    rows[0]!.cells.map((cell) => cell.map(({ id }) => id)),
    [['a'], ['b'], ['c']],
  );
  const both = { ...run, host: { ...run.host, qemu: '10.0.2' }, cases };
  for (const report of [terminalReport, junitReport, ktapReport, htmlReport])
    assert.match(report(both), /debian:6\.12\/qemu/);
  for (const report of [terminalReport, junitReport, jsonReport, htmlReport])
    assert.match(report(both), /10\.0\.2/);
  assert.match(jsonReport(both), /"vmm": "qemu"/);
});

test('text: what cannot be seen is shown, what is left is legal in XML', () => {
  assert.equal(visible(HOSTILE.terminal), '\\x1b]0;owned\\x07\\x1b[2J\\x9b31m');
  assert.equal(visible(HOSTILE.direction), '\\u{202e}owned\\u{202c}');
  assert.equal(visible('\ud800 \ufffe \ufeff'), '\\u{d800} \\u{fffe} \\u{feff}');
  assert.equal(visible('a\tb – ü 字 😀'), 'a\tb – ü 字 😀');
  const legal = /^[\t\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => legal.test(visible(text))));
});

test('text: durations as people say them', () => {
  assert.deepEqual([0, 3249, 59_940, 59_999, 65_000, 3_599_700, 3_660_000].map(durationWords), [
    '0.0 s',
    '3.2 s',
    '59.9 s',
    '1 min 00 s',
    '1 min 05 s',
    '1 h 00 min',
    '1 h 01 min',
  ]);
});

test('text: of a log too long to read the beginning, the end and lines about errors are left, and it says so', () => {
  const line = (i: number) => ({ at: i, text: `line ${i}`, ras: i === 1000 || i === 5 });
  const short = Array.from({ length: 4500 }, (_, i) => line(i));
  assert.deepEqual(boundedLog(short), short);
  const long = boundedLog(Array.from({ length: 20_000 }, (_, i) => line(i)));
  assert.equal(long.length, 500 + 1 + 1 + 1 + 4000);
  assert.deepEqual(
    long.slice(499, 504).map(({ text }) => text),
    [
      'line 499',
      '... 500 lines are left out here',
      'line 1000',
      '... 14999 lines are left out here',
      'line 16000',
    ],
  );
  const wide = boundedLog([{ at: 0, text: 'x'.repeat(5000), ras: false }])[0]!.text;
  assert.ok(wide.length < 2100 && wide.endsWith('... 3000 characters more'));
});

test('text: what a check saw, in words', () => {
  assert.equal(
    seenWords('{"seq":3,"time":34617,"kind":"signal","code":"BUS_MCEERR_AR","hva":281472457752576,"vcpu":0}'),
    'signal: code BUS_MCEERR_AR, hva 0xffff69dbc000, vcpu 0',
  );
  assert.equal(
    seenWords('{"outcome":"signal","report":{"address":4096,"lsb":12},"va":[4096,8192],"end":null}'),
    'outcome signal, report (address 0x1000, lsb 12), va 0x1000 0x2000, end null',
  );
  for (const text of ['nothing', '{', '{"a":', '[1]', '']) assert.equal(seenWords(text), text);
});

test('summary: in words, the worst first', () => {
  assert.equal(
    summaryWords({ passed: 18, failed: 2, skipped: 3, broken: 1 }),
    '2 of 24 cases failed, 1 could not be tested, 3 skipped, 18 passed',
  );
  assert.equal(summaryWords({ passed: 3, failed: 0, skipped: 0, broken: 0 }), 'all 3 cases passed');
  assert.equal(summaryWords({ passed: 0, failed: 0, skipped: 0, broken: 0 }), 'no case was run');
});

test('summary: a matrix has every case once, also those that are repeated or not run everywhere', () => {
  const again = sampleCase(5, { id: 'again' });
  const { columns, rows } = matrixOf({ cases: [...run.cases.slice(1), again] });
  assert.deepEqual(columns.map(({ title }) => title).sort(), [
    'debian:6.1',
    'debian:6.1, memfd',
    'debian:6.12',
    'debian:6.12, memfd',
  ]);
  assert.equal(rows.length, 50);
  assert.equal(rows.flatMap(({ cells }) => cells.flat()).length, 200);
  const column = columns.findIndex(({ title }) => title === 'debian:6.12');
  assert.equal(rows.find(({ scenario }) => scenario === 'late-read-1')!.cells[column]!.length, 2);
  const missing = columns.findIndex(({ title }) => title === 'debian:6.1');
  assert.deepEqual(rows.find(({ scenario }) => scenario === 'late-read-0')!.cells[missing], []);
});

test('terminal: what failed first comes first, with what was seen and the timeline', () => {
  const text = terminalReport(run);
  const first = run.cases.find(({ outcome }) => outcome === 'failed')!;
  const [head, second] = text.split('\n');
  assert.equal(head, 'What failed first');
  assert.ok(second!.includes('FAILED') && second!.includes(first.scenario));
  assert.ok(text.indexOf("the victim's handler did not run within 10 s") < text.indexOf('Then'));
  assert.doesNotMatch(text, / $/m);
  assert.match(text, /✗ its touch ran the victim's handler.*\n +seen: nothing/);
  assert.match(text, /^ +\d+\.\d ms {2}guest {3}\{1\}\[Hardware Error\]: event severity: recoverable$/m);
  const last = text.trimEnd().split('\n').at(-1)!;
  assert.equal(
    last,
    `rasvm test: ${count('failed')} of 200 cases failed, ${count('broken')} could not be tested, ` +
      `${count('skipped')} skipped, ${count('passed')} passed, in 12 min 34 s`,
  );
});

test('terminal: the matrix has a line a scenario, a column a kernel and variant', () => {
  const lines = terminalReport(run).split('\n');
  const at = lines.findIndex((line) => /^ +\[1\] +\[2\] +\[3\] +\[4\]$/.test(line));
  const columns = [...lines[at]!.matchAll(/\[\d\]/g)].map(({ index }) => index);
  run.cases.forEach(({ scenario, outcome }, i) => {
    const row = lines[at + 1 + Math.floor(i / 4)]!;
    // Columns are in the order in which they first come.
    const symbol = { passed: '✓', failed: '✗', skipped: '–', broken: '!' }[outcome];
    assert.ok(row.startsWith(`${scenario} `), row);
    assert.equal(row[columns[i % 4]!], symbol, row);
  });
  assert.ok(lines.includes('[4] debian:6.12, memfd: Linux 6.12.107+deb13-cloud-arm64'));
});

test('terminal: repeated cases are counted in their cell', () => {
  const repeated = ['passed', 'failed', 'passed'].map((outcome, i) =>
    sampleCase(0, { id: `${i}`, outcome: outcome as Outcome, durationMs: 1000 }),
  );
  assert.match(terminalReport({ ...run, cases: repeated }), /^late-read-0 {2}1✗ 2✓ 3\.0 s/m);
});

test('terminal: a run that is fine says so in few lines, also an empty one', () => {
  const text = terminalReport(runOf('passed', 'passed'));
  assert.match(text, /rasvm test: all 2 cases passed, in/);
  assert.doesNotMatch(text, /failed/i);
  assert.match(terminalReport(empty), /rasvm test: no case was run/);
});

test('terminal: nothing that a guest printed moves the cursor or is a command to CI; colours only when asked for', () => {
  const failed = run.cases.find(({ outcome }) => outcome === 'failed')!;
  const cases = Object.values(HOSTILE).map((text, i) => ({
    ...failed,
    id: `${i}`,
    scenario: `s${i}${text}`,
    title: text,
    reason: text,
    why: text,
    kernel: { name: `k${text}`, release: text },
    checks: [{ claim: text, proved: false, seen: text }],
    timeline: [{ at: 0, actor: 'guest' as const, text }],
  }));
  const text = terminalReport({ ...run, cases });
  assert.doesNotMatch(text, /[^\n\P{C}]/u);
  assert.doesNotMatch(text, /##\[/);
  assert.doesNotMatch(text, /^\s*::/m);
  assert.ok(terminalReport(run, { paint: colours }).includes('\x1b[1;31mFAILED\x1b[0m'));
});

test('a guest that fell silent: where it stood is told, and what could not be had', () => {
  const [vcpu] = STUCK.vcpus;
  const text = terminalReport({ ...run, cases: [{ ...run.cases[7]!, stuck: STUCK }] });
  assert.match(
    text,
    /where it stood:\n +vCPU 0: runnable, held by rasvm, pc 0xffff800012345678, pstate 0x3c5 = EL1h nzcv DAIF, ESR 0x56000000 = SVC \(EC 0x15\): immediate 0x0\n +not to be had: SysRq 7: the guest/,
  );
  assert.doesNotMatch(text, /[^\n\P{C}]/u);
  const cases = [{ ...run.cases[7]!, stuck: STUCK }];
  assert.deepEqual(JSON.parse(jsonReport({ ...run, cases })).cases[0].stuck.vcpus, [vcpu]);
  assert.match(
    junitReport({ ...run, cases }),
    /Where it stood:\nvCPU 0: runnable, held by rasvm, pc 0xffff800012345678/,
  );
  const page = htmlReport({ ...run, cases });
  assert.match(page, /<caption>Where it stood<\/caption>/);
  assert.match(page, /<code>0xffff800012345678<\/code>/);
  assert.match(page, /Not to be had: SysRq 7: the guest &lt;/);
  assert.doesNotMatch(htmlReport({ ...run, cases: [run.cases[7]!] }), /Where it stood/);
});

test('a cause stands with its cases, and once for all of them', () => {
  const cause = {
    code: 'boot-panic',
    text: `No. ${HOSTILE.html}${HOSTILE.terminal}`,
    reference: 'Linux kernel/panic.c',
  };
  const cases = runOf('failed', 'broken', 'failed', 'passed').cases.map((each, i) =>
    i < 2 ? { ...each, cause } : each,
  );
  const caused = { ...run, cases };

  const text = terminalReport(caused);
  assert.equal(text.match(/^ {4}cause: No\. /gm)?.length, 2);
  assert.match(text, /^Why\n {2}No\. .*\n {4}2 cases on debian:6\.12; see Linux kernel\/panic\.c\n\n/m);
  assert.doesNotMatch(text, /[^\n\P{C}]/u);
  assert.doesNotMatch(terminalReport(run), /^Why$|cause:/m);

  const json = JSON.parse(jsonReport(caused));
  assert.deepEqual(json.causes, [{ ...cause, cases: ['0', '1'] }]);
  assert.deepEqual(json.cases[0].cause, cause);

  const junit = junitReport(caused);
  assert.equal(junit.match(/message="cause: No\. /g)?.length, 2);
  const ktap = ktapReport(caused);
  assert.equal(ktap.match(/^ +# cause: No\. /gm)?.length, 2);
  assert.match(ktap, /^# cause of 2 cases on debian:6\.12: No\. /m);
  const page = htmlReport(caused);
  assert.equal(page.match(/<b>Cause:<\/b> No\. &lt;/g)?.length, 2);
  assert.match(page, /<li>No\. &lt;.* <a href="#case-1">2 cases on debian:6\.12<\/a>/);
});

test('JUnit: the schema that its readers share is kept, whatever a guest printed', async () => {
  const schema = readFileSync(join(import.meta.dirname, '../../fixtures/junit.xsd'), 'utf8');
  const failed = run.cases.find(({ outcome }) => outcome === 'failed')!;
  const hostile = Object.values(HOSTILE).map((text, i) => ({
    ...failed,
    id: `${i}`,
    scenario: `s${i}${text}`,
    title: text,
    reason: text,
    kernel: { name: `k${text}`, release: text },
    checks: [{ claim: text, proved: false, seen: `${text}\n${text}` }],
  }));
  const again = [sampleCase(0, { id: 'a' }), sampleCase(0, { id: 'b' })];
  const left = { ...run.cases[0]!, instead: 'other' };
  for (const cases of [run.cases, hostile, again, []]) {
    const contents = junitReport({ ...run, cases, notAsked: [left] });
    const { valid, errors } = await validateXML({ xml: { fileName: 'report.xml', contents }, schema });
    assert.deepEqual(errors, []);
    assert.ok(valid);
  }
  const wrong = junitReport(run).replace('classname=', 'class=');
  assert.ok(!(await validateXML({ xml: wrong, schema })).valid, 'the schema finds what is wrong');
});

test('JUnit: kernels are suites; reason, evidence and log are where Jenkins, GitLab and GitHub look', () => {
  const xml = junitReport(runOf('passed', 'failed', 'skipped', 'broken'));
  assert.match(xml, /<testsuites name="rasvm test" tests="4" failures="1" errors="1" time="754\.321">/);
  assert.match(
    xml,
    /<testsuite name="debian:6\.12" tests="4" failures="1" errors="1" skipped="1" time="[\d.]+" timestamp="2026-04-05T06:07:08">/,
  );
  assert.match(xml, /<testcase classname="rasvm\.debian:6_12" name="scenario-0" time="[\d.]+"><system-out>/);
  assert.match(xml, /<failure message="the victim's handler did not run within 10 s" type="failed">/);
  assert.match(xml, /NOT PROVED {2}its touch ran.*\n +seen: nothing &lt;\/pre&gt;/);
  assert.match(xml, /<skipped message="needs CONFIG_HUGETLBFS=y/);
  assert.match(xml, /<error message="the guest did not boot within 60 s" type="broken">/);
  const [passed, failed] = xml.split('<testcase').slice(1);
  assert.ok(!passed!.includes('boot line 3') && passed!.includes('event severity: recoverable'));
  assert.ok(failed!.includes('boot line 3 '));
  assert.doesNotMatch(xml, /\[\[ATTACHMENT/);
});

interface KtapTest {
  ok: boolean;
  description: string;
  directive?: string;
  data: string;
  diagnostics: string[];
  subtests: KtapTest[];
}

/** Reads KTAP as Documentation/dev-tools/ktap.rst has it, and is strict: unknown lines are an error here. */
function parseKtap(text: string): { tests: KtapTest[]; rest: string[] } {
  assert.ok(text.endsWith('\n'));
  const lines = text.slice(0, -1).split('\n');
  let at = 0;
  const next = (indent: string) =>
    lines[at]?.startsWith(indent) ? lines[at]!.slice(indent.length) : undefined;
  const block = (indent: string): KtapTest[] => {
    assert.equal(next(indent), 'KTAP version 1');
    at++;
    const planned = Number(/^1\.\.(\d+)$/.exec(next(indent) ?? '')![1]);
    at++;
    const tests: KtapTest[] = [];
    while (tests.length < planned) {
      const subtests = next(`${indent}  `) === 'KTAP version 1' ? block(`${indent}  `) : [];
      const diagnostics: string[] = [];
      for (; next(indent)?.startsWith('# '); at++) diagnostics.push(next(indent)!.slice(2));
      const result =
        /^(ok|not ok) (\d+)(?: ([^#]*?))?(?: # (?:(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b)? ?(.*))?$/.exec(
          next(indent) ?? '',
        );
      assert.ok(result, `line ${at + 1}: ${lines[at]}`);
      const [, word, number, description = '', directive, data = ''] = result;
      assert.equal(Number(number), tests.length + 1);
      tests.push({
        ok: word === 'ok',
        description,
        ...(directive && { directive }),
        data,
        diagnostics,
        subtests,
      });
      at++;
    }
    return tests;
  };
  const tests = block('');
  return { tests, rest: lines.slice(at) };
}

test('KTAP: kernel, scenario, checks; a test fails if one below it does', () => {
  const { tests, rest } = parseKtap(ktapReport(run));
  assert.equal(tests.length, 4);
  assert.ok(tests.every(({ subtests }) => subtests.length === 50));
  const judge = ({ ok, subtests, directive }: KtapTest): void => {
    if (subtests.some((each) => !each.ok)) assert.ok(!ok);
    if (directive === 'SKIP') assert.ok(ok);
    if (directive === 'ERROR') assert.ok(!ok);
    subtests.forEach(judge);
  };
  tests.forEach(judge);
  const seen = tests.flatMap(({ subtests }) => subtests);
  const outcomes = seen.map(({ ok, directive }): Outcome => {
    if (directive === 'SKIP') return 'skipped';
    return directive === 'ERROR' ? 'broken' : ok ? 'passed' : 'failed';
  });
  const expected = [0, 1, 2, 3].flatMap((column) =>
    Array.from({ length: 50 }, (_, i) => outcomeOf(i * 4 + column)),
  );
  assert.deepEqual(outcomes, expected);
  assert.deepEqual(rest, [
    `# Totals: pass:${count('passed')} fail:${count('failed')} xfail:0 xpass:0 skip:${count('skipped')} error:${count('broken')}`,
  ]);
});

test('KTAP: a failed check says what was seen, a failed case why, with the lines about errors', () => {
  const [kernel] = parseKtap(ktapReport(runOf('failed', 'skipped', 'broken'))).tests;
  assert.equal(kernel!.description, 'debian:6.12');
  assert.equal(kernel!.data, '1 of 3 failed, 1 of 3 could not be tested');
  const [failed, skipped, broken] = kernel!.subtests;
  assert.equal(failed!.description, 'scenario-0');
  assert.equal(failed!.data, "the victim's handler did not run within 10 s");
  assert.ok(failed!.diagnostics.some((line) => line.includes('event severity: recoverable')));
  assert.deepEqual(
    failed!.subtests.map(({ ok }) => ok),
    [true, false],
  );
  assert.match(failed!.subtests[1]!.diagnostics[0]!, /^seen: nothing/);
  assert.deepEqual([skipped!.directive, skipped!.subtests], ['SKIP', []]);
  assert.match(skipped!.data, /^needs CONFIG_HUGETLBFS=y/);
  assert.deepEqual([broken!.directive, broken!.data], ['ERROR', 'the guest did not boot within 60 s']);
  const [skips] = parseKtap(ktapReport(runOf('skipped', 'skipped'))).tests;
  assert.deepEqual([skips!.ok, skips!.directive], [true, 'SKIP']);
});

test('KTAP: words of a guest are never a result, a directive or a line of their own', () => {
  const failed = run.cases.find(({ outcome }) => outcome === 'failed')!;
  const texts = [...Object.values(HOSTILE), 'SKIP me', 'a # SKIP b', 'a\nok 2 b'];
  const cases = texts.map((text, i): CaseResult => {
    const checks = [{ claim: text, proved: false, seen: text }];
    return {
      ...failed,
      id: `${i}`,
      scenario: text,
      title: text,
      reason: text,
      kernel: { name: 'k' },
      variant: 'default',
      checks,
    };
  });
  const { tests } = parseKtap(ktapReport({ ...run, cases }));
  assert.equal(tests[0]!.subtests.length, texts.length);
  for (const each of tests[0]!.subtests) {
    assert.deepEqual([each.ok, each.directive, each.subtests.length], [false, undefined, 1]);
  }
  assert.deepEqual(parseKtap(ktapReport(empty)).tests, []);
});

test('JSON: all of it, as documented', () => {
  const json = JSON.parse(jsonReport(run)) as Record<string, unknown>;
  assert.equal(json.format, 'rasvm-test-report');
  assert.equal(json.version, 1);
  assert.equal(json.started, '2026-04-05T06:07:08.090Z');
  assert.deepEqual(json.counts, {
    failed: count('failed'),
    broken: count('broken'),
    skipped: count('skipped'),
    passed: count('passed'),
  });
  assert.deepEqual(json.host, run.host);
  const text = jsonReport(run);
  assert.ok(!/[^\n\P{C}]/u.test(text), 'what cannot be seen is escaped');
  const cases = JSON.parse(JSON.stringify(run.cases)) as CaseResult[];
  assert.ok(isDeepStrictEqual(json.cases, cases), 'and none of it is lost');
});
