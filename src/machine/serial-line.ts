/** A serial port of the guest's with its line: output goes to the far end, input is kept until the guest reads it. */

import { Pl011Device, type Pl011Options } from '../devices/pl011.ts';

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

export class SerialLine {
  readonly device: Pl011Device;
  readonly #farEnd: FarEnd;
  #input: Uint8Array = new Uint8Array(0);
  #refused = false;

  constructor(port: Omit<Pl011Options, 'onOutput'>, farEnd: FarEnd) {
    this.#farEnd = farEnd;
    this.device = new Pl011Device({
      ...port,
      onOutput: (bytes) => {
        if (!farEnd.write(bytes)) this.device.holdOutput(true);
      },
    });
    this.device.onSpace = () => this.#pass();
  }

  /** Characters for the guest. `false`: enough; {@link FarEnd.onWanted} says when to go on. */
  input(bytes: Uint8Array): boolean {
    const kept = bytes.subarray(0, Math.max(0, INPUT_KEPT - this.#input.length));
    this.#input = this.#input.length === 0 ? kept : Buffer.concat([this.#input, kept]);
    this.#pass();
    this.#refused = this.#input.length >= INPUT_ENOUGH;
    return !this.#refused;
  }

  /** The far end takes output again. */
  ready(): void {
    this.device.holdOutput(false);
  }

  #pass(): void {
    if (this.#input.length > 0) this.#input = this.#input.subarray(this.device.receive(this.#input));
    if (!this.#refused || this.#input.length >= INPUT_ENOUGH) return;
    this.#refused = false;
    this.#farEnd.onWanted();
  }
}
