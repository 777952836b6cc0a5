/** How far a machine's errors have come. */
export interface ErrorCounts {
  /** Errors (lost pages, and records alone) since the machine started. */
  total: number;
  /** Reports that wait for a free error status block, now. */
  queued: number;
  /** Reports that stand in a block and are not acknowledged, now. */
  told: number;
  /** Reports that the guest acknowledged (read_ack), this boot. */
  acknowledged: number;
  /** Errors for which there was no record (no ACPI, --ras off), this boot. */
  untold: number;
}
