/** For commands whose guests are their own processes: a signal's default would leave them behind. */

/** An exit takes the guests along (src/scenario/vmm/rasvm-guest.ts). */
export function endOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
