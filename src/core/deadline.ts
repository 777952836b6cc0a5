/**
 * A call that is due at a time which is set anew again and again, mostly before it comes. Setting it costs a comparison: the
 * timer runs on, and when it ends it is set for what is left.
 */
export class Deadline {
  readonly #now: () => number;
  readonly #call: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ends = 0;
  #due: number | undefined;

  /** @param now ms, of a clock that goes as timers do */
  constructor(now: () => number, call: () => void) {
    this.#now = now;
    this.#call = call;
  }

  /** The call comes `ms` from now, in place of when it was due. */
  set(ms: number): void {
    this.#due = this.#now() + ms;
    if (this.#timer !== undefined && this.#ends <= this.#due) return;
    clearTimeout(this.#timer);
    this.#arm(ms);
  }

  /** It is not due any more. */
  clear(): void {
    this.#due = undefined;
  }

  /** As {@link clear}, and the timer ends. */
  close(): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#ends = this.#now() + ms;
    this.#timer = setTimeout(this.#end, ms).unref();
  }

  #end = (): void => {
    this.#timer = undefined;
    if (this.#due === undefined) return;
    const left = this.#due - this.#now();
    // Timers count whole ms, and may come a part of one early.
    if (left >= 1) {
      this.#arm(left);
      return;
    }
    this.#due = undefined;
    this.#call();
  };
}
