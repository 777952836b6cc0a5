/**
 * The sign of life of a lab's agent: it is asked now and then; one that is silent for long has no host any
 * more.
 */

import type { Duplex } from 'node:stream';
import { encodeFrame, FrameType } from './frames.ts';

export interface LifeLimits {
  /** ms between two questions. */
  readonly every: number;
  /** ms without a byte from the agent after which its host is taken for dead. */
  readonly silence: number;
}

const EVERY = 5000;
const SILENCE = { boots: 20, least: 60_000, most: 600_000 } as const;

/**
 * @param bootTime of the lab, in ms: slow machines get more patience
 * @param icount its clock counts instructions: as each question costs some, it is seldom asked
 */
export function lifeLimits(bootTime: number, icount = false): LifeLimits {
  if (icount) return { every: 60_000, silence: SILENCE.most };
  return {
    every: EVERY,
    silence: Math.round(Math.min(SILENCE.most, Math.max(SILENCE.least, SILENCE.boots * bootTime))),
  };
}

/** Asks until `stop`, or until `onSilence` was called, once. Whatever the agent sends is a sign of life. */
export class LifeWatch {
  readonly #port: Duplex;
  readonly #timer: NodeJS.Timeout;
  readonly #hear = () => {
    this.#heard = performance.now();
  };
  #heard = performance.now();

  /** @param onSilence is told how long it was, in ms */
  constructor(port: Duplex, { every, silence }: LifeLimits, onSilence: (silence: number) => void) {
    this.#port = port;
    port.on('data', this.#hear);
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // Time in which this process did not run (stopped, suspended) says nothing of the lab.
      this.#heard += Math.max(0, now - last - 2 * every);
      last = now;
      const quiet = now - this.#heard;
      if (quiet > silence) {
        this.stop();
        onSilence(quiet);
      } else if (!port.destroyed) port.write(encodeFrame(FrameType.Ping, 0));
    }, every).unref();
    port.once('close', () => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#port.off('data', this.#hear);
  }
}
