/**
 * How long to be patient with guests. A host may be emulated, or busy with other guests and with other
 * things, and knows it least of all of itself; how long its guests take to boot tells it.
 */

/** ms. */
const BOOT = { usual: 15_000, least: 90_000, unknown: 180_000, most: 600_000 } as const;

/** However slow a host is: what takes longer does not come. */
const MOST = 8;

export class Pace {
  /** ms; 0: none has booted yet. */
  #slowest = 0;

  /** A guest took so long from its start to its user space. @param time ms */
  booted(time: number): void {
    this.#slowest = Math.max(this.#slowest, time);
  }

  /** How long a guest may take to boot, in ms: four times as long as others did. */
  get bootLimit(): number {
    if (this.#slowest === 0) return BOOT.unknown;
    return Math.round(Math.min(BOOT.most, Math.max(BOOT.least, 4 * this.#slowest)));
  }

  /**
   * A limit that is right where a guest boots in 15 s or less, stretched for where it takes longer.
   * @param limit ms
   */
  stretch(limit: number): number {
    return Math.round(limit * Math.min(MOST, Math.max(1, this.#slowest / BOOT.usual)));
  }
}

/** Of this process: its guests share a host. */
export const pace = new Pace();
