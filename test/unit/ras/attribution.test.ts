/** Whose memory a lost page is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RasEvent } from '../../../src/events/event.ts';
import { BUS_MCEERR_AO, BUS_MCEERR_AR } from '../../../src/native/binding.ts';
import { eventLine } from '../../../src/observe/event-text.ts';
import { ReportStories } from '../../../src/observe/report-story.ts';
import { fakeService, RAM_BASE } from './fake-service.ts';
import { FakeVcpu } from './fake-vcpu.ts';

const TABLES = { base: RAM_BASE + 0x20_0000, size: 0x1_0000 };

type Attributed = Extract<RasEvent, { kind: 'attributed' }>;

function attributed({ events }: ReturnType<typeof fakeService>): Attributed[] {
  return events.since(0).filter((event) => event.kind === 'attributed');
}

test("firmware's memory is told apart from the guest's own, by any page that reaches into it", () => {
  const guest = fakeService({ firmware: [TABLES] });
  const { ras } = guest;
  for (const gpa of [
    TABLES.base - 4096,
    TABLES.base,
    TABLES.base + TABLES.size - 4096,
    TABLES.base + TABLES.size,
  ])
    guest.early(gpa);
  ras.lostEarly(TABLES.base + 0x20_0000, 0x20_0000, 'scan');
  ras.close();
  assert.deepEqual(
    attributed(guest).map(({ owner }) => owner),
    ['guest-ram', 'firmware', 'firmware', 'guest-ram', 'guest-ram'],
  );
  const whole = fakeService({ firmware: [TABLES] });
  whole.ras.lostEarly(RAM_BASE + 0x20_0000, 0x20_0000, 'scan');
  whole.ras.close();
  assert.equal(attributed(whole)[0]!.owner, 'firmware');
});

for (const [timing, code, vcpu] of [
  ['early', BUS_MCEERR_AO, undefined],
  ['late', BUS_MCEERR_AR, new FakeVcpu(3, {})],
] as const) {
  test(`memory of rasvm's own, ${timing}: an error with an id and a story, and nothing for the guest`, () => {
    const guest = fakeService();
    const { memory, ras, events, ledger } = guest;
    const ends: [string, number, string | undefined][] = [];
    const stories = new ReportStories({ ended: ({ id, reason }, end) => ends.push([end, id, reason]) });
    events.subscribe((event) => stories.take(event));
    const hva = memory.hva + memory.size;
    const time = process.hrtime.bigint();
    const foreign = ras.signal(
      { kind: 'memory-error', code, hva, lsb: 12, time, vcpu: vcpu?.index },
      vcpu?.as(),
    );
    assert.deepEqual(foreign, { hva, code, vcpu: vcpu?.index });
    events.emit('machine.stopped', { reason: 'the end', status: 4 });
    events.flush();
    ras.close();

    const [event, ...others] = attributed(guest);
    const { owner, gpa, size, vcpu: met, timing: when } = event!;
    assert.deepEqual([owner, gpa, size, met, when], ['rasvm', undefined, 4096, vcpu?.index, timing]);
    assert.deepEqual(others, []);
    assert.match(eventLine(event!), /#1 +attributed +rasvm \(HVA 0x[0-9a-f]+\), 4K/);
    assert.equal(ledger.size, 0, 'no page of the guest is lost');
    assert.equal(vcpu?.resumed ?? 0, 0);
    assert.equal(guest.pulses(), 0);
    assert.equal(ends.length, 1);
    const [end, id, reason] = ends[0]!;
    assert.deepEqual([end, id], ['unrecorded', event!.id]);
    assert.match(reason!, /memory of rasvm's own failed at HVA/);
  });
}

test('an abort whose address nobody knows says so', () => {
  const abort: RasEvent = {
    ...{ seq: 1, time: 0, kind: 'notified', id: 1, notification: 'SEA', vcpu: 0, access: 'unknown' },
    ...{ pc: 0x40_0000n, exceptionLevel: 0, esr: 0x9200_0410n, by: 'rasvm' },
  };
  assert.match(eventLine(abort), /SEA, unknown access, GVA unknown at PC 0x400000 in EL0/);
  assert.match(eventLine({ ...abort, access: 'data', gva: 0x1000n }), /data access at GVA 0x1000 at PC/);
});
