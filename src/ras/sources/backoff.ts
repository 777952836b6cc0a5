/** A call that is made again and again, after ever longer pauses, until it is not needed any more. */

import { Deadline } from '../../core/deadline.ts';

export interface BackoffTimes {
  /** ms to the first call. */
  readonly first: number;
  /** ms between two at most; a pause is twice the one before. */
  readonly most: number;
}

export class Backoff {
  readonly #times: BackoffTimes;
  readonly #call: (times: number) => boolean;
  readonly #deadline: Deadline;
  #calls = 0;

  /**
   * @param now ms
   * @param call gets its own number, from 1; it gives false when it need not be made again
   */
  constructor(times: BackoffTimes, now: () => number, call: (times: number) => boolean) {
    this.#times = times;
    this.#call = call;
    this.#deadline = new Deadline(now, () => this.#due());
  }

  /** Begins anew. */
  start(): void {
    this.#calls = 0;
    this.#deadline.set(this.#times.first);
  }

  stop(): void {
    this.#deadline.close();
  }

  #due(): void {
    this.#calls++;
    const { first, most } = this.#times;
    if (this.#call(this.#calls)) this.#deadline.set(Math.min(most, first * 2 ** this.#calls));
  }
}
