/**
 * A call some ms later. Its timer is set in a microtask, when the code that asked is through: Node.js takes longer to set
 * one than a vCPU with a memory error is to wait.
 */
export class DelayedCall {
  readonly #ms: number;
  readonly #call: () => void;
  readonly #keepsAlive: boolean;
  #timer: NodeJS.Timeout | undefined;
  #asked = false;

  /** @param keepsAlive the process does not end before the call */
  constructor(ms: number, call: () => void, { keepsAlive = false } = {}) {
    this.#ms = ms;
    this.#call = call;
    this.#keepsAlive = keepsAlive;
  }

  /** The call comes once, `ms` after the last of these. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    void SETTLED.then(this.#set);
  }

  cancel(): void {
    this.#asked = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set = (): void => {
    if (!this.#asked) return;
    this.#asked = false;
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(this.#call, this.#ms);
    if (!this.#keepsAlive) this.#timer.unref();
  };
}

const SETTLED = Promise.resolve();
