/** A serial port of the guest's with its line: output goes to the far end, input is kept until the guest reads it. */

import { monotonicNow } from '../core/clock.ts';
import type { Pl011Device } from '../devices/pl011.ts';
import type { PostHold } from '../native/post-hold.ts';

/** What is at the other end of the line. */
export interface FarEnd {
  /** Takes what the guest sent; the bytes are its own. `false`: no more until {@link SerialLine.ready}. */
  write(bytes: Uint8Array): boolean;
  /** The guest has read so much that {@link SerialLine.input} takes more. */
  onWanted(): void;
}

/** Input that waits for the guest to read; more is dropped, as a serial line does. */
const INPUT_KEPT = 64 * 1024;
/** With so much waiting, the far end is asked to wait too. */
const INPUT_ENOUGH = 4 * 1024;

/** In place of characters: the line is held low. */
const BREAK = Symbol('break');

export class SerialLine {
  readonly device: Pl011Device;
  readonly #farEnd: FarEnd;
  /** In order; no two that follow each other are characters. */
  readonly #waiting: (Uint8Array | typeof BREAK)[] = [];
  /** Characters in it. */
  #waitingBytes = 0;
  #refused = false;
  #spokeAt = 0;

  /** @param output where more of it may wait a moment for what follows, so that a line is passed on in few pieces */
  constructor(device: Pl011Device, farEnd: FarEnd, output: Pick<PostHold, 'set'>) {
    this.#farEnd = farEnd;
    this.device = device;
    device.onOutput = (bytes) => {
      this.#spokeAt = monotonicNow();
      output.set(true);
      if (!farEnd.write(bytes)) device.holdOutput(true);
    };
    device.onSpace = () => this.#pass();
  }

  /** Characters for the guest. `false`: enough; {@link FarEnd.onWanted} says when to go on. */
  input(bytes: Uint8Array): boolean {
    this.#append(bytes.subarray(0, INPUT_KEPT - this.#waitingBytes));
    this.#pass();
    this.#refused = this.#waitingBytes >= INPUT_ENOUGH;
    return !this.#refused;
  }

  /** A break, and characters right behind it. `false`, and nothing is sent: too much waits for the guest. */
  breakAndInput(bytes: Uint8Array): boolean {
    if (this.#waitingBytes + bytes.length > INPUT_KEPT) return false;
    this.#waiting.push(BREAK);
    this.#append(bytes);
    this.#pass();
    return true;
  }

  /** When the guest last sent something: ms of monotonicNow(), 0 for never. While it is held up, it would. */
  get spokeAt(): number {
    return this.device.outputHeld ? monotonicNow() : this.#spokeAt;
  }

  /** The guest has read all input. */
  get inputRead(): boolean {
    return this.#waiting.length === 0 && this.device.inputRead;
  }

  /** The far end takes output again. */
  ready(): void {
    this.device.holdOutput(false);
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waitingBytes += bytes.length;
    const last = this.#waiting.at(-1);
    if (last === undefined || last === BREAK) this.#waiting.push(bytes);
    else this.#waiting[this.#waiting.length - 1] = Buffer.concat([last, bytes]);
  }

  /** @returns whether the guest's receiver has taken all of it */
  #passFirst(): boolean {
    const first = this.#waiting[0]!;
    if (first === BREAK) return this.device.receiveBreak();
    const taken = this.device.receive(first);
    this.#waitingBytes -= taken;
    this.#waiting[0] = first.subarray(taken);
    return taken === first.length;
  }

  #pass(): void {
    while (this.#waiting.length > 0 && this.#passFirst()) this.#waiting.shift();
    if (!this.#refused || this.#waitingBytes >= INPUT_ENOUGH) return;
    this.#refused = false;
    this.#farEnd.onWanted();
  }
}
