/** CLOCK_MONOTONIC. The global `performance` has it too, but brings a machine eight modules of Node.js' that nothing else needs. */

/** ms, with fractions. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
