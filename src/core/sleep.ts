/** Waiting, without node:timers/promises: it loads more than a machine's start has use for. */

/** @param ref whether the process stays alive for it */
export function sleep(ms: number, { ref = true } = {}): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (!ref) timer.unref();
  });
}
