/** What the host's kernel does when memory fails, as far as it can be seen without losing any. */

import { existsSync, readFileSync } from 'node:fs';

/** mm/memory-failure.c: the file is there if and only if the kernel has CONFIG_MEMORY_FAILURE. */
const EARLY_KILL = '/proc/sys/vm/memory_failure_early_kill';
const RECOVERY = '/proc/sys/vm/memory_failure_recovery';

export function hasMemoryFailure(): boolean {
  return existsSync(EARLY_KILL);
}

export interface MemoryFailureSettings {
  /** Processes that have not said what they want are told early. */
  earlyKill: boolean;
  /** false: the host panics at the first uncorrected memory error. */
  recovery: boolean;
}

/** @returns undefined without memory_failure */
export function memoryFailureSettings(): MemoryFailureSettings | undefined {
  try {
    return {
      earlyKill: readFileSync(EARLY_KILL, 'latin1').trim() !== '0',
      recovery: readFileSync(RECOVERY, 'latin1').trim() !== '0',
    };
  } catch {
    return undefined;
  }
}
