import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventMessage } from '../../../src/api/events.ts';
import type { Check } from '../../../src/scenario/judge/check.ts';
import { type Evidence, judgeEarly, judgeLate } from '../../../src/scenario/judge/verdict.ts';
import { earlyEvidence, lateEvidence } from './transcripts.ts';

const unproved = (checks: readonly Check[]): string[] =>
  checks.filter(({ proved }) => !proved).map(({ claim }) => claim);

test('a run in which all came is proved', () => {
  assert.deepEqual(unproved(judgeLate(lateEvidence())), []);
  assert.deepEqual(unproved(judgeEarly(earlyEvidence())), []);
});

test('an early loss that a scan has found is proved without a signal of the host; a late one is not', () => {
  const found = (evidence: Evidence) =>
    change(evidence, 'signal', { kind: 'found', code: undefined, vcpu: undefined });
  assert.deepEqual(unproved(judgeEarly(found(earlyEvidence()))), []);
  assert.deepEqual(unproved(judgeLate(found(lateEvidence()))), ['rasvm learned of the loss from the host']);
});

test('nothing seen proves nothing', () => {
  const nothing = (evidence: Evidence): Evidence => ({
    page: evidence.page,
    events: [],
    console: [],
    signals: [],
  });
  assert.ok(judgeLate(nothing(lateEvidence())).every(({ proved }) => !proved));
  const early = judgeEarly(nothing(earlyEvidence())).filter(({ proved }) => proved);
  assert.deepEqual(
    early.map(({ claim }) => claim),
    ['no access reached the lost page'],
  );
});

interface Break {
  name: string;
  /** Of a claim that must fail by it. */
  claim: RegExp;
  evidence: Evidence;
}

const without = (evidence: Evidence, kind: string): Evidence => ({
  ...evidence,
  events: evidence.events.filter((event) => event.kind !== kind),
});

const change = (evidence: Evidence, kind: string, fields: Partial<EventMessage>): Evidence => ({
  ...evidence,
  events: evidence.events.map(
    (event) => (event.kind === kind ? { ...event, ...fields } : event) as EventMessage,
  ),
});

const lines = (evidence: Evidence, from: string | RegExp, to: string): Evidence => ({
  ...evidence,
  console: evidence.console.map((line) => line.replace(from, to)),
});

/** What is wrong in both parts in the same way. */
function commonBreaks(whole: Evidence, judged: 'late' | 'early'): Break[] {
  const { page } = whole;
  const other = judged === 'late' ? 'BUS_MCEERR_AO' : 'BUS_MCEERR_AR';
  return [
    { name: 'no signal', claim: /learned of the loss/, evidence: without(whole, 'signal') },
    {
      name: 'the other signal',
      claim: /learned of the loss/,
      evidence: change(whole, 'signal', { code: other }),
    },
    {
      name: 'a signal for another address',
      claim: /learned of the loss/,
      evidence: change(whole, 'signal', { hva: 4096 }),
    },
    {
      name: 'another page was found',
      claim: /found its GPA/,
      evidence: change(whole, 'attributed', { gpa: 4096 }),
    },
    { name: 'no record', claim: /a record names/, evidence: without(whole, 'recorded') },
    {
      name: "a record with the next page's address",
      claim: /a record names/,
      evidence: change(whole, 'recorded', { physicalAddress: page.gpa + 4096 }),
    },
    {
      name: "another error's record",
      claim: /a record names/,
      evidence: change(whole, 'recorded', { id: 77 }),
    },
    { name: 'no notification', claim: /notified by/, evidence: without(whole, 'notified') },
    {
      name: 'the other notification',
      claim: /notified by/,
      evidence: change(whole, 'notified', { notification: judged === 'late' ? 'GSIV' : 'SEA' }),
    },
    { name: 'no acknowledgement', claim: /acknowledged/, evidence: without(whole, 'acknowledged') },
    {
      name: 'an acknowledgement before the notification',
      claim: /acknowledged/,
      evidence: change(change(whole, 'acknowledged', { seq: 5 }), 'notified', { seq: 6 }),
    },
    {
      name: 'a report of another source',
      claim: /printed the record/,
      evidence: lines(whole, /Error Source: \d/, 'Error Source: 9'),
    },
    {
      name: 'a report of another address',
      claim: /printed the record/,
      evidence: lines(whole, /physical_address: \S+/, 'physical_address: 0x0000000042097000'),
    },
    {
      name: 'a report as corrected',
      claim: /printed the record/,
      evidence: lines(whole, 'event severity: recoverable', 'event severity: corrected'),
    },
    {
      name: 'the words of a report, not by the kernel',
      claim: /printed the record/,
      evidence: lines(whole, /^\[ *[0-9.]+\] /, ''),
    },
    {
      name: 'a recovery that failed',
      claim: /kernel recovered/,
      evidence: lines(whole, 'Recovered', 'Failed'),
    },
    {
      name: 'recovery of another page',
      claim: /kernel recovered/,
      evidence: lines(whole, /0x42096: rec/, '0x42097: rec'),
    },
    {
      name: 'a victim killed without its handler',
      claim: /its touch/,
      evidence: { ...whole, touch: { outcome: 'died', signal: 7 } },
    },
    {
      name: 'a victim that read a value',
      claim: /its touch/,
      evidence: { ...whole, touch: { outcome: 'value', value: 0n, va: page.va, ns: 1 } },
    },
    ...[
      { name: 'a plain SIGBUS', report: { signal: 7, code: 3, address: page.va, lsb: 0 } },
      {
        name: 'an address outside of the page',
        report: { signal: 7, code: 4, address: page.va + 4096, lsb: 12 },
      },
      { name: 'another extent', report: { signal: 7, code: 4, address: page.va, lsb: 21 } },
      { name: 'another signal', report: { signal: 11, code: 4, address: page.va, lsb: 12 } },
    ].map(({ name, report }) => ({
      name: `${name} for the touch`,
      claim: /its touch/,
      evidence: { ...whole, touch: { outcome: 'signal' as const, report, va: page.va, ns: 1 } },
    })),
  ];
}

function failBy(breaks: readonly Break[], judge: (evidence: Evidence) => Check[]): void {
  for (const { name, claim, evidence } of breaks) {
    test(name, () => {
      const missing = unproved(judge(evidence));
      assert.ok(
        missing.some((each) => claim.test(each)),
        `not found; unproved: ${missing.join('; ') || 'none'}`,
      );
    });
  }
}

describe('late is not proved by', () => {
  const whole = lateEvidence();
  failBy(commonBreaks(whole, 'late'), judgeLate);
  failBy(
    [
      {
        name: 'a signal that no vCPU took',
        claim: /learned of the loss/,
        evidence: change(whole, 'signal', { vcpu: undefined }),
      },
    ],
    judgeLate,
  );
});

describe('early is not proved by', () => {
  const whole = earlyEvidence();
  const { page } = whole;
  failBy(commonBreaks(whole, 'early'), judgeEarly);
  failBy(
    [
      {
        name: 'a signal that a vCPU took',
        claim: /learned of the loss/,
        evidence: change(whole, 'signal', { vcpu: 0 }),
      },
      {
        name: 'no early signal to the victim',
        claim: /before its touch/,
        evidence: { ...whole, signals: [] },
      },
      {
        name: 'an early signal with another address',
        claim: /before its touch/,
        evidence: { ...whole, signals: [{ signal: 7, code: 5, address: page.va - 4096, lsb: 12 }] },
      },
      {
        name: 'an access that reached the page after all',
        claim: /no access/,
        evidence: {
          ...whole,
          events: [
            ...whole.events,
            { seq: 9, time: 1, kind: 'attributed', id: 2, gpa: page.gpa, timing: 'late' },
          ],
        },
      },
    ],
    judgeEarly,
  );
});

test('what was seen instead is said', () => {
  const checks = judgeLate(lines(lateEvidence(), 'Recovered', 'Failed'));
  assert.match(checks.find(({ claim }) => /recovered/.test(claim))!.seen, /"result":"Failed"/);
  const dead = judgeLate({ ...lateEvidence(), touch: { outcome: 'died', signal: 7 } });
  assert.match(dead.find(({ claim }) => /its touch/.test(claim))!.seen, /died/);
});
