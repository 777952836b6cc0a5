/** Does something to vCPUs while they stand still between two instructions of the guest: with no access half done. */

import { RasvmError } from '../core/errors.ts';
import type { Vcpu } from '../native/binding.ts';

/** ms for a vCPU to come to a halt where it is wanted; a client waits ten seconds. */
const PATIENCE = 8000;

/** ms until a vCPU that was not where it is wanted is stopped again. */
const AGAIN = 3;

/**
 * What is done to a vCPU that stands still.
 * @returns undefined: it is not where it is wanted, and shall be stopped again
 */
export type Act<T> = (vcpu: Vcpu) => Done<T> | undefined;

export interface Done<T> {
  result: T;
  /** The vCPU is resumed by somebody else, or is already. */
  released?: boolean;
}

interface Waiting {
  /** @returns whether the vCPU is released */
  halted(): boolean;
  fail(error: RasvmError): void;
}

export class VcpuHalt {
  /** By the vCPU's index, in the order in which they came. */
  readonly #waiting = new Map<number, Set<Waiting>>();

  /**
   * Rejects with what `act` throws, and with CONTROL where the vCPU does not come to a halt.
   * @param where it is wanted, in words, for the error
   */
  run<T>(vcpu: Vcpu, act: Act<T>, where?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      let looks = 0;
      let again: NodeJS.Timeout | undefined;
      const waitingHere = this.#of(vcpu);
      const end = () => {
        clearTimeout(late);
        clearTimeout(again);
        waitingHere.delete(waiting);
      };
      const waiting: Waiting = {
        halted: () => {
          looks++;
          try {
            const done = act(vcpu);
            if (done === undefined) {
              again = setTimeout(stop, AGAIN);
              return false;
            }
            end();
            resolve(done.result);
            return done.released === true;
          } catch (error) {
            end();
            reject(error);
            return false;
          }
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      const stop = () => {
        try {
          vcpu.pause();
        } catch (cause) {
          waiting.fail(new RasvmError('CONTROL', (cause as Error).message, { cause }));
        }
      };
      const late = setTimeout(() => waiting.fail(tooLate(vcpu, looks, where)), PATIENCE);
      waitingHere.add(waiting);
      stop();
    });
  }

  /**
   * The vCPU has answered {@link Vcpu.pause}.
   * @returns true: it is released. Else the caller resumes it.
   */
  paused(vcpu: Vcpu): boolean {
    const all = [...(this.#waiting.get(vcpu.index) ?? [])];
    for (const [i, waiting] of all.entries()) {
      if (!waiting.halted()) continue;
      // It runs, or will: the others want it to stop once more.
      if (i < all.length - 1) vcpu.pause();
      return true;
    }
    return false;
  }

  /** No vCPU comes to a halt any more: who waits is told why. */
  close(reason: string): void {
    for (const all of this.#waiting.values())
      for (const waiting of [...all]) waiting.fail(new RasvmError('CONTROL', reason));
  }

  #of(vcpu: Vcpu): Set<Waiting> {
    let waiting = this.#waiting.get(vcpu.index);
    if (!waiting) {
      waiting = new Set();
      this.#waiting.set(vcpu.index, waiting);
    }
    return waiting;
  }
}

function tooLate({ index }: Vcpu, looks: number, where: string | undefined): RasvmError {
  const within = `within ${PATIENCE / 1000} s`;
  if (looks > 0) {
    return new RasvmError(
      'CONTROL',
      `vCPU ${index} was ${where} at none of its stops ${within}: ask again, or leave that out`,
    );
  }
  return new RasvmError(
    'CONTROL',
    `vCPU ${index} has not stopped ${within}: it waits with an error whose record has to wait its turn, or the host ` +
      'gives its thread no time',
  );
}
