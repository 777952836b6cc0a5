/** The ACPI tables of a machine that is described in a few lines. */

export * from './assemble.ts';
export type { Machine } from './description.ts';
export * from './fadt.ts';
export * from './gtdt.ts';
export * from './hest.ts';
export * from './madt.ts';
export * from './record-area.ts';
export * from './spcr.ts';
