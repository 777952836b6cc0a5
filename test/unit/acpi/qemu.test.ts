import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  decodeDescribedErrors,
  decodeHardwareErrors,
  decodeTable,
  encodeHardwareErrors,
  Hest,
  hardwareErrorsHest,
  NotificationType,
  TABLES,
  tableCodec,
} from '@rasvm/acpi';
import { hex } from './hex.ts';
import { hasQemu, loadTables, Qemu, tablesIn } from './qemu.ts';

type Placed = ReturnType<typeof loadTables>;

function assertSame(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(hex(actual), hex(expected), what);
}

describe('a live QEMU', { skip: hasQemu ? false : 'qemu-system-aarch64 is not installed' }, () => {
  let placed: Placed;
  let files: Map<string, Buffer>;
  let tables: Buffer[];

  before(async () => {
    files = await Qemu.with(
      ['-M', 'virt,ras=on,iommu=smmuv3,gic-version=3,virtualization=on', '-cpu', 'max', ...numa()],
      (qemu) => qemu.files(),
    );
    placed = loadTables(files);
    tables = tablesIn(placed.get('etc/acpi/tables')!.bytes);
  });

  test('has tables that its firmware would take', () => {
    const signatures = tables.map((table) => table.toString('latin1', 0, 4));
    for (const signature of [
      'DSDT',
      'FACP',
      'APIC',
      'PPTT',
      'GTDT',
      'MCFG',
      'SPCR',
      'DBG2',
      'SRAT',
      'HEST',
      'IORT',
    ])
      assert.ok(signatures.includes(signature), `${signature}: not in ${signatures.join()}`);
  });

  test('has no table that does not decode, or encodes to other bytes', () => {
    for (const table of tables) {
      const value = decodeTable(table);
      const { signature } = value;
      assert.ok(Object.hasOwn(TABLES, signature), `${signature} has no layout`);
      assertSame(tableCodec(signature as string).encode(value as never), table, signature);
    }
  });

  const notifications = [{ type: NotificationType.Sea }];

  test('has the HEST that we make for the same values', () => {
    const hest = tables.find((table) => table.toString('latin1', 0, 4) === 'HEST')!;
    const ours = Hest.encode({
      oemId: 'BOCHS',
      oemTableId: 'BXPC',
      creatorId: 'BXPC',
      sources: hardwareErrorsHest({ notifications, base: placed.get('etc/hardware_errors')!.gpa }),
    });
    assertSame(ours, hest, 'HEST');
  });

  test('has the hardware_errors that we make, placed in memory or not', () => {
    const sources = notifications.map(() => ({}));
    const { gpa, bytes } = placed.get('etc/hardware_errors')!;
    assertSame(encodeHardwareErrors({ sources }), files.get('etc/hardware_errors')!, 'as it is in fw_cfg');
    assertSame(encodeHardwareErrors({ sources, base: gpa }), bytes, 'as it is in memory');
  });

  test('has hardware_errors that decode alike with its HEST and without', () => {
    const { gpa, bytes } = placed.get('etc/hardware_errors')!;
    const hest = Hest.decode(tables.find((table) => table.toString('latin1', 0, 4) === 'HEST')!);
    const [source, ...more] = decodeHardwareErrors(bytes);
    assert.deepEqual(more, []);
    assert.deepEqual(source, { address: gpa + 16n, readAck: 1n, block: new Uint8Array(1024) });
    assert.deepEqual(decodeDescribedErrors(bytes, hest), [{ sourceId: 0, ...source }]);
  });
});

/** Two processors and two memory nodes, so that there are SRAT and SLIT. */
function numa(): string[] {
  return [
    ...['-smp', '2', '-m', '256'],
    ...['-object', 'memory-backend-ram,id=m0,size=128M', '-object', 'memory-backend-ram,id=m1,size=128M'],
    ...['-numa', 'node,nodeid=0,cpus=0,memdev=m0', '-numa', 'node,nodeid=1,cpus=1,memdev=m1'],
    ...['-numa', 'dist,src=0,dst=1,val=20'],
  ];
}
