/** CLOCK_MONOTONIC. The global `performance` has it too, but brings eight modules of Node.js' and half a MiB to a machine. */

/** ms, with fractions. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
