/** The path of a memory error with real poison and real guest kernels: late, early, both, and several at once. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '../../src/control/messages.ts';
import type { Guest } from '../../src/scenario/guest.ts';
import { recoveryActions } from '../../src/scenario/kernel-report.ts';
import { evidenceOf, loseEarly, loseLate, settle, spaceReports } from '../../src/scenario/loss.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/verdict.ts';
import { codeValueOf, type Page, patternOf } from '../../src/scenario/victim.ts';
import { assertProved, assertSigbus, guestKernels, withGuest } from './support.ts';

for (const { series, path } of guestKernels()) {
  describe(`guest kernel ${series}`, () => {
    test('each loss reaches the process that owns the page, and nothing else', {
      timeout: 240_000,
    }, async (t) => {
      await withGuest(
        { kernel: path, cpus: 2, memory: '512M' },
        async (guest, step) => {
          await step('late: an anonymous page, read', () => provesLate(guest, 'anon', 'read'));
          await step('early: told before it is touched; then touched', () => provesEarly(guest));
          await step('late: a page of code, run', () => provesLate(guest, 'code', 'exec'));
          await step('late: a page of a tmpfs file, written', () => provesLate(guest, 'tmpfs', 'write'));
          await step('early and late on the same page: one SEA, at most one early report', () =>
            bothAtOnce(guest),
          );
          await step('two vCPUs on two lost pages at once: each gets its own', () => twoAtOnce(guest));
          await step('what is lost is what the guest counts', () => countsLosses(guest));
          assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
        },
        t,
      );
    });
  });
}

let lost = 0;

async function provesLate(guest: Guest, kind: 'anon' | 'code' | 'tmpfs', how: 'read' | 'write' | 'exec') {
  const [page, neighbour] = await guest.allocate(kind, kind, 2);
  await spaceReports(guest);
  lost++;
  const story = await loseLate(guest, page!, { how });
  assertProved(judgeLate(evidenceOf(story)));
  const notified = story.events.map(({ event }) => event).find(({ kind: each }) => each === 'notified');
  assert.equal(notified?.access, how === 'exec' ? 'fetch' : 'data');
  assert.equal(notified?.exceptionLevel, 0);
  assert.equal(notified?.gva, `0x${page!.va.toString(16)}`);
  const whole = await guest.touch(neighbour!, how === 'exec' ? 'exec' : 'read');
  assert.equal(
    whole.outcome === 'value' && whole.value,
    how === 'exec' ? codeValueOf(neighbour!) : patternOf(neighbour!),
  );
}

async function provesEarly(guest: Guest) {
  const [page] = await guest.allocate('early', 'anon');
  await spaceReports(guest);
  lost++;
  assertProved(judgeEarly(evidenceOf(await loseEarly(guest, page!))));
}

/** The victim reads without a pause when the host loses the page: the access and the early signal come together. */
async function bothAtOnce(guest: Guest) {
  const [page] = await guest.allocate('spinner', 'anon');
  const [firstLine, firstEvent] = [guest.console.mark, guest.events.mark];
  lost++;

  const touch = guest.touch(page!, 'spin');
  // The guest does not say when it spins; on a busy machine the loss may still come first.
  await sleep(2000);
  const { id } = await guest.inject({ gpa: page!.gpa, via: 'hwpoison', tell: 'early' });
  assertSigbus(await touch, page!, 4);
  await settle(guest, page!, firstLine, firstEvent);
  await guest.event('signal', { code: 'BUS_MCEERR_AO' }, firstEvent);

  const events = eventsSince(guest, firstEvent);
  const reached = find(events, 'signal', { code: 'BUS_MCEERR_AR' }) !== undefined;
  const notified = events.filter((event) => event.kind === 'notified' && event.id === id);
  const count = (kind: string) => notified.filter(({ notification }) => notification === kind).length;
  assert.equal(count('SEA'), reached ? 1 : 0);
  assert.ok(count('GSIV') <= 1);
  assert.ok(reached || count('GSIV') === 1, 'the loss was not told');
  assertRecovered(guest, page!, firstLine);
}

async function twoAtOnce(guest: Guest) {
  const [left] = await guest.allocate('left', 'anon');
  const [right] = await guest.allocate('right', 'anon');
  await guest.command('pin left 0');
  await guest.command('pin right 1');
  const [firstLine, firstEvent] = [guest.console.mark, guest.events.mark];
  lost += 2;
  for (const page of [left!, right!]) await guest.inject({ gpa: page.gpa, via: 'madvise', tell: 'late' });

  const touches = await guest.race([left!, right!]);
  for (const page of [left!, right!]) await settle(guest, page, firstLine, firstEvent);

  for (const [i, page] of [left!, right!].entries()) {
    assertSigbus(touches[i]!, page, 4);
    assertRecovered(guest, page, firstLine);
  }
  const events = eventsSince(guest, firstEvent);
  const stories = [left!, right!].map((page, vcpu) => {
    const attributed = find(events, 'attributed', { gpa: page.gpa, timing: 'late' });
    assert.equal(attributed?.vcpu, vcpu);
    const id = attributed!.id!;
    const recorded = find(events, 'recorded', { id });
    assert.equal(recorded?.physicalAddress, page.gpa);
    const acknowledged = find(events, 'acknowledged', { id });
    assert.ok(acknowledged, `no acknowledgement of error ${id}`);
    return { recorded: recorded!.seq, acknowledged: acknowledged.seq };
  });
  // Linux reads every SEA source on any SEA: the second record must not stand there before the first is done.
  const [first, second] = stories.sort((a, b) => a.recorded - b.recorded);
  assert.ok(first!.acknowledged < second!.recorded, 'the second record was published too soon');
}

async function countsLosses(guest: Guest) {
  assert.equal(await guest.hardwareCorrupted(), lost * 4096);
  lost = 0;
  const { errors } = await guest.status();
  assert.equal(errors.untold, 0);
  assert.equal(errors.queued, 0);
  const bad = guest
    .kernelLines()
    .filter((line) => /Internal error|BUG:|Oops|Kernel panic|Call trace/.test(line));
  assert.deepEqual(bad, []);
}

function eventsSince(guest: Guest, mark: number): EventMessage[] {
  return guest.events.items.slice(mark).map(({ event }) => event);
}

function find(
  events: readonly EventMessage[],
  kind: string,
  fields: Partial<EventMessage>,
): EventMessage | undefined {
  const wanted = Object.entries(fields);
  return events.find(
    (event) => event.kind === kind && wanted.every(([name, value]) => event[name] === value),
  );
}

/** memory_failure may also say "already hardware poisoned" for a page told twice: one line of recovery is enough. */
function assertRecovered(guest: Guest, page: Page, from: number): void {
  const lines = guest.console.items.slice(from).map(({ text }) => text);
  const actions = recoveryActions(lines).filter(({ frame }) => frame * 4096 === page.gpa);
  assert.ok(
    actions.some(({ result }) => result === 'Recovered'),
    `recovery of ${page.gpa.toString(16)}: ${JSON.stringify(actions)}`,
  );
}
