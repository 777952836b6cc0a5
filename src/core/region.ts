/** Ranges of the guest's address space, and units of size. */

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** A range: base GPA and size in bytes. */
export interface Region {
  readonly base: number;
  readonly size: number;
}
