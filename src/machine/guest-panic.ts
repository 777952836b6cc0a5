/**
 * What is done about a panic of the guest's kernel. The guest tells its pvpanic, before it has printed all that
 * it has to say (kernel/panic.c: the notifiers run ahead of the console's last flush). What its console shows
 * counts only where that was asked for: whoever can print there could end the machine.
 */

import { monotonicNow } from '../core/clock.ts';
import type { PanicEvent } from '../devices/pvpanic.ts';
import type { EventLog } from '../events/event-log.ts';
import type { PanicOptions } from './options.ts';
import { PanicWatch } from './panic-watch.ts';

/** ms. The last words are over when the console has been silent for so long, and in any case after `most`. */
const LAST_WORDS = { silence: 1000, most: 10_000 } as const;

export type PanicOutcome = { kind: 'panic'; reason?: string | undefined } | { kind: 'reset' };

export interface GuestPanicOptions extends PanicOptions {
  events: Pick<EventLog, 'emit'>;
  /** When the guest last sent something to its console: ms of monotonicNow(). */
  spokeAt(): number;
  /** The guest has said its last words. */
  finish(outcome: PanicOutcome): void;
}

export class GuestPanic {
  readonly #options: GuestPanicOptions;
  readonly #watch: PanicWatch;
  #known = false;
  /** Since when its last words are waited for. */
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GuestPanicOptions) {
    this.#options = options;
    const byConsole = options.from === 'console';
    this.#watch = new PanicWatch({
      onPanic: () => {
        if (byConsole) this.#learn('console');
      },
      onEnd: () => {
        if (byConsole || this.#since !== undefined) this.#act(0);
      },
    });
  }

  /** Output of the guest's console. */
  output(bytes: Uint8Array): void {
    this.#watch.push(bytes);
  }

  /** The guest says so itself. A crash kernel is let run: it ends with a reset of the guest. */
  said(event: PanicEvent): void {
    this.#learn('device', event);
    if (event === 'crash-kernel' || this.#since !== undefined) return;
    this.#since = monotonicNow();
    this.#act(LAST_WORDS.silence);
  }

  /** What the guest's own end is: of one that has panicked, the panic's. */
  outcome<Outcome>(outcome: Outcome): Outcome | PanicOutcome {
    return this.#known && this.#options.action === 'end' ? this.#panic() : outcome;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #learn(by: 'device' | 'console', event?: PanicEvent): void {
    if (this.#known) return;
    this.#known = true;
    const { reason } = this.#watch;
    this.#options.events.emit('machine.panicked', {
      by,
      ...(reason !== undefined && { reason }),
      ...(event === 'crash-kernel' && { crashKernel: true }),
    });
  }

  /** Not at once: the guest's output at hand is handed out first. */
  #act(wait: number): void {
    const { action, finish } = this.#options;
    if (action === 'report') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const left = wait === 0 ? 0 : this.#wordsLeft();
      if (left > 0) this.#act(left);
      else finish(action === 'reset' ? { kind: 'reset' } : this.#panic());
    }, wait);
    this.#timer.unref();
  }

  /** ms until they are over, if no more comes. */
  #wordsLeft(): number {
    const now = monotonicNow();
    const since = this.#since!;
    const silent = now - Math.max(since, this.#options.spokeAt());
    return Math.min(LAST_WORDS.silence - silent, since + LAST_WORDS.most - now);
  }

  #panic(): PanicOutcome {
    return { kind: 'panic', reason: this.#watch.reason };
  }
}
