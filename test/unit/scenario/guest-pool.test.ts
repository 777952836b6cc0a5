import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScenario } from '../../../src/scenario/language/load.ts';
import { runCase } from '../../../src/scenario/run/execute.ts';
import { GuestPool } from '../../../src/scenario/run/guest-pool.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import type { GuestRequest } from '../../../src/scenario/vmm/vmm.ts';
import { ScriptedGuest, sigbus } from './scripted-guest.ts';

const HEAD = 'title: X\nwhy: Because.\nreferences: [here]\n';
const LOST = `steps:
  - allocate: { page: page }
  - touch: { page: page, expect: BUS_MCEERR_AR }
  - expect: { limit: 100ms, log: [lost], hardwareCorrupted: 4K, noEvents: [{ known }] }
`;

/** Guests of which each touch loses a page. */
function place() {
  const guests: ScriptedGuest[] = [];
  const start = async (_: GuestRequest) => {
    const guest = new ScriptedGuest();
    guest.onTouch = (page) => {
      guest.say('a page is lost');
      guest.tell('attributed');
      guest.corrupted += 4096;
      return sigbus(page, 4);
    };
    guests.push(guest);
    return guest;
  };
  return { guests, start, pool: new GuestPool(start, 2) };
}

function run({ start, pool }: ReturnType<typeof place>, id: string, rest = LOST): Promise<CaseResult> {
  return runCase(
    {
      id: `${id}@k`,
      scenario: { ...readScenario(`${id}.yaml`, `id: ${id}\n${HEAD}${rest}`), path: `${id}.yaml` },
      kernel: { name: 'k', image: '/Image' },
      variant: { name: 'default', machine: {} },
    },
    {
      start,
      share: (request) => pool.take(request),
      observer: { caseStarted: () => {}, step: () => {}, caseEnded: () => {} },
      host: { hostKernel: '6.12.1', hostRas: true },
      words: ({ kind }) => kind,
    },
  );
}

test('a guest that is well serves the next case, which sees only its own', async () => {
  const here = place();
  const first = await run(here, 'a');
  assert.equal(first.outcome, 'passed', first.reason);
  const second = await run(here, 'b');
  assert.equal(second.outcome, 'passed', second.reason);
  assert.equal(here.guests.length, 1);
  assert.equal(second.served, 1);
  assert.equal(second.log.filter(({ text }) => text.includes('lost')).length, 1);
  assert.equal(second.timeline.filter(({ event }) => event).length, 1);
  const { asked, killed } = here.guests[0]!;
  assert.equal(asked.filter((each) => each === 'end' || each === 'trace off').length, 4);
  assert.ok(!asked.includes('poweroff') && !killed);
  await here.pool.close();
  assert.ok(here.guests[0]!.killed);
});

test('another machine is another guest, and so is one for a scenario that is alone', async () => {
  const here = place();
  await run(here, 'a');
  await run(here, 'b', `machine: { memory: 512M }\n${LOST}`);
  const alone = await run(here, 'c', `alone: true\n${LOST}`);
  assert.equal(alone.outcome, 'passed');
  assert.equal(here.guests.length, 3);
  assert.ok(here.guests[2]!.asked.includes('poweroff'));
  // There is room for two: the third request takes the place of who has waited longest.
  await run(here, 'd', `machine: { memory: 1G }\n${LOST}`);
  assert.deepEqual(
    here.guests.map(({ killed }) => killed),
    [true, false, true, false],
  );
});

test('a guest that was harmed serves nobody else', async () => {
  const here = place();
  const oops = 'steps:\n  - allocate: { page: page }\n  - expect: { guest: { oopses: lost } }\n';
  const failed = await run(here, 'a', oops);
  assert.equal(failed.outcome, 'failed');
  assert.equal(failed.before, undefined);
  assert.ok(here.guests[0]!.killed);
  await run(here, 'b');
  here.guests[1]!.answers.set('cpus', 'silence');
  await run(here, 'c');
  assert.equal(here.guests.length, 3);
  assert.ok(here.guests[1]!.killed);
});

test('what does not pass in a guest that served others is run again in its own, and that counts', async () => {
  const here = place();
  await run(here, 'a');
  here.guests[0]!.onTouch = (page) => sigbus(page, 3);
  const again = await run(here, 'b');
  assert.equal(again.outcome, 'passed');
  assert.equal(again.served, undefined);
  assert.equal(again.before?.served, 1);
  assert.match(again.before!.reason, /not so: /);
  assert.equal(here.guests.length, 2);
});
