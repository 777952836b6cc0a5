import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AssembledTables,
  Fadt,
  Gtdt,
  Hest,
  Madt,
  NotificationType,
  Rsdp,
  Spcr,
  Xsdt,
} from '@rasvm/acpi';
import { buildAcpiTables } from '../../../src/firmware/acpi-tables.ts';
import { ACPI_AREA } from '../../../src/firmware/layout.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { describeSources } from '../../../src/ras/sources/describe.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { errorRecordArea } from '../../../src/ras/sources/record-area.ts';
import { noIasl, recompile } from './iasl.ts';
import { vcpuMpidr } from './mpidr.ts';

const BASE = 0x1_7ff0_0000;
const RECORDS = 0x1_7fe0_0000;

function build(vcpus: number, ras = true, serial = false): AssembledTables {
  return buildAcpiTables({
    base: BASE,
    mpidrs: Array.from({ length: vcpus }, (_, index) => vcpuMpidr(index)),
    pmu: true,
    board: virtBoard({ acpi: true, serial, sources: ras ? SOURCES.length : 0 }),
    ras: ras ? describeSources(SOURCES, RECORDS) : undefined,
  });
}

/** A table as the guest finds it, by its address. */
function bytesAt(tables: AssembledTables, gpa: bigint | number): Uint8Array {
  return tables.bytes.subarray(Number(gpa) - BASE);
}

const signatureOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 4)).toString('latin1');
const lengthOf = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(4);

function find(tables: AssembledTables, signature: string): Uint8Array {
  const table = tables.tables.find((table) => table.signature === signature);
  assert.ok(table, signature);
  return table.bytes;
}

describe("the guest's ACPI tables", () => {
  it('lead from the RSDP to each table, FADT first, and on to the DSDT', () => {
    const tables = build(4);
    const rsdp = Rsdp.decode(bytesAt(tables, tables.rsdp));
    const xsdt = bytesAt(tables, rsdp.xsdtAddress);
    const { entries } = Xsdt.decode(xsdt.subarray(0, lengthOf(xsdt)));
    assert.deepEqual(
      entries.map((gpa) => signatureOf(bytesAt(tables, gpa))),
      ['FACP', 'APIC', 'GTDT', 'SPCR', 'HEST'],
    );
    const fadt = Fadt.decode(find(tables, 'FACP'));
    assert.equal(signatureOf(bytesAt(tables, fadt.xDsdt!)), 'DSDT');
  });

  it('all sum up to zero', () => {
    for (const { bytes, signature } of build(2).tables)
      assert.equal(
        bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0),
        0,
        signature,
      );
  });

  it('describe a hardware-reduced machine with PSCI by HVC', () => {
    const fadt = Fadt.decode(find(build(1), 'FACP'));
    assert.equal(fadt.flags.hardwareReduced, true);
    assert.deepEqual([fadt.armBootFlags?.psciCompliant, fadt.armBootFlags?.psciUseHvc], [true, true]);
  });

  it('have a GICC a vCPU with its affinity, one redistributor region and the ITS', () => {
    const { controllers } = Madt.decode(find(build(20), 'APIC'));
    const giccs = controllers.filter((controller) => controller.kind === 'gicc');
    assert.equal(giccs.length, 20);
    assert.deepEqual(
      giccs.map(({ mpidr }) => mpidr),
      Array.from({ length: 20 }, (_, index) => vcpuMpidr(index)),
    );
    assert.deepEqual(
      giccs.map(({ uid }) => uid),
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.ok(giccs.every(({ performanceGsiv, flags }) => performanceGsiv === 23 && flags.enabled));
    const gicr = controllers.find((controller) => controller.kind === 'gicr');
    assert.equal(gicr?.rangeLength, 20 * 0x2_0000);
    assert.ok(
      controllers.some((controller) => controller.kind === 'gicIts' && controller.base === 0x808_0000n),
    );
  });

  it("name KVM's timers and the console", () => {
    const tables = build(1);
    const gtdt = Gtdt.decode(find(tables, 'GTDT'));
    assert.deepEqual([gtdt.virtualEl1Gsiv, gtdt.nonSecureEl1Gsiv], [27, 30]);
    const spcr = Spcr.decode(find(tables, 'SPCR'));
    assert.deepEqual([spcr.interfaceType, spcr.baseAddress.address, spcr.gsiv], [3, 0x900_0000n, 33]);
  });

  it('have a second PL011 in the DSDT alone, and without it stay as they are', () => {
    const tables = build(2, true, true);
    assert.equal(Spcr.decode(find(tables, 'SPCR')).baseAddress.address, 0x900_0000n);
    assert.equal(
      tables.tables.some(({ signature }) => signature === 'DBG2'),
      false,
    );
    assert.equal(Buffer.from(find(build(2), 'DSDT')).includes('COM1'), false);
  });

  it('tell iasl of both PL011, by their numbers', { skip: noIasl }, () => {
    const { source } = recompile(find(build(1, true, true), 'DSDT'));
    const ports = [
      ...source.matchAll(/Device \((COM\d)\)\s*\{\s*Name \(_HID, "ARMH0011".*\s*Name \(_UID, (\w+)/g),
    ];
    assert.deepEqual(
      ports.map(([, name, uid]) => [name, uid]),
      [
        ['COM0', 'Zero'],
        ['COM1', 'One'],
      ],
    );
    assert.match(source, /Memory32Fixed \(ReadWrite,\s*0x09040000/);
    assert.match(source, /Interrupt \(ResourceConsumer, Level.*\)\s*\{\s*0x0000002A,/);
  });

  it('fit into their area with 64 vCPUs', () => {
    assert.ok(build(64).bytes.length < ACPI_AREA / 4);
  });

  it('have neither HEST nor error device without RAS', () => {
    const tables = build(1, false);
    assert.equal(
      tables.tables.some(({ signature }) => signature === 'HEST'),
      false,
    );
    assert.equal(Buffer.from(find(tables, 'DSDT')).includes('PNP0C33'), false);
    assert.equal(Buffer.from(find(build(1), 'DSDT')).includes('PNP0C33'), true);
  });

  it('are without an error, warning or change to iasl', { skip: noIasl }, () => {
    for (const ras of [true, false])
      for (const { bytes, signature } of build(3, ras).tables) {
        const { output, bytes: again } = recompile(bytes);
        assert.doesNotMatch(output, /\b[1-9]\d* (Errors|Warnings)|\b(Error|Warning) /, signature);
        assert.deepEqual(Buffer.from(again.subarray(36)), Buffer.from(bytes.subarray(36)), signature);
      }
  });

  it('have a DSDT that turns each interrupt into its notification', { skip: noIasl }, () => {
    const { source } = recompile(find(build(2), 'DSDT'));
    assert.match(source, /Device \(C001\)\s*\{\s*Name \(_HID, "ACPI0007"/);
    assert.match(
      source,
      /Interrupt \(ResourceConsumer, Edge, ActiveHigh, Exclusive.*\)\s*\{\s*0x00000028,\s*\}/,
    );
    assert.match(source, /\(Arg0 == 0x28\)\)\s*\{\s*Notify \(PWRB, 0x80\)/);
    assert.match(source, /\(Arg0 == 0x29\)\)\s*\{\s*Notify \(ERRD, 0x80\)/);
    assert.match(
      source,
      /Interrupt \(ResourceConsumer, Level, ActiveHigh, Exclusive.*\)\s*\{\s*0x00000021,\s*\}/,
    );
  });
});

describe('HEST and the error-records area', () => {
  const area = errorRecordArea(2);

  it('agree on pointers, blocks and acknowledgement registers', () => {
    const { sources } = Hest.decode(find(build(1), 'HEST'));
    const memory = Buffer.from(area.initial(RECORDS));
    assert.equal(sources.length, 2);
    sources.forEach((source, id) => {
      assert.ok(source.kind === 'ghesV2');
      assert.equal(source.sourceId, id);
      const pointer = Number(source.errorStatusAddress.address) - RECORDS;
      assert.equal(Number(memory.readBigUInt64LE(pointer)) - RECORDS, area.sources[id]!.block);
      assert.equal(source.errorStatusBlockLength, area.sources[id]!.blockLength);
      assert.equal(source.readAck.address, 0x908_0000n + 8n * BigInt(id));
      assert.deepEqual([source.readAck.bitWidth, source.readAck.accessSize], [64, 4]);
      assert.equal(source.readAckPreserve, 0xffff_ffff_ffff_fffen);
      assert.equal(source.readAckWrite, 1n);
    });
  });

  it('notify by SEA and by the GED', () => {
    const { sources } = Hest.decode(find(build(1), 'HEST'));
    assert.deepEqual(
      sources.map(
        (source) => source.kind === 'ghesV2' && [source.notification.type, source.notification.vector],
      ),
      [
        [NotificationType.Sea, 0],
        [NotificationType.Gsiv, 41],
      ],
    );
  });

  it('give each source a block of its own, empty at first, inside the area', () => {
    const memory = area.initial(RECORDS);
    assert.equal(memory.length, area.size);
    assert.deepEqual(
      area.sources.map(({ block }) => block),
      [4096, 8192],
    );
    for (const { block, blockLength } of area.sources)
      assert.ok(memory.subarray(block, block + blockLength).every((byte) => byte === 0));
    assert.throws(() => errorRecordArea(513), RangeError);
  });
});
