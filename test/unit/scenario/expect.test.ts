import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../src/scenario/judge/expect.ts';
import { judgeTouch } from '../../../src/scenario/judge/expect-touch.ts';
import type { Evidence } from '../../../src/scenario/judge/verdict.ts';
import { matches, matchesDeep } from '../../../src/scenario/language/matcher.ts';
import type { Expectation } from '../../../src/scenario/language/schema-expect.ts';
import { Values } from '../../../src/scenario/language/values.ts';
import { printed, saidByAgent } from './console-lines.ts';
import { earlyEvidence, lateEvidence } from './transcripts.ts';

test('values: numbers in any notation, comparisons with units, expressions', () => {
  for (const [seen, wanted] of [
    [4096, '4K'],
    [0x4200_0000, '0x42000000'],
    ['0xfffffffffffff000', '0xfffffffffffff000'],
    [1_500_000, '<2ms'],
    [2_000_000, '>=2ms'],
    [3, '!=4'],
    ['SEA', 'SEA'],
    ['SEA', '!=GSIV'],
    ['sysrq triggered crash', '/^sysrq/'],
    [true, true],
  ] as const)
    assert.ok(matches(seen, wanted), `${seen} ${wanted}`);
  for (const [seen, wanted] of [
    [4097, '4K'],
    ['0xfffffffffffff001', '0xfffffffffffff000'],
    [2_000_000, '<2ms'],
    [undefined, 0],
    [undefined, '!=4'],
    [undefined, '<5'],
    ['a SEA', 'SEA'],
    ['true', true],
    [1, true],
  ] as const)
    assert.ok(!matches(seen, wanted), `${seen} ${wanted}`);
  const status = { ras: { resolved: 'off', early: false }, errors: { untold: 2 } };
  assert.ok(matchesDeep(status, { ras: { resolved: 'off' }, errors: { untold: '>=1' } }));
  assert.ok(!matchesDeep(status, { ras: { resolved: 'on' } }));
  assert.ok(!matchesDeep(status, { records: { sea: 1 } }));
});

/** Of a transcript: what the agent said begins with its name. */
function lineOf(text: string, at: number) {
  const [, words] = /^rasvm-guest: (.*)$/.exec(text) ?? [];
  return words === undefined ? printed(text, at) : saidByAgent(words, at);
}

/** The claims, and those that are not so. */
function judged(wanted: Expectation, { page, events, console: lines }: Evidence) {
  const values = new Values();
  values.name('page', [page]);
  const seen = {
    events: events.map((event) => ({ at: event.time / 1e6, event })),
    console: lines.map((text, at) => lineOf(text, at)),
  };
  const checks = judge(wanted, seen, values);
  return { count: checks.length, wrong: checks.filter(({ proved }) => !proved).map(({ claim }) => claim) };
}

test('the whole way of an error', () => {
  const late: Expectation = { told: { page: 'page', as: 'late' }, reported: 'page', recovered: 'page' };
  assert.deepEqual(judged(late, lateEvidence()), { count: 7, wrong: [] });
  const early: Expectation = { ...late, told: [{ page: 'page', as: 'early' }] };
  assert.deepEqual(judged(early, earlyEvidence()), { count: 7, wrong: [] });
  const { wrong } = judged(early, lateEvidence());
  assert.equal(wrong.length, 5);
  assert.ok(wrong.includes('page: the guest was notified by GSIV'));
});

test('lines of the log in order, in time, counted, and absent', () => {
  const log = (...lines: NonNullable<Expectation['log']>) => judged({ log: lines }, lateEvidence()).wrong;
  assert.deepEqual(log('event severity', 'physical_address: ', '/recovery action.*Recovered$/'), []);
  assert.deepEqual(log('Recovered', 'event severity'), ["the guest's log has 'event severity'"]);
  assert.deepEqual(log('event severity', { line: 'Recovered', within: '1s' }), []);
  assert.deepEqual(log('event severity', { line: 'Recovered', within: '0ms' }), [
    "the guest's log has 'Recovered' within 0ms",
  ]);
  assert.deepEqual(log({ line: 'Memory failure', count: 2 }, { line: 'Recovered', count: '<2' }), []);
  assert.deepEqual(log({ line: 'Memory failure', count: 1 }), [
    "the guest's log has exactly 1 times 'Memory failure'",
  ]);
  assert.deepEqual(judged({ noLog: ['Kernel panic'] }, lateEvidence()).wrong, []);
  assert.deepEqual(judged({ noLog: ['/recov/'] }, lateEvidence()).wrong, [
    "the guest's log has no '/recov/'",
  ]);
});

test('events in order, in time, counted, and absent', () => {
  const events = (...list: NonNullable<Expectation['events']>) =>
    judged({ events: list }, lateEvidence()).wrong;
  assert.deepEqual(
    events(
      { signal: { vcpu: 1 } },
      { recorded: null, within: '2ms' },
      { notified: { notification: 'SEA', by: 'kvm' } },
      { acknowledged: { after: '<2ms' } },
    ),
    [],
  );
  assert.deepEqual(events({ recorded: null }, { signal: null }), ['event signal']);
  assert.deepEqual(events({ signal: null }, { recorded: null, within: '1ms' }), [
    'event recorded within 1ms',
  ]);
  assert.deepEqual(events({ notified: { notification: 'GSIV' } }), ['event notified (notification GSIV)']);
  assert.deepEqual(events({ notified: null, count: 1 }, { queued: null, count: 0 }), []);
  assert.deepEqual(events({ notified: null, count: '>1' }), ['>1 times event notified']);
  assert.deepEqual(judged({ noEvents: [{ queued: null }] }, lateEvidence()).wrong, []);
  assert.deepEqual(judged({ noEvents: [{ signal: { vcpu: 1 } }] }, lateEvidence()).wrong, [
    'never: event signal (vcpu 1)',
  ]);
});

test('trace events in order, with their texts and fields, and counted', () => {
  const { page } = lateEvidence();
  const trace = (text: string) =>
    `rasvm-guest: event trace  kworker/0:1-24    [000] .....    12.345678: ${text}`;
  const console = [
    trace('memory_failure_event: pfn 0x48192: recovery action for dirty LRU page: Recovered'),
    trace('arm_event: affinity level: 2; MPIDR: 0000000080000001; MIDR: 00000000410fd0c0; running state: 1'),
  ];
  const claims = (wanted: Expectation) => judged(wanted, { page, events: [], console, signals: [] });
  assert.deepEqual(
    claims({
      trace: [
        { event: 'memory_failure_event', text: 'pfn 0x48192: recovery action' },
        { event: 'arm_event', fields: { MPIDR: '/1$/', 'affinity level': 2, 'running state': 1 } },
        { event: 'arm_event', count: 1 },
      ],
    }).wrong,
    [],
  );
  assert.equal(
    claims({
      trace: [
        { event: 'arm_event' },
        { event: 'memory_failure_event' },
        { event: 'arm_event', fields: { MPIDR: '/0$/' } },
        { event: 'arm_event', count: 2 },
        { event: 'mc_event' },
      ],
    }).wrong.length,
    4,
  );
});

test('signals that came by themselves, and that did not', () => {
  const { page } = lateEvidence();
  const line = (code: number) =>
    `rasvm-guest: event ${page.victim} signal=7 code=${code} addr=0x${page.va.toString(16)} lsb=12`;
  const quiet = { ...lateEvidence(), console: [] };
  const told = { ...quiet, console: [line(5)] };
  assert.deepEqual(judged({ signalled: { page: 'page', code: 'BUS_MCEERR_AO', lsb: 12 } }, told).wrong, []);
  assert.equal(judged({ signalled: { page: 'page', code: 'BUS_MCEERR_AR' } }, told).wrong.length, 1);
  assert.equal(judged({ signalled: { page: 'page' } }, quiet).wrong.length, 1);
  assert.deepEqual(judged({ notSignalled: 'page' }, quiet).wrong, []);
  assert.equal(judged({ notSignalled: 'page' }, told).wrong.length, 1);
});

test('touches', () => {
  const { page, touch } = lateEvidence();
  const value = { outcome: 'value', value: 0x5241530000000000n, va: page.va, ns: 10 } as const;
  const failed = { outcome: 'value', value: 0n, error: 5, va: 0, ns: 10 } as const;
  const died = { outcome: 'died', signal: 9 } as const;
  const right = [
    [touch!, 'BUS_MCEERR_AR'],
    [touch!, { code: 'BUS_MCEERR_AR', address: page.va, lsb: '12', within: '5ms' }],
    [value, 'contents'],
    [value, { value: '0x5241530000000000' }],
    [failed, { error: 5 }],
    [died, 'killed'],
    [died, { killedBy: 9 }],
  ] as const;
  for (const [came, wanted] of right)
    assert.ok(judgeTouch('page, read', page, wanted, came).proved, JSON.stringify(wanted));
  const wrong = [
    [touch!, 'BUS_OBJERR'],
    [touch!, { code: 'BUS_MCEERR_AR', within: '3ms' }],
    [touch!, { code: 'BUS_MCEERR_AR', address: page.va + 1 }],
    [touch!, { code: 'BUS_MCEERR_AR', lsb: 21 }],
    [
      { ...touch!, report: { signal: 7, code: 4, address: page.va + 4096, lsb: 12 } } as typeof touch &
        object,
      'BUS_MCEERR_AR',
    ],
    [value, 'BUS_MCEERR_AR'],
    [value, 'killed'],
    [value, { error: 5 }],
    [failed, { error: 14 }],
    [failed, 'contents'],
    [{ outcome: 'silent' }, 'killed'],
    [touch!, 'contents'],
    [died, { killedBy: 7 }],
  ] as const;
  for (const [came, wanted] of wrong)
    assert.ok(!judgeTouch('page, read', page, wanted, came).proved, JSON.stringify(wanted));
});
