/** Numbers that look random and are the same for the same seed, on every machine. */

export class Random {
  #state: number;

  /** `salt` keeps apart what goes by the same seed. */
  constructor(seed: number, salt = '') {
    // FNV-1a over the text of both.
    this.#state = 0x811c9dc5;
    for (const character of `${salt}:${seed}`)
      this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193);
  }

  /** 32 bits: mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `limit` - 1, for a limit of at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  /** True in `part` of `whole` cases. */
  chance(part: number, whole: number): boolean {
    return this.below(whole) < part;
  }

  /** A number of so many bits, at most 32. */
  bits(count: number): number {
    return count === 0 ? 0 : this.#next() >>> (32 - count);
  }

  wide(): bigint {
    return (BigInt(this.#next()) << 32n) | BigInt(this.#next());
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.bits(8));
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** A GUID of random digits: version 4 (RFC 9562). */
  guid(): string {
    const digits = Array.from(this.bytes(16), (byte, i) => {
      const marked = i === 6 ? (byte & 15) | 0x40 : i === 8 ? (byte & 63) | 0x80 : byte;
      return marked.toString(16).padStart(2, '0') + ([3, 5, 7, 9].includes(i) ? '-' : '');
    });
    return digits.join('');
  }

  /** Whole seconds of the years 2020 to 2029. */
  date(): Date {
    return new Date((1_577_836_800 + this.below(315_619_200)) * 1000);
  }
}
