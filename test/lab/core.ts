/**
 * What `npm test` asks of every guest kernel. The rest it asks of one; `npm test -- full` asks all of all.
 *
 * A scenario is here where kernels differ in what they make of an error, and where guests share it: it takes seconds
 * then. Each way to be told, and each kind of page that mm/memory-failure.c handles by itself, has one.
 */

/** Ids of scenarios of the core. */
export const CORE: readonly string[] = [
  // Told early, by a GSIV.
  'early-anonymous',
  'early-shared-by-two',
  'early-tmpfs',
  'early-transparent-huge',
  'cache-clean-early',
  'cache-dirty-early',
  // Told late, by an SEA.
  'late-anonymous-read',
  'late-code-run',
  'late-hugetlb',
  'late-locked-read',
  'late-shared-read',
  'late-threads-together',
  'late-transparent-huge',
  'cache-clean-mapped-late',
  // The kernel itself meets the page.
  'kernel-copies-from-page',
  'kernel-free-early',
  // Records of every severity, and of what kernels know since different versions.
  'record-arm-cache',
  'record-corrected',
  'record-recoverable',
  'record-unknown-section',
  'record-fatal',
  // Exceptions without a record, and SErrors.
  'sea-data-without-record',
  'serror-restartable',
  'serror-uncontainable',
];

/**
 * What is asked in full alone: each needs guests of its own, half a minute and more of two cores, and another scenario, which
 * `npm test` runs, goes nearly the same way.
 */
export const IN_FULL: readonly string[] = [
  // As early-never-acknowledged and early-unsignalled, or as those of the core.
  'early-policy-late',
  'early-system-policy',
  // As kernel-slab-early.
  'kernel-pagetable-early',
  'kernel-pagetable-late',
  'kernel-pipe-early',
  'kernel-text-early',
  'kernel-oops-panics',
  // As huge-page-of-the-host-whole.
  'huge-page-of-the-host',
  'huge-page-of-the-host-early',
  // As no-records-ras-off and policy-stop.
  'no-records-device-tree',
  'policy-ignore',
  'policy-sea-early',
  'policy-serror',
  'recovery-off',
  // As on-error-stop-late.
  'on-error-stop-early',
  'stop-after-errors',
  // As reboot-several-memfd.
  'reboot-huge-page-of-the-host',
  'reboot-makes-whole',
  'reboot-several-anonymous',
  // As notify-serror, or as those that share a guest.
  'sea-in-idle',
  'serror-asleep',
  'shared-guest-memory',
  // As storm-mixed.
  'storm-early',
  'storm-late',
];

/** It begins first: a core has nothing else to do in the end otherwise. */
export const LONGEST = 'storm-ten-thousand';
