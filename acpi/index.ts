/** ACPI tables, AML and CPER records: declarative layouts, encoders and decoders. */

export * from './all-tables.ts';
export * as aml from './aml/index.ts';
export * from './apei/ghes.ts';
export * from './apei/hest.ts';
export * from './apei/notification.ts';
export * from './cper/data-entry.ts';
export * from './cper/error-status.ts';
export * from './cper/gesb.ts';
export * from './cper/memory.ts';
export * from './cper/section-set.ts';
export * from './cper/sections.ts';
export * from './cper/severity.ts';
export { Timestamp, timestamp } from './cper/timestamp.ts';
export * from './errors.ts';
export * from './struct.ts';
export * from './tables/any-table.ts';
export * from './tables/dsdt.ts';
export * from './tables/fadt.ts';
export * from './tables/gas.ts';
export * from './tables/gtdt.ts';
export { HEADER_SIZE, table } from './tables/header.ts';
export * from './tables/madt.ts';
export * from './tables/rsdp.ts';
export * from './tables/spcr.ts';
export * from './tables/ssdt.ts';
export * from './tables/xsdt.ts';
