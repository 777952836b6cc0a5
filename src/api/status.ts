/** What a machine is, and how it does. */

import * as z from 'zod/mini';
import { address, count } from './fields.ts';

export const MACHINE_STATES = ['starting', 'running', 'stopping', 'stopped', 'stopped-on-error'] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** How far a machine's errors have come. */
export const ErrorCounts = z.object({
  /** Errors (lost pages, and records alone) since the machine started. */
  total: count,
  /** Reports that wait in a source's queue for a free block, now. */
  queued: count,
  /** Reports that stand in a block and are not acknowledged, now. */
  told: count,
  /** Reports that the guest acknowledged (read_ack), this boot. */
  acknowledged: count,
  /**
   * Errors without a record, this boot: --ras off, no ACPI in the guest, or a kind that the guest cannot
   * take.
   */
  untold: count,
});
export type ErrorCounts = z.infer<typeof ErrorCounts>;

export const MachineStatus = z.object({
  name: z.string(),
  pid: count,
  state: z.enum(MACHINE_STATES),
  /** ns since the machine started. */
  uptime: count,
  vcpus: count,
  /** Guest RAM in bytes, all regions together. */
  memory: count,
  /** Where guest RAM stands: GPA and size in bytes. */
  ram: z.array(z.object({ gpa: address, size: count })),
  /** Bytes of it that the guest has booted without, as the host could not back them anew. */
  leftOut: count,
  backing: z.enum(['anonymous', 'memfd']),
  /** Bytes; 0: ordinary pages. */
  hugePageSize: count,
  acpi: z.boolean(),
  /** `asked` is --ras; `resolved` is what it came to on this host, with this guest. */
  ras: z.object({
    asked: z.enum(['auto', 'on', 'off']),
    resolved: z.enum(['on', 'off']),
    early: z.boolean(),
  }),
  /** Resident bytes of the process, guest RAM included. */
  rss: count,
  errors: ErrorCounts,
});
export type MachineStatus = z.infer<typeof MachineStatus>;
