/** Tables that Linux on arm64 has no use for. */

import { kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const LINUX_UNUSED = kinds('linux', 'Linux drivers/acpi', {
  LINUX_TABLE_UNUSED: {
    severity: 'note',
    meaning: 'No driver reads the table: what it says has no effect',
    kernels: '6.1 to 7.3',
  },
});

export function checkUnused(report: Report): void {
  report.tell(LINUX_UNUSED.LINUX_TABLE_UNUSED, '', 'is there for others', { offset: 0 });
}
