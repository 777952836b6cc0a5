/** A set of the 4 KiB pages of one range, a bit each: 64 bytes for a huge page of 2 MiB. */

const PAGE = 0x1000;

export class PageSet {
  readonly #base: number;
  readonly #bits: Uint8Array;

  /** @param base GPA and size of the range in bytes, multiples of 4 KiB */
  constructor(base: number, size: number) {
    this.#base = base;
    this.#bits = new Uint8Array(Math.ceil(size / PAGE / 8));
  }

  /** Of the page that holds `gpa`; one outside the range is not in the set. */
  has(gpa: number): boolean {
    const page = Math.floor((gpa - this.#base) / PAGE);
    return (((this.#bits[page >> 3] ?? 0) >> (page & 7)) & 1) !== 0;
  }

  /** One outside the range is not added. */
  add(gpa: number): void {
    const page = Math.floor((gpa - this.#base) / PAGE);
    if (page >> 3 in this.#bits) this.#bits[page >> 3]! |= 1 << (page & 7);
  }

  /** One outside the range is not in it anyway. */
  delete(gpa: number): void {
    const page = Math.floor((gpa - this.#base) / PAGE);
    if (page >> 3 in this.#bits) this.#bits[page >> 3]! &= ~(1 << (page & 7));
  }

  /** Its bits, least significant first, in hexadecimal. */
  save(): string {
    return Buffer.from(this.#bits).toString('hex');
  }

  /** Takes what {@link save} gave for a range of the same size. */
  load(saved: string): void {
    this.#bits.set(Buffer.from(saved, 'hex').subarray(0, this.#bits.length));
  }
}
