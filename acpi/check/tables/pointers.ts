/** Rules for RSDP, XSDT and RSDT: ACPI 6.5, sections 5.2.5 to 5.2.8. */

import type { Decoded } from '../../struct.ts';
import type { Rsdp } from '../../tables/rsdp.ts';
import { kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const POINTERS = kinds('specification', 'ACPI 6.5, 5.2.8', {
  RSDP_NO_XSDT: { severity: 'error', meaning: 'The RSDP names no XSDT', source: 'ACPI 6.5, 5.2.5.3' },
  XSDT_ZERO_ENTRY: { severity: 'error', meaning: 'An entry is 0' },
  XSDT_DUPLICATE_ENTRY: { severity: 'warning', meaning: 'Two entries name one table' },
  XSDT_EMPTY: { severity: 'error', meaning: 'There is no entry, and so no FADT' },
});

export function checkRsdp(report: Report, { xsdtAddress, revision }: Decoded<typeof Rsdp>): void {
  if (revision >= 2 && xsdtAddress === 0n) report.tell(POINTERS.RSDP_NO_XSDT, 'xsdtAddress', 'is 0');
}

export function checkXsdt(
  report: Report,
  { entries }: { readonly entries: readonly (bigint | number)[] },
): void {
  if (entries.length === 0) report.tell(POINTERS.XSDT_EMPTY, 'entries', 'are none');
  const seen = new Map<bigint | number, number>();
  for (const [i, entry] of entries.entries()) {
    if (BigInt(entry) === 0n) report.tell(POINTERS.XSDT_ZERO_ENTRY, `entries[${i}]`, 'is 0');
    else if (seen.has(entry))
      report.tell(
        POINTERS.XSDT_DUPLICATE_ENTRY,
        `entries[${i}]`,
        `0x${entry.toString(16)} is entries[${seen.get(entry)}]`,
      );
    else seen.set(entry, i);
  }
}
