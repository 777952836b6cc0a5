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
 * What is asked in full alone: each needs guests of its own or ends one that is shared, half a minute and more of two cores, and another
 * scenario or a file of test/lab/, which `npm test` runs, goes nearly the same way.
 */
export const IN_FULL: readonly string[] = [
  // As early-unsignalled, or as those of the core.
  'early-policy-late',
  'early-system-policy',
  // As test/lab/operator.test.ts, which has the queue too.
  'early-never-acknowledged',
  // As kernel-slab-late; and the one after which the kernel hangs, which takes a minute to see.
  'kernel-pipe-late',
  'kernel-text-late',
  // As kernel-free-early.
  'kernel-slab-early',
  'kernel-pagetable-early',
  'kernel-pagetable-late',
  'kernel-pipe-early',
  'kernel-text-early',
  'kernel-oops-panics',
  // As huge-page-of-the-host-whole.
  'huge-page-of-the-host',
  'huge-page-of-the-host-early',
  // As no-records-ras-off, and as test/lab/stopped-on-error.test.ts.
  'no-records-device-tree',
  'policy-ignore',
  'policy-sea-early',
  'policy-serror',
  'policy-stop',
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
  // As serror-uncontainable, and as test/lab/no-ras-extension.test.ts.
  'serror-unrecoverable',
  'serror-without-syndrome',
  'shared-guest-memory',
  // As storm-mixed; test/unit/ has ten thousand over a model guest.
  'burst-of-early',
  'storm-early',
  'storm-late',
  'storm-ten-thousand',
];

/** Files of test/lab/ for full alone, likewise. */
export const FILES_IN_FULL: readonly string[] = [
  // The suite has most of the agent's commands.
  'agent.test.ts',
  // As huge-page-of-the-host-whole, and as reboot-several-memfd.
  'left-out.test.ts',
];

/** In full it begins first: a core has nothing else to do in the end otherwise. */
export const LONGEST = 'storm-ten-thousand';
