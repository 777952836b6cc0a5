/** What guests were told of the board before it was a list: in test/fixtures/board, made by the code of then. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildAcpiTables } from '../../../src/firmware/acpi-tables.ts';
import { SEED_SIZE } from '../../../src/firmware/chosen.ts';
import { buildFullDtb } from '../../../src/firmware/full-dtb.ts';
import { type VirtBoard, type VirtOptions, virtBoard } from '../../../src/platform/virt.ts';
import { describeSources } from '../../../src/ras/sources/describe.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/board', name));
const mpidrs = [0n, 1n, 2n, 3n];

/** Without what has come since. */
function oldBoard(options: VirtOptions): VirtBoard {
  return virtBoard(options).filter(({ slot }) => slot.id !== 'pvpanic');
}

function tablesOf(board: VirtBoard): Map<string, Buffer> {
  const { tables } = buildAcpiTables({
    ...{ base: 0x4_0000_0000, mpidrs, pmu: true, board },
    ras: describeSources(SOURCES, 0x4_0010_0000),
  });
  return new Map(tables.map(({ signature, bytes }) => [signature, Buffer.from(bytes)]));
}

const treeOf = (board: VirtBoard) =>
  Buffer.from(
    buildFullDtb({
      ...{ bootargs: 'console=ttyAMA0', initrd: { base: 0x4800_0000, size: 0x10_0000 } },
      ...{ seed: new Uint8Array(SEED_SIZE).fill(7), mpidrs, pmu: true, board },
      memory: [{ base: 0x4000_0000, size: 0x4000_0000 }],
    }),
  );

describe('the board', () => {
  for (const serial of [false, true]) {
    const suffix = serial ? '-serial' : '';

    it(`is the same to ACPI, ${serial ? 'with' : 'without'} a second serial port`, () => {
      const tables = tablesOf(oldBoard({ acpi: true, serial, sources: 2 }));
      assert.deepEqual(tables.get('DSDT'), fixture(`dsdt${suffix}.aml`));
      assert.deepEqual(tables.get('SPCR'), fixture('spcr.aml'));
    });

    it(`is the same to a device tree, ${serial ? 'with' : 'without'} a second serial port`, () => {
      assert.deepEqual(treeOf(oldBoard({ acpi: false, serial, sources: 0 })), fixture(`guest${suffix}.dtb`));
    });
  }

  it('has a pvpanic at the same place, whatever else it has', () => {
    const places = [true, false].flatMap((acpi) =>
      [true, false].map((serial) =>
        virtBoard({ acpi, serial, sources: acpi ? 2 : 0 }).find(({ slot }) => slot.id === 'pvpanic'),
      ),
    );
    for (const part of places) assert.equal(part?.slot.base, 0x910_0000);
    assert.ok(
      tablesOf(virtBoard({ acpi: true, serial: true, sources: 2 }))
        .get('DSDT')
        ?.includes('QEMU0001'),
    );
    const tree = treeOf(virtBoard({ acpi: false, serial: true, sources: 0 }));
    assert.ok(tree.includes('qemu,pvpanic-mmio') && tree.includes('pvpanic@9100000'));
  });
});
