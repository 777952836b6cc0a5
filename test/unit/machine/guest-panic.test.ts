import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { GuestPanic, type PanicOutcome } from '../../../src/machine/guest-panic.ts';
import type { PanicOptions } from '../../../src/machine/options.ts';

const BEGIN = '[    1.0] Kernel panic - not syncing: Oh no\n';
const MORE = '[    1.1] Kernel Offset: disabled\n';
const END = '[    1.2] ---[ end Kernel panic - not syncing: Oh no ]---\n';

/** Mocked time is setTimeout's alone, so the console's time is told by hand. */
function machine(t: TestContext, options: Partial<PanicOptions> = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1_000_000n;
  t.mock.method(process.hrtime, 'bigint', () => now * 1_000_000n);
  let spokeAt = 0;
  const events: object[] = [];
  const outcomes: PanicOutcome[] = [];
  const panic = new GuestPanic({
    ...{ action: 'end', from: 'device', ...options },
    events: { emit: (kind, fields) => events.push({ kind, ...fields }) },
    spokeAt: () => spokeAt,
    finish: (outcome) => outcomes.push(outcome),
  });
  return {
    panic,
    events,
    outcomes,
    print(text: string) {
      spokeAt = Number(now);
      panic.output(Buffer.from(text));
    },
    pass(ms: number) {
      for (let i = 0; i < ms; i += 100) {
        now += 100n;
        t.mock.timers.tick(100);
      }
    },
  };
}

describe('a panic that the guest tells by its device', () => {
  it('ends the machine when the last words are printed', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t);
    print(BEGIN);
    assert.deepEqual(events, []);
    panic.said('panicked');
    assert.deepEqual(events, [{ kind: 'machine.panicked', by: 'device', reason: 'Oh no' }]);
    print(MORE);
    assert.deepEqual(outcomes, []);
    print(END);
    assert.deepEqual(outcomes, []);
    pass(100);
    assert.deepEqual(outcomes, [{ kind: 'panic', reason: 'Oh no' }]);
  });

  it('ends it after a second of silence where no last line comes', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t);
    panic.said('panicked');
    assert.deepEqual(events, [{ kind: 'machine.panicked', by: 'device' }]);
    pass(900);
    print(BEGIN);
    pass(900);
    assert.deepEqual(outcomes, []);
    pass(200);
    assert.deepEqual(outcomes, [{ kind: 'panic', reason: 'Oh no' }]);
  });

  it('ends it after ten seconds if the guest does not stop printing', (t) => {
    const { panic, outcomes, print, pass } = machine(t);
    panic.said('panicked');
    for (let i = 0; i < 100; i++) {
      assert.deepEqual(outcomes, []);
      print(MORE);
      panic.said('panicked');
      pass(100);
    }
    assert.deepEqual(outcomes, [{ kind: 'panic', reason: undefined }]);
  });

  it('is the reason of the reset or power-off that follows', (t) => {
    const { panic, print } = machine(t);
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'reset' });
    print(BEGIN);
    panic.said('panicked');
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'panic', reason: 'Oh no' });
  });

  it('resets the guest if that is asked for', (t) => {
    const { panic, outcomes, pass } = machine(t, { action: 'reset' });
    panic.said('panicked');
    pass(1000);
    assert.deepEqual(outcomes, [{ kind: 'reset' }]);
    assert.deepEqual(panic.outcome({ kind: 'power-off' }), { kind: 'power-off' });
  });

  it('is but reported if that is asked for', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t, { action: 'report' });
    panic.said('panicked');
    print(END);
    pass(20_000);
    assert.equal(events.length, 1);
    assert.deepEqual(outcomes, []);
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'reset' });
  });

  it('lets a crash kernel run, and ends with it', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t);
    print(BEGIN);
    panic.said('crash-kernel');
    assert.deepEqual(events, [
      { kind: 'machine.panicked', by: 'device', reason: 'Oh no', crashKernel: true },
    ]);
    pass(20_000);
    assert.deepEqual(outcomes, []);
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'panic', reason: 'Oh no' });
  });

  it('waits for nothing any more when the VM has ended', (t) => {
    const { panic, outcomes, pass } = machine(t);
    panic.said('panicked');
    panic.close();
    pass(20_000);
    assert.deepEqual(outcomes, []);
  });
});

describe('a panic that the console shows', () => {
  it('is nothing unless it is asked for: whoever can print would end the machine', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t);
    print(BEGIN + MORE + END);
    pass(20_000);
    assert.deepEqual([events, outcomes], [[], []]);
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'reset' });
  });

  it('ends the machine at its last line', (t) => {
    const { events, outcomes, print, pass } = machine(t, { from: 'console' });
    print(BEGIN);
    assert.deepEqual(events, [{ kind: 'machine.panicked', by: 'console', reason: 'Oh no' }]);
    pass(20_000);
    assert.deepEqual(outcomes, []);
    print(END);
    pass(100);
    assert.deepEqual(outcomes, [{ kind: 'panic', reason: 'Oh no' }]);
  });

  it('is reported once, though the device tells of it too', (t) => {
    const { panic, events, outcomes, print, pass } = machine(t, { from: 'console' });
    print(BEGIN);
    panic.said('panicked');
    assert.equal(events.length, 1);
    pass(1000);
    assert.deepEqual(outcomes, [{ kind: 'panic', reason: 'Oh no' }]);
  });

  it('ends with the reset that follows', (t) => {
    const { panic, print } = machine(t, { from: 'console' });
    print(BEGIN);
    assert.deepEqual(panic.outcome({ kind: 'reset' }), { kind: 'panic', reason: 'Oh no' });
  });
});
