/**
 * What the board, the machine and its devices know of each other. A kind of device says what it needs, how the
 * guest is told of it, and how one is made; the board (src/platform) gives it a place.
 */

import type { Machine, PlainDevice, SerialPort } from '@rasvm/acpi/machine/description';
import type { FdtNode } from '../core/fdt.ts';
import type { RegisterBank, RegisterBankSpec } from '../native/binding.ts';

/** A line to the interrupt controller. */
export interface InterruptLine {
  readonly gsiv: number;
  readonly trigger: 'level' | 'edge';
}

/** The place of a device on the board. */
export interface Slot {
  /** The device's name on its board; it stays the same in every machine of the same options. */
  readonly id: string;
  /** GPA. */
  readonly base: number;
  /** Bytes; 0 for a device without registers. */
  readonly size: number;
  /** In the order of {@link DeviceNeeds.lines}. */
  readonly lines: readonly InterruptLine[];
}

export interface DeviceNeeds {
  /** Bytes of registers; left out: none. */
  readonly mmio?: number;
  readonly lines?: readonly InterruptLine['trigger'][];
}

/** What ACPI tables say of a device: its part of a machine's description. */
export interface AcpiParts extends Pick<Machine, 'powerButtonGsiv'> {
  /** The DSDT's device, and what SPCR and DBG2 say. */
  readonly serial?: SerialPort;
  /** Further devices of the DSDT. */
  readonly devices?: readonly PlainDevice[];
}

/** What a device tree says of a device. */
export interface TreeParts {
  /** Below the root, by name with unit address. The first is the device itself. */
  readonly nodes: Readonly<Record<string, FdtNode>>;
  /** Of the first node, without its number. The first `serial` is the console. */
  readonly alias?: 'serial';
}

/** What a device's nodes may refer to. */
export interface TreeContext {
  /** Phandle of the clock of Arm's PrimeCells. */
  readonly clock: number;
  /** A phandle of its own. */
  phandle(): number;
}

/**
 * A kind of device; src/devices has a file each.
 *
 * `Options` say what the guest can see of a device beside its place, `Services` what a device needs of its
 * machine.
 */
export interface DeviceKind<Options, Services, Made extends Device> {
  readonly name: string;
  readonly needs: DeviceNeeds;
  /** Left out: ACPI has no description of it. */
  acpi?(slot: Slot, options: Options): AcpiParts;
  /** Left out: device trees have no description of it. */
  fdt?(slot: Slot, tree: TreeContext, options: Options): TreeParts;
  create(slot: Slot, options: Options, services: Services): Made;
}

/** A device of a machine. Everything that a guest does with it is arbitrary: no method throws for it. */
export interface Device {
  /** Back to the state after power-on, shadow included. */
  reset(): void;
  /** The VM ends: nothing is left that would run later. Left out: nothing of it ever does. */
  close?(): void;
  /** Called when all events at hand have been handed out: the time to pass on what was collected. */
  drained?(): void;
}

/** A device with memory-mapped registers. The bank says what happens natively; the rest comes here. */
export interface MmioDevice extends Device {
  readonly bank: RegisterBankSpec;
  /** Gives the native bank to the device; before that nothing else is called. */
  attach(bank: RegisterBank): void;
  /** The answer to a load that waits. Offsets count from the bank's base. */
  read(offset: number, size: number): bigint;
  /** A store that waits; the bank's effects are done already. */
  write(offset: number, size: number, value: bigint): void;
  /** A store that did not wait; the bank's effects were done when it happened. */
  posted(offset: number, value: bigint): void;
}

/**
 * A device with state that outlives a VM: plain data, with a version. What comes from outside is checked before
 * load(), by the kind's schema (src/devices/state).
 */
export interface Stateful<State extends { readonly version: number }> {
  /** Of a device whose machine stands still, with all events handed out. */
  save(): State;
  /** Into a device that is attached and has been reset. */
  load(state: State): void;
}

export function hasRegisters(device: Device): device is MmioDevice {
  return 'bank' in device;
}
