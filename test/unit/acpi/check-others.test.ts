/** What others made, and what machines of ours have: nothing but notes, apart from what is wrong with it indeed. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkErrorStatusBlock, checkTable, checkTables, ErrorStatusBlock, type Finding } from '@rasvm/acpi';
import { hasIasl, iasl } from './iasl.ts';
import { hasQemu, loadTables, Qemu, tablesIn } from './qemu.ts';

const codes = (findings: readonly Finding[]) =>
  [...new Set(findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code))].sort();

/**
 * Templates show the form of a table: most of what they hold is zero or made up. What a check says of them is true; of
 * all others it says nothing.
 */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  // One of its structures has an interrupt type of 0, which is none.
  apic: ['UNKNOWN_VALUE'],
  bert: ['BERT_REGION_ADDRESS', 'BERT_REGION_LENGTH', 'LINUX_BERT_REGION_LENGTH'],
  // Registers of 100 bits at addresses such as 0xaabbccddeeff0011, and a device of revision 0xee.
  dbg2: ['GAS_ALIGNMENT', 'GAS_BEYOND_64_BITS', 'UNUSUAL_VALUE'],
  // It counts ten entries and has eight, whose registers are all zero.
  einj: [
    'COUNT',
    'INSTRUCTION_NO_REGISTER',
    'INSTRUCTION_PRESERVE',
    'LINUX_EINJ_NO_PARAMETERS',
    'LINUX_GAR_ADDRESS',
    'LINUX_INSTRUCTION_COUNT',
  ],
  // An action 12 there is not; registers are all zero.
  erst: ['INSTRUCTION_NO_REGISTER', 'INSTRUCTION_PRESERVE', 'LINUX_GAR_ADDRESS', 'UNKNOWN_VALUE'],
  // A machine with fixed hardware, which is not for Linux on arm64; its registers are at address 1.
  facp: ['GAS_ALIGNMENT', 'LINUX_FADT_HARDWARE_REDUCED', 'LINUX_FADT_NO_PSCI'],
  // Its platform timers are said to begin 8 bytes before they do.
  gtdt: ['LENGTH'],
  // It counts four sources and has eight, with ids that come twice and without addresses.
  hest: [
    'COUNT',
    'HEST_ACK_ADDRESS',
    'HEST_ACK_WRITES_NOTHING',
    'HEST_DUPLICATE_SOURCE_ID',
    'HEST_STATUS_ADDRESS',
    'LINUX_HEST_IGNORED_SOURCES',
  ],
  // Mappings lead to offset 0.
  iort: ['IORT_REFERENCE', 'LINUX_IORT_ADDRESS_LIMIT', 'LINUX_IORT_NULL_PARENT'],
  mcfg: ['MCFG_ADDRESS'],
  // Resources at offsets where no structure begins.
  pptt: ['PPTT_LEAF_WITHOUT_ID', 'PPTT_RESOURCE'],
  rsdp: ['RSDP_NO_XSDT'],
  // A part of the FPDT, without the header of a table.
  s3pt: ['CHECKSUM', 'TEXT_NOT_PRINTABLE'],
  spcr: ['LINUX_SPCR_ACCESS'],
};

describe("iasl's templates", { skip: hasIasl ? false : 'iasl is not installed' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-check-'));
  try {
    iasl(directory, ['-T', 'ALL']);
    for (const source of readdirSync(directory).filter((name) => name.endsWith('.asl'))) {
      const name = source.replace(/\.asl$/, '');
      iasl(directory, ['-f', source], 'remarks');
      const bytes = Uint8Array.from(readFileSync(join(directory, `${name}.aml`)));
      test(`${name}: what is wrong with it, and nothing else`, () => {
        assert.deepEqual(codes(checkTable(bytes)), TEMPLATES[name] ?? []);
      });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

describe('a live QEMU', { skip: hasQemu ? false : 'qemu-system-aarch64 is not installed' }, () => {
  test('its tables have nothing but notes', async () => {
    const machine = [
      '-M',
      'virt,ras=on,iommu=smmuv3,gic-version=3,virtualization=on',
      '-cpu',
      'max',
      '-smp',
      '2',
    ];
    const files = await Qemu.with(machine, (qemu) => qemu.files());
    const tables = tablesIn(loadTables(files).get('etc/acpi/tables')!.bytes);
    assert.ok(tables.length > 8);
    // QEMU 7.2's IORT counts an id too many, where the SMMU's own requests are left out: a note, as Linux bears with it.
    const named = tables.map((bytes) => ({ name: bytes.toString('latin1', 0, 4), bytes }));
    assert.deepEqual(
      checkTables(named)
        .filter(({ severity }) => severity !== 'note')
        .map(({ table, code, field, reason }) => `${table} ${code} ${field}: ${reason}`),
      [],
    );
  });

  test('a record as it makes them has nothing but notes', () => {
    // Block status 1, no count; validation bits for type and address, and type 0.
    const bytes = ErrorStatusBlock.encode({
      blockStatus: { uncorrectable: true },
      severity: 0,
      entries: [{ severity: 0, section: { kind: 'memory', physicalAddress: 0x4000_5000n, errorType: 0 } }],
    });
    assert.deepEqual(codes(checkErrorStatusBlock(bytes)), []);
  });
});
