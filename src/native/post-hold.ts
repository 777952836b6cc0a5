/** Posted writes that wait for JavaScript a while where nobody needs them, so that what the guest does goes on undisturbed. */

import { DelayedCall } from '../core/delayed-call.ts';
import { type EventQueue, Hold } from './binding.ts';

/** ms for which they may go unnoticed. */
const LONGEST: Readonly<Record<Hold, number>> = { [Hold.acknowledgement]: 5, [Hold.output]: 1 };

export class PostHold {
  readonly #queue: Pick<EventQueue, 'hold'>;
  readonly #which: Hold;
  readonly #end: DelayedCall;

  constructor(queue: Pick<EventQueue, 'hold'>, which: Hold) {
    this.#queue = queue;
    this.#which = which;
    this.#end = new DelayedCall(LONGEST[which], () => this.#queue.hold(which, false));
  }

  /** Holds back what can wait, a few ms at most, or nothing any more. */
  set(on: boolean): void {
    this.#queue.hold(this.#which, on);
    if (on) this.#end.ask();
  }

  close(): void {
    this.#end.cancel();
  }
}
