/** Checking of tables and records: the specification, Linux on arm64, and what a record does to a guest. */

export { checkTables, type NamedTable } from './across.ts';
export { type EffectOptions, effectOf, type Telling } from './effect.ts';
export type { Finding, FindingKind, FindingSeverity, RuleSet } from './finding.ts';
export { FINDINGS } from './findings.ts';
export { type BlockOptions, checkBootErrorRegion, checkErrorStatusBlock } from './gesb.ts';
export { type Location, locate } from './locate.ts';
export { type CheckedRecord, checkRecord, checkRecords } from './log.ts';
export { checkCperRecord } from './record.ts';
export { checkSection } from './section.ts';
export { checkTable } from './table.ts';
