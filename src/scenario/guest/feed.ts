/** Things that arrive one after the other, kept, and waited for with a time limit. */

import { RasvmError } from '../../core/errors.ts';

/** Something did not come in its time, though it still could: who was to say it may hang. */
export class Silence extends RasvmError {
  constructor(message: string) {
    super('CONTROL', message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.isPrototypeOf.call(Silence.prototype, value as object);
  }
}

export interface WaitOptions {
  /** What is waited for, for the error's message: "a line like ..." */
  what: string;
  /** ms. */
  limit: number;
  /** Index of the first item that counts; 0 if left out, so that what has come already is found too. */
  from?: number;
}

/** What can be looked at of a feed. */
export type FeedView<T> = Pick<Feed<T>, 'items' | 'mark' | 'find'>;

export class Feed<T> {
  readonly items: T[] = [];
  readonly #source: string;
  readonly #wakers = new Set<() => void>();
  #ended: string | undefined;

  /** @param source whose things these are, for error messages. */
  constructor(source: string) {
    this.#source = source;
  }

  /** The index that the next item will have: what to wait from, for something new. */
  get mark(): number {
    return this.items.length;
  }

  push(item: T): void {
    this.items.push(item);
    this.#wake();
  }

  /** Nothing more comes; whoever waits is told why. */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#wake();
  }

  /**
   * The first item that passes `test`. Rejects with CONTROL: {@link Silence} at the limit, another when the
   * feed has ended without it.
   */
  async find(test: (item: T) => boolean, { what, limit, from = 0 }: WaitOptions): Promise<T> {
    const deadline = performance.now() + limit;
    for (let next = from; ; ) {
      for (; next < this.items.length; next++) if (test(this.items[next]!)) return this.items[next]!;
      if (this.#ended !== undefined) {
        throw new RasvmError('CONTROL', `${this.#source}: ${what} did not come: ${this.#ended}`);
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Silence(`${this.#source}: ${what} did not come within ${limit / 1000} s`);
      await this.#arrival(left);
    }
  }

  #arrival(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const waker = () => {
        clearTimeout(timer);
        this.#wakers.delete(waker);
        resolve();
      };
      const timer = setTimeout(waker, limit);
      this.#wakers.add(waker);
    });
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }
}

/** A feed as if it had begun at this mark. */
export function since<T>(feed: FeedView<T>, start: number): FeedView<T> {
  return {
    get items() {
      return feed.items.slice(start);
    },
    get mark() {
      return feed.mark - start;
    },
    find: (test, { from = 0, ...rest }) => feed.find(test, { ...rest, from: start + from }),
  };
}
