/** The board's devices in a VM: native registers, threads and interrupt lines, without KVM. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Stateful } from '../../../src/devices/device.ts';
import { ged } from '../../../src/devices/ged.ts';
import { Pl011, pl011 } from '../../../src/devices/pl011.ts';
import { Pl031, pl031 } from '../../../src/devices/pl031.ts';
import { Pl061, pl061 } from '../../../src/devices/pl061.ts';
import type { PanicEvent } from '../../../src/devices/pvpanic.ts';
import { pvpanic } from '../../../src/devices/pvpanic.ts';
import { readAck } from '../../../src/devices/read-ack.ts';
import { Bus } from '../../../src/machine/bus.ts';
import type { ScriptedVm } from '../../../src/native/binding.ts';
import { type VirtServices, virtBoard } from '../../../src/platform/virt.ts';
import { load, type Scene, store, withVm } from '../native/support.ts';

const BOARD = virtBoard({ acpi: true, serial: true, sources: 2 });
const baseOf = (id: string) => BOARD.find(({ slot }) => slot.id === id)!.slot.base;
const [UART, GPIO, RTC] = ['console', 'gpio', 'rtc'].map(baseOf) as [number, number, number];
const spi = (gsiv: number) => (1 << 24) | gsiv;

function busIn(vm: ScriptedVm, services: Partial<VirtServices> = {}): Bus<VirtServices> {
  return new Bus(vm, BOARD, {
    ...{ pulse() {}, hold: { set() {} }, onAcknowledge() {}, guestPanicked() {} },
    ...services,
  });
}

/** What the machine does with the guest's accesses, so many of them. */
async function serve({ events, vcpus }: Scene, bus: Bus<VirtServices>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const event = await events.next();
    assert.ok('gpa' in event && event.gpa !== undefined);
    const { device, offset } = bus.find(event.gpa)!;
    if (event.kind === 'posted-write') device.posted(offset, event.data);
    else if (event.kind === 'mmio-read') vcpus[0]!.complete(device.read(offset, event.size));
    else if (event.kind === 'mmio-write') {
      device.write(offset, event.size, event.data);
      vcpus[0]!.resume();
    }
  }
  bus.drained();
}

describe('the devices of a board', () => {
  it('are found by kind, by name, and by each address that is theirs', async () => {
    await withVm(0, ({ vm }) => {
      const bus = busIn(vm);
      assert.notEqual(bus.device(pl011, 'console'), bus.device(pl011, 'serial'));
      assert.equal(bus.device(pl011), bus.device(pl011, 'console'));
      assert.equal(bus.device(pl011, 'nothing'), undefined);
      assert.ok(bus.device(ged));
      assert.deepEqual(bus.find(GPIO + 0x400), { device: bus.device(pl061), offset: 0x400 });
      assert.equal(bus.find(GPIO + 0xfff)?.offset, 0xfff);
      assert.equal(bus.find(GPIO + 0x1000), undefined);
      assert.equal(bus.find(0), undefined);
      bus.close();
    });
  });

  it('are not there where the board has none', async () => {
    await withVm(0, ({ vm }) => {
      const board = virtBoard({ acpi: false, serial: false, sources: 0 });
      const services = { pulse() {}, hold: { set() {} }, onAcknowledge() {}, guestPanicked() {} };
      const bus = new Bus(vm, board, services);
      assert.deepEqual(
        [bus.device(ged), bus.device(readAck), bus.device(pl011, 'serial')],
        [undefined, undefined, undefined],
      );
      assert.ok(bus.device(pvpanic));
      bus.close();
    });
  });

  it('tell the machine of a panic in the order in which the guest spoke', async () => {
    await withVm(1, async (scene) => {
      const told: (string | PanicEvent)[] = [];
      const bus = busIn(scene.vm, {
        guestPanicked: (event) => {
          bus.device(pl011)!.drained();
          told.push(event);
        },
      });
      bus.device(pl011)!.onOutput = (bytes) => told.push(Buffer.from(bytes).toString());
      scene.vcpus[0]!.start();
      scene.vm.play(0, store(UART + Pl011.DR, 1, 0x41n));
      scene.vm.play(0, store(baseOf('pvpanic'), 1, 1n));
      scene.vm.play(0, store(UART + Pl011.DR, 1, 0x42n));
      await serve(scene, bus, 3);
      assert.deepEqual(told, ['A', 'panicked', 'B']);
      bus.close();
    });
  });
});

it('what the devices of one VM have saved, those of another go on with', async () => {
  const states: unknown[] = [];
  const statefuls = (bus: Bus<VirtServices>) =>
    [
      bus.device(pl011)!,
      bus.device(pl031)!,
      bus.device(pl061)!,
      bus.device(readAck)!,
    ] as unknown as Stateful<{ version: 1 }>[];
  await withVm(1, async (scene) => {
    const bus = busIn(scene.vm);
    scene.vcpus[0]!.start();
    scene.vm.play(0, store(UART + Pl011.IMSC, 4, 0x10n));
    scene.vm.play(0, store(UART + Pl011.IFLS, 4, 0n));
    scene.vm.play(0, store(RTC + Pl031.LR, 4, 1000n));
    scene.vm.play(0, store(RTC + Pl031.MR, 4, 5000n));
    scene.vm.play(0, store(GPIO + Pl061.IE, 1, 8n));
    scene.vm.play(0, store(GPIO + Pl061.IBE, 1, 8n));
    await serve(scene, bus, 3);
    bus.device(pl011)!.receive(Buffer.from('abcd'));
    bus.device(pl061)!.press();
    bus.device(readAck)!.clear(1);
    states.push(...statefuls(bus).map((device) => device.save()));
    bus.close();
  });
  await withVm(1, async (scene) => {
    const bus = busIn(scene.vm);
    scene.vm.takeIrqLines();
    statefuls(bus).forEach((device, at) => {
      device.load(structuredClone(states[at]) as never);
    });
    assert.deepEqual(
      statefuls(bus).map((device) => device.save()),
      states,
    );
    assert.deepEqual(scene.vm.takeIrqLines(), [
      { irq: spi(33), level: true },
      { irq: spi(39), level: true },
    ]);
    scene.vcpus[0]!.start();
    scene.vm.play(0, load(UART + Pl011.DR, 4));
    scene.vm.play(0, load(RTC + Pl031.DR, 4));
    await serve(scene, bus, 1);
    // The level of four was reached, and is left.
    assert.deepEqual(scene.vm.takeIrqLines(), [{ irq: spi(33), level: false }]);
    assert.equal(bus.device(pl011)!.inputRead, false);
    bus.close();
  });
});
