/**
 * A guest that is started with ACPI and no firmware: a device tree with nothing but /chosen names an EFI system table and
 * memory map (docs/architecture.md, "Boot").
 */

import { buildEfiTables } from '../efi.ts';
import { ACPI_AREA } from '../layout.ts';
import { buildStubDtb } from '../stub-dtb.ts';
import type { TableSource } from '../table-source.ts';
import type { BootMethod } from './boot-method.ts';
import { loadLinux } from './linux-files.ts';

/** Its `prepare` throws TablesNotMade, too. */
export const acpiDirect = (source: Pick<TableSource, 'tables'>): BootMethod => ({
  name: 'acpi',
  prepare(memory, request) {
    const { ram, mpidrs, pmu, board, errors } = request;
    const room = { tablesSize: ACPI_AREA, recordsSize: errors?.size ?? 0 };
    const { layout, chosen, pageSize } = loadLinux(memory, request, room);
    const acpi = layout.acpi!;
    const put = (gpa: number, bytes: Uint8Array) => memory.write(gpa - ram.base, bytes);
    const { base } = acpi.tables;
    const tables = source.tables({ base, mpidrs, pmu, board, ras: errors?.describe(acpi.records.base) });
    put(base, tables.bytes);
    const efi = buildEfiTables(acpi.efi.base, tables.rsdp, layout.memoryMap);
    put(acpi.efi.base, efi.bytes);
    put(layout.dtb.base, buildStubDtb({ ...chosen, efi }));
    return {
      ...{ entry: layout.kernel, x0: layout.dtb.base, ram: layout.ram, guestPageSize: pageSize },
      firmware: Object.values(acpi),
      ...(errors && { records: acpi.records }),
    };
  },
});
