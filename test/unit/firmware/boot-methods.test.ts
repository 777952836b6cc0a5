import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MiB } from '../../../src/core/region.ts';
import { type AcpiOptions, buildAcpiTables } from '../../../src/firmware/acpi-tables.ts';
import { EfiMemoryType } from '../../../src/firmware/efi.ts';
import { acpiDirect } from '../../../src/firmware/methods/acpi-direct.ts';
import { deviceTree } from '../../../src/firmware/methods/device-tree.ts';
import type { GuestTables } from '../../../src/firmware/table-source.ts';
import type { GuestMemory } from '../../../src/native/binding.ts';
import { ADDRESS_MAP } from '../../../src/platform/address-map.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { errorRecordsOf } from '../../../src/ras/sources/describe.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { FakeMemory } from './fake-memory.ts';
import { kernelFile } from './kernel-file.ts';

const RAM = ADDRESS_MAP.ram.base;
const SIZE = 64 * MiB;

function tables(options: AcpiOptions): GuestTables {
  const { rsdp, bytes } = buildAcpiTables(options);
  return { rsdp: Number(rsdp), bytes };
}

function load(t: TestContext, acpi: boolean, lost: { gpa: number; size: number }[]) {
  const memory = new FakeMemory(SIZE);
  const method = acpi ? acpiDirect({ tables }) : deviceTree;
  const prepared = method.prepare(memory as unknown as GuestMemory, {
    ...{ kernel: kernelFile(t), append: '', ram: { base: RAM, size: SIZE } },
    board: virtBoard({ acpi, serial: false, sources: 0 }),
    ...{ mpidrs: [0n], pmu: false, lost },
    errors: acpi ? errorRecordsOf(SOURCES) : undefined,
  });
  return { ...prepared, bytes: memory.bytes };
}

const LOST = { gpa: RAM + 0x1000, size: 4096 };

test('what is left out is no part of the device tree, and the kernel stands elsewhere', (t) => {
  const whole = load(t, false, []);
  const { entry, x0: dtb, bytes } = load(t, false, [LOST]);
  assert.equal(whole.entry, RAM);
  assert.ok(entry >= RAM + 0x1_0000);
  const tree = bytes.toString('latin1', dtb - RAM);
  assert.match(tree, /memory@40010000/);
  assert.doesNotMatch(tree, /memory@40000000/);
});

test('what is left out is unusable in the EFI memory map', (t) => {
  const { bytes } = load(t, true, [LOST]);
  // EFI_MEMORY_DESCRIPTOR: type, padding, address, virtual address, pages.
  const wanted = Buffer.alloc(32);
  wanted.writeUInt32LE(EfiMemoryType.Unusable, 0);
  wanted.writeBigUInt64LE(BigInt(RAM), 8);
  wanted.writeBigUInt64LE(16n, 24);
  assert.ok(bytes.includes(wanted));
  assert.ok(!load(t, true, []).bytes.includes(wanted));
});

test('error records have the top of the guest’s memory, whatever of it is lost, and are no RAM', (t) => {
  const top = { gpa: RAM + SIZE - 4096, size: 4096 };
  for (const lost of [[], [top]]) {
    const { ram, records, firmware } = load(t, true, lost);
    assert.deepEqual(records, { base: RAM + SIZE - 0x1_0000, size: 0x1_0000 });
    assert.deepEqual(ram, { base: RAM, size: SIZE - 0x1_0000 });
    assert.ok(firmware.includes(records!));
  }
  assert.deepEqual(load(t, false, []).ram, { base: RAM, size: SIZE });
});
