/**
 * What is looked at in a guest that has fallen silent, before it is ended: its vCPUs' registers, and its
 * kernel's own view.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type PlainRegisters, plainRegisters } from '../../ras/vcpu/vcpu-registers.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { Stuck } from './result.ts';

/** All lines on the console; a backtrace of each CPU that is active; tasks that are blocked. */
const KEYS = ['7', 'l', 'w'] as const;

/**
 * ms. A kernel whose console prints on its own has read the keys long before it has said all: `quiet` without
 * a line is the end, `first` if none has come, and `most` whatever comes.
 */
const LOOK = { call: 25_000, first: 5000, quiet: 2000, most: 20_000, poll: 100 } as const;

type Limits = Readonly<Record<keyof typeof LOOK, number>>;

/** It does not reject. @param limits ms, for tests */
export async function lookInto(guest: GuestUnderTest, limits: Limits = LOOK): Promise<Stuck> {
  const missing: string[] = [];
  const attempt = async <T>(what: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await within(work, limits.call);
    } catch (error) {
      missing.push(`${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const registers = await attempt('registers', guest.registers());
  const from = guest.console.mark;
  for (const key of KEYS) {
    const taken = await attempt(
      `SysRq ${key}`,
      guest.sysrq(key).then(() => true),
    );
    // The others would fare no better.
    if (!taken) break;
    if (key === KEYS.at(-1)) await untilQuiet(guest, from, limits);
  }
  const vcpus: PlainRegisters[] = (registers ?? []).map(plainRegisters);
  return { vcpus, missing };
}

async function within<T>(work: Promise<T>, limit: number): Promise<T> {
  const done = new AbortController();
  const late = sleep(limit, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${limit / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    // Nobody waits for it any more.
    work.catch(() => {});
  }
}

/**
 * Until nothing more has come for a while, or for as long as there is.
 * @param from the console's mark before the keys
 */
async function untilQuiet(
  guest: GuestUnderTest,
  from: number,
  { first, quiet, most, poll }: Limits,
): Promise<void> {
  const began = performance.now();
  let seen = from;
  let changed = began;
  for (let now = began; now - began < most; now = performance.now()) {
    if (guest.console.mark !== seen) {
      seen = guest.console.mark;
      changed = now;
    }
    if (now - changed > (seen > from ? quiet : first)) return;
    await sleep(poll);
  }
}
