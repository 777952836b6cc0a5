import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RasEvent } from '../../../src/events/event.ts';
import { REG } from '../../../src/kvm/registers.ts';
import { type FakeServiceOptions, fakeService, RAM_BASE } from './fake-service.ts';
import { FakeVcpu } from './fake-vcpu.ts';

const PAGE = RAM_BASE + 0x10_0000;
const HOST = { serror: true, serrorSyndrome: true };
/** Of an SError that is recoverable (UER): AET 3, DFSC 0x11. */
const UER = 0xc11n;
const MASKED = 1n << 8n;

const never = () => assert.fail('nothing is to be halted');

function withSerrors(host = HOST, options: FakeServiceOptions = {}) {
  return fakeService({ records: false, withoutRecord: { how: 'serror', host, halt: never }, ...options });
}

const notified = (events: RasEvent[]) =>
  events.flatMap((each) => (each.kind === 'notified' ? [[each.notification, each.esr]] : []));

test('without records and without a policy of its own a touch is an SEA', () => {
  const { touch, events } = fakeService({ records: false });
  assert.equal(touch(PAGE).resumed, 1);
  assert.deepEqual(
    notified(events.since(0)).map(([how]) => how),
    ['SEA'],
  );
});

test('serror: the vCPU goes on with an SError pending that says it is recoverable', () => {
  const { touch, events, kinds, ledger, ras } = withSerrors();
  const vcpu = touch(PAGE);
  assert.equal(vcpu.resumed, 1);
  const { serrorPending, serrorEsr } = vcpu.getEvents();
  assert.deepEqual([serrorPending, serrorEsr], [true, UER]);
  assert.equal(vcpu.getReg(REG.ESR_EL1), 0n, 'no SEA beside it');
  assert.deepEqual(kinds(), ['signal', 'attributed', 'unrecorded', 'notified']);
  assert.deepEqual(notified(events.since(0)), [['SError', UER]]);
  assert.equal([...ledger][0]!.toldLate, 1);
  assert.equal(ras.counts().untold, 1);
});

test('serror: a KVM that takes no syndrome chooses its own', () => {
  const { touch, events } = withSerrors({ serror: true, serrorSyndrome: false });
  const vcpu = new FakeVcpu(0, {});
  vcpu.hostHasRas = false;
  touch(PAGE, 0, vcpu);
  assert.equal(vcpu.getEvents().serrorPending, true);
  assert.deepEqual(notified(events.since(0)), [['SError', undefined]]);
});

test('serror: where SErrors are masked the access would never end, so it is an SEA', () => {
  const { touch, events } = withSerrors();
  const vcpu = touch(PAGE, 0, new FakeVcpu(0, { PSTATE: 5n | MASKED }));
  assert.equal(vcpu.getEvents().serrorPending, false);
  assert.equal(vcpu.resumed, 1);
  assert.equal(notified(events.since(0))[0]![0], 'SEA');
});

test('serror: one that is pending and not taken is no endless round', () => {
  const { touch, events } = withSerrors();
  const vcpu = new FakeVcpu(0, {});
  for (let i = 0; i < 4; i++) touch(PAGE, 0, vcpu);
  const told = notified(events.since(0)).map(([how]) => how);
  assert.deepEqual(told, ['SError', 'SError', 'SError', 'SEA']);
  assert.equal(vcpu.resumed, 4);
});

test('serror: a guest that takes each of them gets one for each touch', () => {
  const { touch, events } = withSerrors();
  for (let i = 0; i < 6; i++) {
    const vcpu = new FakeVcpu(0, {});
    vcpu.entersAtOnce = true;
    touch(PAGE, 0, vcpu);
    assert.equal(vcpu.getReg(REG.ESR_EL1) & 0x1ff_ffffn, UER);
  }
  assert.deepEqual([...new Set(notified(events.since(0)).map(([how]) => how))], ['SError']);
});

test('serror with records: early errors have theirs, late ones none', () => {
  const { early, touch, kinds, pulses } = withSerrors(HOST, { records: true });
  early(PAGE);
  assert.equal(pulses(), 1);
  touch(PAGE + 4096);
  assert.deepEqual(kinds(), [
    ...['signal', 'attributed', 'recorded', 'notified'],
    ...['signal', 'attributed', 'unrecorded', 'notified'],
  ]);
});

test('stop: the vCPU stays where it is, and the machine is told', () => {
  const halted: [number, number][] = [];
  const { touch, early, kinds } = fakeService({
    records: false,
    withoutRecord: { how: 'stop', host: HOST, halt: ({ gpa }, vcpu) => halted.push([gpa, vcpu]) },
  });
  // Nothing has touched this one.
  early(PAGE);
  assert.deepEqual(halted, []);
  const vcpu = touch(PAGE + 4096, 2);
  assert.equal(vcpu.resumed, 0);
  assert.equal(vcpu.getReg(REG.ESR_EL1), 0n);
  assert.deepEqual(halted, [[PAGE + 4096, 2]]);
  assert.ok(!kinds().includes('notified'));
});

test('on-error=stop: the first loss ends it, before anything is told', () => {
  for (const how of ['early', 'touch'] as const) {
    const ended: number[] = [];
    const service = fakeService({
      endsAt: ({ gpa }) => ended.push(gpa) > 0,
    });
    const vcpu = service[how](PAGE);
    assert.deepEqual(ended, [PAGE], how);
    assert.deepEqual(service.kinds(), ['signal', 'attributed'], how);
    assert.equal(service.pulses(), 0);
    if (vcpu instanceof FakeVcpu) assert.equal(vcpu.resumed, 0);
  }
});

test('on-error=stop: a page that is to be told late ends it when it is touched', () => {
  const ended: number[] = [];
  const { ras, early, touch } = fakeService({ endsAt: ({ gpa }) => ended.push(gpa) > 0 });
  ras.expectLoss(PAGE, 4096, 'late');
  early(PAGE);
  assert.deepEqual(ended, []);
  touch(PAGE);
  assert.deepEqual(ended, [PAGE]);
});
