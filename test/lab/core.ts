/**
 * What `npm test` asks of every guest kernel. The rest it asks of one; `npm test -- full` asks all of all.
 *
 * A scenario is here where kernels differ in what they make of an error, and where guests share it: it takes seconds
 * then. Each way to be told, and each kind of page that mm/memory-failure.c handles by itself, has one.
 */

/** Ids of scenarios. */
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
