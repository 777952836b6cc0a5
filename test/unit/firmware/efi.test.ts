import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { guid } from '@rasvm/acpi/codec';
import {
  buildEfiTables,
  type EfiMemoryRange,
  EfiMemoryType,
  efiAreaSize,
} from '../../../src/firmware/efi.ts';

const BASE = 0x5ff4_0000;
const RSDP = 0x5ff0_0000;
const MAP: EfiMemoryRange[] = [
  { type: EfiMemoryType.Conventional, base: 0x4000_0000, size: 0x1ff0_0000 },
  { type: EfiMemoryType.AcpiReclaim, base: RSDP, size: 0x5_0000 },
  { type: EfiMemoryType.AcpiNvs, base: 0x5ff8_0000, size: 0x1_0000 },
];

function area() {
  const tables = buildEfiTables(BASE, RSDP, MAP);
  const bytes = Buffer.from(tables.bytes);
  return { ...tables, bytes, at: (gpa: bigint | number) => Number(gpa) - BASE };
}

/** The configuration tables as Linux finds them: from the system table. */
function configuration(): Map<string, bigint> {
  const { bytes, systemTable, at } = area();
  const table = at(systemTable);
  const count = Number(bytes.readBigUInt64LE(table + 104));
  const first = at(bytes.readBigUInt64LE(table + 112));
  return new Map(
    Array.from({ length: count }, (_, i) => [
      bytes.toString('hex', first + 24 * i, first + 24 * i + 16),
      bytes.readBigUInt64LE(first + 24 * i + 16),
    ]),
  );
}

describe('EFI tables', () => {
  it('start with a system table that checks', () => {
    const { bytes, systemTable, at } = area();
    const table = Buffer.from(bytes.subarray(at(systemTable), at(systemTable) + 120));
    assert.equal(table.toString('latin1', 0, 8), 'IBI SYST');
    assert.equal(table.readUInt32LE(12), 120);
    const crc = table.readUInt32LE(16);
    table.writeUInt32LE(0, 16);
    assert.equal(crc32(table), crc);
    assert.equal(table.readBigUInt64LE(88), 0n);
    assert.equal(table.readBigUInt64LE(96), 0n);
  });

  it('name the vendor in UTF-16, with the 200 bytes that Linux maps free of anything else', () => {
    const { bytes, systemTable, at } = area();
    const vendor = at(bytes.readBigUInt64LE(at(systemTable) + 24));
    const text = bytes.toString('utf16le', vendor, vendor + 200);
    assert.equal(text.replace(/\0+$/, ''), 'rasvm');
  });

  it('give the RSDP, no runtime service, and an empty memreserve list', () => {
    const { bytes, at } = area();
    const tables = configuration();
    const find = (id: string) => tables.get(Buffer.from(guid.encode(id)).toString('hex'));
    assert.equal(tables.size, 3);
    assert.equal(find('8868e871-e4f1-11d3-bc22-0080c73c8881'), BigInt(RSDP));
    const properties = at(find('eb66918a-7eef-402a-842e-931d21c38ae9')!);
    assert.equal(bytes.toString('hex', properties, properties + 8), '0100080000000000');
    const reserve = at(find('888eb0c6-8ede-4ff5-a8f0-9aee5cb977c2')!);
    assert.deepEqual(bytes.subarray(reserve, reserve + 16), Buffer.alloc(16));
    assert.equal(reserve % 16, 0);
  });

  it('write a GUID with its first three fields little endian', () => {
    assert.equal(
      Buffer.from(guid.encode('8868e871-e4f1-11d3-bc22-0080c73c8881')).toString('hex'),
      '71e86888f1e4d311bc220080c73c8881',
    );
  });

  it('map every range as write-back memory, in 4 KiB pages', () => {
    const { bytes, memoryMap, at } = area();
    const map = bytes.subarray(at(memoryMap.base), at(memoryMap.base) + memoryMap.size);
    assert.equal(map.length, 40 * MAP.length);
    MAP.forEach(({ type, base, size }, i) => {
      const row = map.subarray(40 * i);
      assert.equal(row.readUInt32LE(0), type);
      assert.equal(row.readBigUInt64LE(8), BigInt(base));
      assert.equal(row.readBigUInt64LE(16), 0n);
      assert.equal(row.readBigUInt64LE(24) * 4096n, BigInt(size));
      assert.equal(row.readBigUInt64LE(32), 8n);
    });
    assert.equal(bytes.length, efiAreaSize(MAP.length));
  });
});
