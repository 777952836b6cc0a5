/** The ACPI tables of a machine that is described in a few lines. */

export type { AssembledTables, PlacedTable } from './assemble.ts';
export * from './build.ts';
export type { Machine } from './description.ts';
export type { MemoryContent } from './record-area.ts';
