/** A register bank in JavaScript that does what binding.ts says a native one does, and a guest that uses it. */

import type { MmioDevice } from '../../../src/devices/device.ts';
import type {
  BankState,
  QueueState,
  RegisterBank,
  RegisterBankSpec,
  RegisterSpec,
} from '../../../src/native/binding.ts';

export class FakeBank implements RegisterBank {
  readonly spec: RegisterBankSpec;
  readonly #shadow = new Map<number, bigint>();
  readonly #queue: number[] = [];
  #queueState: QueueState | undefined;
  /** Every change of the interrupt line. */
  readonly lines: boolean[] = [];
  level = false;

  constructor(spec: RegisterBankSpec) {
    this.spec = spec;
    for (const { offset, value } of spec.registers) this.#shadow.set(offset, value);
    this.#followLine();
  }

  get(offset: number): bigint {
    const value = this.#shadow.get(offset);
    if (value === undefined) throw new RangeError(`no register at ${offset}`);
    return value;
  }

  update(offset: number, clear: bigint, set: bigint): bigint {
    const width = BigInt(8 * this.#specOf(offset).size);
    const value = BigInt.asUintN(Number(width), (this.get(offset) & ~clear) | set);
    this.#shadow.set(offset, value);
    this.#followLine();
    return value;
  }

  /** What the native side does at a write, before any event. */
  applyEffects(register: RegisterSpec, data: bigint): void {
    for (const { op, target, mask, unless } of register.effects ?? []) {
      if (unless && (this.get(unless.target) & unless.mask) !== 0n) continue;
      if (op === 'store') this.update(target, mask, data & mask);
      else if (op === 'clear') this.update(target, data & mask, 0n);
      else if (op === 'raise') this.update(target, 0n, mask);
      else this.update(target, mask, 0n);
    }
  }

  find(offset: number, size: number): RegisterSpec | undefined {
    return this.spec.registers.find((register) => register.offset === offset && size <= register.size);
  }

  supply(bytes: Uint8Array, state: QueueState, status = 0): number {
    const taken = Math.max(0, Math.min(bytes.length, state.depth - this.#queue.length));
    for (const byte of bytes.subarray(0, taken)) this.#queue.push((status << 8) | byte);
    this.#queueState = state;
    this.#showQueue();
    return taken;
  }

  drop(): void {
    this.#queue.length = 0;
  }

  /** What the native side does at a load that takes: the value, and the posted write that tells, if one does. */
  take(): { value: number; told?: { offset: number; left: number } } {
    if (this.#queue.length === 0) return { value: 0 };
    const value = this.#queue.shift()!;
    const { status } = this.spec.queue!;
    if (status !== undefined) this.update(status, ~0n, BigInt(value >> 8));
    this.#showQueue();
    const left = this.#queue.length;
    return {
      value,
      ...(this.#queueState?.low === left && { told: { offset: this.spec.queue!.told, left } }),
    };
  }

  save(): BankState {
    const shadows = [...this.#shadow].map(([offset, value]) => ({ offset, value }));
    return { shadows: shadows.sort((a, b) => a.offset - b.offset), queue: [...this.#queue] };
  }

  load({ shadows, queue }: BankState): void {
    for (const { offset } of shadows) this.#specOf(offset);
    if (new Set(shadows.map(({ offset }) => offset)).size !== this.spec.registers.length)
      throw new RangeError('not of this bank');
    for (const { offset, value } of shadows) this.#shadow.set(offset, value);
    this.#queue.splice(0, this.#queue.length, ...queue);
    this.#queueState = undefined;
    this.#followLine();
  }

  close(): void {}

  #showQueue(): void {
    for (const { register, mask, least, inverted = false } of this.#queueState?.flags ?? [])
      this.update(register, mask, this.#queue.length >= least !== inverted ? mask : 0n);
  }

  #specOf(offset: number): RegisterSpec {
    const register = this.spec.registers.find((register) => register.offset === offset);
    if (!register) throw new RangeError(`no register at ${offset}`);
    return register;
  }

  #followLine(): void {
    const { interrupt } = this.spec;
    if (!interrupt) return;
    const level = (this.get(interrupt.status) & this.get(interrupt.mask)) !== 0n;
    if (level !== this.level) this.lines.push(level);
    this.level = level;
  }
}

/** A guest's loads and stores. Posted writes stay in a queue until {@link drain} or the next wait. */
export class FakeGuest {
  readonly bank: FakeBank;
  readonly #device: MmioDevice;
  readonly #posted: { offset: number; value: bigint }[] = [];
  /** Accesses that had to wait for JavaScript. */
  waits = 0;

  constructor(device: MmioDevice) {
    this.#device = device;
    this.bank = new FakeBank(device.bank);
    device.attach(this.bank);
  }

  read(offset: number, size = 4): number {
    return Number(this.read64(offset, size));
  }

  read64(offset: number, size = 8): bigint {
    const register = this.bank.find(offset, size);
    if (register?.read === 'shadow') return BigInt.asUintN(8 * size, this.bank.get(offset));
    if (register?.read === 'take') {
      const { value, told } = this.bank.take();
      if (told) this.#posted.push({ offset: told.offset, value: BigInt(told.left) });
      return BigInt.asUintN(8 * size, BigInt(value));
    }
    this.#wait();
    return BigInt.asUintN(8 * size, this.#device.read(offset, size));
  }

  write(offset: number, data: number | bigint, size = 4): void {
    const value = BigInt.asUintN(8 * size, BigInt(data));
    const register = this.bank.find(offset, size);
    if (register) this.bank.applyEffects(register, value);
    const how = register?.write ?? 'wait';
    if (how === 'post') this.#posted.push({ offset, value });
    if (how === 'wait') {
      this.#wait();
      this.#device.write(offset, size, value);
    }
  }

  /** JavaScript gets to its events. */
  drain(): void {
    for (const { offset, value } of this.#posted.splice(0)) this.#device.posted(offset, value);
    this.#device.drained?.();
  }

  /** Events come in one order: what was posted before goes first. */
  #wait(): void {
    this.waits++;
    this.drain();
  }
}
