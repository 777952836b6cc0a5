/** Posted writes that wait for JavaScript a while where nobody needs them, so that what the guest does goes on undisturbed. */

import { DelayedCall } from '../core/delayed-call.ts';
import type { EventQueue } from './binding.ts';

/** ms for which they may go unnoticed. */
const LONGEST = 5;

export class PostHold {
  readonly #queue: Pick<EventQueue, 'hold'>;
  readonly #end = new DelayedCall(LONGEST, () => this.#queue.hold(false));

  constructor(queue: Pick<EventQueue, 'hold'>) {
    this.#queue = queue;
  }

  /** Holds back what can wait, {@link LONGEST} ms at most, or nothing any more. */
  set(on: boolean): void {
    this.#queue.hold(on);
    if (on) this.#end.ask();
  }

  close(): void {
    this.#end.cancel();
  }
}
