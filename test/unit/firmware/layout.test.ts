import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GiB, KiB, MiB, type Region } from '../../../src/core/region.ts';
import { EfiMemoryType, efiAreaSize } from '../../../src/firmware/efi.ts';
import { DTB_AREA, type LayoutRequest, layOut } from '../../../src/firmware/layout.ts';
import { ADDRESS_MAP } from '../../../src/platform/address-map.ts';

const RAM = ADDRESS_MAP.ram.base;
const GRANULE = 64 * KiB;

function request(overrides: Partial<LayoutRequest> & { size?: number } = {}): LayoutRequest {
  const { size = 256 * MiB, ...rest } = overrides;
  return {
    ram: { base: RAM, size },
    kernel: { textOffset: 0, memorySize: 38 * MiB },
    initrdSize: 9 * MiB + 123,
    acpi: { tablesSize: 20_000, recordsSize: 3 * 4096 },
    ...rest,
  };
}

/** All that a layout has placed. */
function parts(wanted: LayoutRequest): Region[] {
  const layout = layOut(wanted);
  return [
    { base: layout.kernel, size: wanted.kernel.memorySize },
    layout.dtb,
    ...(layout.initrd ? [layout.initrd] : []),
    ...(layout.acpi ? Object.values(layout.acpi) : []),
  ];
}

const overlap = (a: Region, b: Region) => a.base < b.base + b.size && b.base < a.base + a.size;

/** What holds for every layout. */
function check(wanted: LayoutRequest): void {
  const layout = layOut(wanted);
  const placed = parts(wanted);
  const end = wanted.ram.base + wanted.ram.size;
  const { ram } = layout;
  // Behind the error records there is other memory.
  const lost = (wanted.lost ?? [])
    .map(({ gpa, size }) => ({ base: gpa, size: Math.min(size, ram.base + ram.size - gpa) }))
    .filter(({ size }) => size > 0);
  placed.forEach((part, i) => {
    assert.ok(part.base >= wanted.ram.base && part.base + part.size <= end, 'inside RAM');
    for (const other of [...placed.slice(i + 1), ...lost]) assert.ok(!overlap(part, other), 'apart');
  });
  assert.equal((layout.kernel - wanted.kernel.textOffset) % (2 * MiB), 0);

  let at = wanted.ram.base;
  for (const { base, size, type } of layout.memoryMap) {
    assert.equal(base, at, 'the map has no hole and no overlap');
    assert.equal(base % GRANULE, 0);
    assert.equal(size % GRANULE, 0);
    at = base + size;
    if (type !== EfiMemoryType.Unusable)
      for (const hole of lost) assert.ok(!overlap({ base, size }, hole), 'what is lost is not given out');
  }
  assert.equal(at, end);
  if (layout.acpi) assert.ok(efiAreaSize(layout.memoryMap.length) <= layout.acpi.efi.size);
  const conventional = layout.memoryMap.filter(({ type }) => type === EfiMemoryType.Conventional);
  const loaded = placed.slice(0, layout.initrd ? 3 : 2);
  for (const part of loaded)
    assert.ok(
      conventional.some(({ base, size }) => base <= part.base && part.base + part.size <= base + size),
      'kernel, device tree and initrd stand in ordinary memory',
    );
}

describe('layout of guest RAM', () => {
  it('puts the kernel at the start, the tables at the end', () => {
    const layout = layOut(request());
    assert.equal(layout.kernel, RAM);
    assert.ok(layout.acpi!.records.base > RAM + 255 * MiB);
    assert.deepEqual(
      layout.memoryMap.map(({ type }) => type),
      [
        EfiMemoryType.Conventional,
        EfiMemoryType.AcpiReclaim,
        EfiMemoryType.AcpiReclaim,
        EfiMemoryType.AcpiNvs,
      ],
    );
  });

  it('holds from 64 MiB to 1 TiB', () => {
    for (const size of [64 * MiB, 256 * MiB, 6 * GiB, 1024 * GiB]) check(request({ size }));
  });

  it('keeps text_offset, and needs no initrd and no ACPI', () => {
    check(request({ kernel: { textOffset: 0x8_0000, memorySize: 20 * MiB } }));
    check(request({ initrdSize: 0 }));
    const plain = request({ acpi: undefined });
    check(plain);
    assert.equal(layOut(plain).acpi, undefined);
    assert.deepEqual(layOut(plain).usable, [{ base: RAM, size: 256 * MiB }]);
  });

  it('has no ACPI NVS for a guest without error records', () => {
    const wanted = request({ acpi: { tablesSize: 20_000, recordsSize: 0 } });
    check(wanted);
    const { memoryMap } = layOut(wanted);
    assert.deepEqual(
      memoryMap.map(({ type }) => type),
      [EfiMemoryType.Conventional, EfiMemoryType.AcpiReclaim, EfiMemoryType.AcpiReclaim],
    );
    assert.ok(memoryMap.every(({ size }) => size > 0));
  });

  it('goes around a lost page under the kernel, and tells the guest that it is unusable', () => {
    const wanted = request({ lost: [{ gpa: RAM + 0x12_3000, size: 4096 }] });
    check(wanted);
    const layout = layOut(wanted);
    assert.equal(layout.kernel, RAM + 2 * MiB);
    assert.deepEqual(
      layout.memoryMap.find(({ type }) => type === EfiMemoryType.Unusable),
      { type: EfiMemoryType.Unusable, base: RAM + 0x12_0000, size: GRANULE },
    );
    assert.deepEqual(layout.usable, [
      { base: RAM, size: 0x12_0000 },
      { base: RAM + 0x13_0000, size: 256 * MiB - 0x13_0000 - GRANULE },
    ]);
  });

  it('says how much memory it takes', () => {
    assert.throws(() => layOut(request({ size: 32 * MiB })), {
      code: 'MEMORY',
      message: /32 MiB of guest RAM do not hold.*kernel 38 MiB.*initrd 10 MiB.*at least --memory 50M/,
    });
    check(request({ size: 50 * MiB }));
  });

  it('says what is lost when that is the reason', () => {
    const lost = [{ gpa: RAM + MiB, size: 250 * MiB }];
    assert.throws(() => layOut(request({ lost })), { code: 'MEMORY', message: /250 MiB of it lost/ });
  });

  it('refuses RAM of odd size', () => {
    assert.throws(() => layOut(request({ size: 64 * MiB + 4096 })), { code: 'MEMORY' });
  });

  it('keeps the initrd in the window that the kernel needs', () => {
    const lost = [{ gpa: RAM + 40 * MiB, size: 40 * GiB }];
    assert.throws(() => layOut(request({ size: 64 * GiB, initrdSize: 64 * MiB, lost })), { code: 'MEMORY' });
  });

  it('is sound for any request that fits, and MEMORY for the others', () => {
    const lost = fc.array(
      fc.record({ gpa: fc.integer({ min: 0, max: 512 * MiB }), size: fc.integer({ min: 1, max: 4 * MiB }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 1, max: 64 * MiB }),
        fc.integer({ min: 0, max: 64 * MiB }),
        fc.boolean(),
        lost,
        (granules, memorySize, initrdSize, acpi, ranges) => {
          const wanted = request({
            size: granules * GRANULE,
            kernel: { textOffset: 0, memorySize },
            initrdSize,
            acpi: acpi ? { tablesSize: 30_000, recordsSize: 8192 } : undefined,
            lost: ranges.map(({ gpa, size }) => ({ gpa: RAM - MiB + gpa, size })),
          });
          try {
            layOut(wanted);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'MEMORY');
            return;
          }
          check(wanted);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves a whole granule to the device tree', () => {
    assert.equal(layOut(request()).dtb.size, DTB_AREA);
  });
});
