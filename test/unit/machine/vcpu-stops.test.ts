import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VcpuStops } from '../../../src/machine/vcpu-stops.ts';
import type { Vcpu } from '../../../src/native/binding.ts';
import { store, withVm } from '../native/support.ts';

/** A vCPU of which only the thread's protocol counts. */
class FakeVcpu {
  readonly index: number;
  running = true;
  pauses = 0;
  resumes = 0;

  constructor(index = 0) {
    this.index = index;
  }

  pause(): void {
    this.pauses++;
  }

  resume(): void {
    this.resumes++;
    this.running = true;
  }

  as(): Vcpu {
    return this as unknown as Vcpu;
  }

  /** It answers its pause. */
  stopsIn(stops: VcpuStops): void {
    this.running = false;
    stops.paused(this.as());
  }
}

test('a vCPU that runs is stopped, and runs on when it is given back', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    const stops = new VcpuStops(() => false);
    vcpu.start();
    for (let i = 0; i < 3; i++) {
      const asked = stops.stop(vcpu);
      await events.next('paused');
      stops.paused(vcpu);
      const lease = await asked;
      assert.deepEqual([lease.held, vcpu.running], [false, false]);
      lease.release();
      lease.release();
    }
    await events.quiet();
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
  });
});

test('one at a time has a vCPU, in the order of asking, and it stands still in between', async () => {
  const vcpu = new FakeVcpu();
  const stops = new VcpuStops(() => false);
  const order: number[] = [];
  const all = [1, 2, 3].map((n) => stops.stop(vcpu.as()).then((lease) => ({ n, lease })));
  for (const each of all) void each.then(({ n }) => order.push(n));
  vcpu.stopsIn(stops);
  for (const each of all) {
    const { n, lease } = await each;
    assert.equal(order.at(-1), n);
    assert.equal(vcpu.resumes, 0);
    lease.release();
  }
  assert.equal(vcpu.resumes, 1);
});

test('one that hands its vCPU over lets it run; the next stops it anew', async () => {
  const vcpu = new FakeVcpu();
  const stops = new VcpuStops(() => false);
  const [first, second] = [stops.stop(vcpu.as()), stops.stop(vcpu.as())];
  vcpu.stopsIn(stops);
  const lease = await first;
  vcpu.resume();
  const before = vcpu.pauses;
  lease.handOver();
  assert.deepEqual([vcpu.resumes, vcpu.pauses], [1, before + 1]);
  vcpu.stopsIn(stops);
  (await second).release();
  assert.equal(vcpu.resumes, 2);
});

test('a vCPU that is held is looked at where it stands; who wants more waits until it is not', async () => {
  const vcpu = new FakeVcpu();
  let held = false;
  const stops = new VcpuStops(() => held);
  const change = stops.stop(vcpu.as());
  const look = stops.stop(vcpu.as(), { held: true });
  vcpu.running = false;
  held = true;
  stops.held(vcpu.as());
  const looking = await look;
  assert.equal(looking.held, true);
  // RAS lets it run: it stops before it does anything.
  held = false;
  vcpu.resume();
  vcpu.stopsIn(stops);
  assert.equal(vcpu.resumes, 1);
  looking.release();
  const changing = await change;
  assert.equal(changing.held, false);
  changing.release();
  assert.equal(vcpu.resumes, 2);
});

test('of a machine that stands still all vCPUs can be looked at, and none runs on', async () => {
  const [stands, runs] = [new FakeVcpu(0), new FakeVcpu(1)];
  const stops = new VcpuStops(() => false);
  stands.running = false;
  const change = stops.stop(runs.as());
  const refused = assert.rejects(change, { code: 'CONTROL', message: 'the guest stands still' });
  stops.standStill([stands.as(), runs.as()], 'the guest stands still');
  await refused;
  runs.stopsIn(stops);
  for (const vcpu of [stands, runs, stands]) {
    const lease = await stops.stop(vcpu.as(), { held: true });
    assert.equal(lease.held, true);
    lease.release();
  }
  assert.deepEqual([stands.resumes, runs.resumes], [0, 0]);
  await assert.rejects(stops.stop(runs.as()), { code: 'CONTROL', message: 'the guest stands still' });
});

test('who waits when the guest ends is told, and so is who comes later', async () => {
  const stops = new VcpuStops(() => false);
  const ended = { code: 'CONTROL', message: 'the guest has ended' };
  const waits = assert.rejects(stops.stop(new FakeVcpu().as()), ended);
  stops.close('the guest has ended');
  await waits;
  await assert.rejects(stops.stop(new FakeVcpu().as()), ended);
});

test('a vCPU that does not stop is told with the reason, and its pause comes to nobody', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const vcpu = new FakeVcpu(2);
  const stops = new VcpuStops(() => false);
  const asked = stops.stop(vcpu.as());
  t.mock.timers.tick(8000);
  await assert.rejects(asked, { code: 'CONTROL', message: /vCPU 2 has not stopped within 8 s/ });
  vcpu.stopsIn(stops);
  assert.equal(vcpu.resumes, 1);
});

test('a vCPU that cannot be stopped is told with what the thread says', async () => {
  const vcpu = new FakeVcpu();
  vcpu.pause = () => {
    throw new Error('the vCPU is closed');
  };
  const stops = new VcpuStops(() => false);
  await assert.rejects(stops.stop(vcpu.as()), { code: 'CONTROL', message: 'the vCPU is closed' });
});
