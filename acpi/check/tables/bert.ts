/** Rules for the BERT: ACPI 6.5, section 18.3.1, and what Linux's bert.c takes. */

import type { Bert } from '../../apei/bert.ts';
import { ERROR_STATUS_BLOCK_HEADER_SIZE } from '../../cper/gesb.ts';
import type { Decoded } from '../../struct.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const BERT = kinds('specification', 'ACPI 6.5, 18.3.1', {
  BERT_REGION_LENGTH: {
    severity: 'error',
    meaning: 'The boot error region has no room for a block of 20 bytes',
  },
  BERT_REGION_ADDRESS: { severity: 'error', meaning: 'The boot error region is at address 0' },
});

export const LINUX_BERT = kinds('linux', 'Linux drivers/acpi/apei/bert.c', {
  LINUX_BERT_REGION_LENGTH: {
    severity: 'error',
    meaning: 'A BERT whose region is shorter than 20 bytes is not used ("table invalid.")',
    kernels: ALL_KERNELS,
  },
});

export function checkBert(report: Report, { regionLength, regionAddress }: Decoded<typeof Bert>): void {
  if (regionLength < ERROR_STATUS_BLOCK_HEADER_SIZE) {
    report.tell(BERT.BERT_REGION_LENGTH, 'regionLength', `is ${regionLength}`);
    report.tell(LINUX_BERT.LINUX_BERT_REGION_LENGTH, 'regionLength', `${regionLength}: "table invalid."`);
  }
  if (regionAddress === 0n) report.tell(BERT.BERT_REGION_ADDRESS, 'regionAddress', 'is 0');
}
