/** The ACPI tables of a machine that is described in a few lines. */

export * from './assemble.ts';
export type { Machine } from './description.ts';
