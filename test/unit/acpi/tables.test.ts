import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  AddressSpace,
  AnyTable,
  Fadt,
  Gas,
  Gicc,
  Gicd,
  GicIts,
  GicMsiFrame,
  Gicr,
  Gtdt,
  HEADER_SIZE,
  Hest,
  Madt,
  memoryRegister,
  NotificationType,
  Rsdp,
  SerialInterface,
  Spcr,
  Xsdt,
} from '@rasvm/acpi';
import { assertIaslAgrees, hasIasl } from './iasl.ts';

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);

const fadt = Fadt.encode({
  flags: { hardwareReduced: true, lowPowerS0Idle: true },
  armBootFlags: { psciCompliant: true, psciUseHvc: true },
  preferredPmProfile: acpi.PmProfile.EnterpriseServer,
  xDsdt: 0x5ff0_1000n,
});

const gicc = (uid: number) =>
  ({
    kind: 'gicc',
    uid,
    cpuInterfaceNumber: uid,
    mpidr: BigInt(uid),
    performanceGsiv: 23,
    maintenanceGsiv: 25,
  }) as const;
const gic = [
  { kind: 'gicd', base: 0x0800_0000n },
  { kind: 'gicr', base: 0x080a_0000n, rangeLength: 0x80_0000 },
  { kind: 'gicIts', base: 0x0808_0000n },
] as const;
const madt = Madt.encode({ controllers: [...gic, gicc(0), gicc(1)] });

const gtdt = Gtdt.encode({
  secureEl1Gsiv: 29,
  nonSecureEl1Gsiv: 30,
  nonSecureEl1Flags: { alwaysOn: true },
  virtualEl1Gsiv: 27,
  virtualEl1Flags: { alwaysOn: true },
  el2Gsiv: 26,
});

const spcr = Spcr.encode({
  interfaceType: SerialInterface.Pl011,
  baseAddress: memoryRegister(0x0900_0000, 32),
  interruptType: { gic: true },
  gsiv: 33,
  baudRate: acpi.SpcrBaudRate.B115200,
});

const source = (sourceId: number, type: number) =>
  ({
    kind: 'ghesV2',
    sourceId,
    maxRawDataLength: 1024,
    errorStatusAddress: memoryRegister(0x43da_0000 + 8 * sourceId, 64),
    notification: { type },
    errorStatusBlockLength: 1024,
    readAck: memoryRegister(0x43da_0010 + 8 * sourceId, 64),
  }) as const;
const hest = Hest.encode({
  oemId: 'BOCHS',
  oemTableId: 'BXPC',
  creatorId: 'BXPC',
  sources: [source(0, NotificationType.Sea), source(1, NotificationType.GpioSignal)],
});

const xsdt = Xsdt.encode({ entries: [0x5ff0_2000n, 0x5ff0_3000n] });

const tables = { fadt, madt, gtdt, spcr, hest, xsdt };

test('sizes are those of the specifications', () => {
  assert.equal(HEADER_SIZE, 36);
  assert.equal(AnyTable.minSize, 36);
  assert.equal(Gas.size, 12);
  assert.equal(Rsdp.size, 36);
  assert.deepEqual(Fadt.lengths, [116, 244, 268, 276]);
  assert.deepEqual(Gicc.lengths, [76, 80, 82, 88]);
  assert.equal(Gicd.size, 24);
  assert.equal(GicMsiFrame.size, 24);
  assert.equal(Gicr.size, 16);
  assert.equal(GicIts.size, 20);
  assert.equal(Madt.size, 44);
  assert.deepEqual(Gtdt.lengths, [96, 104]);
  assert.equal(Spcr.usualLength, 80);
  assert.equal(Hest.size, 40);
  assert.equal(acpi.Notification.size, 28);
  assert.equal(acpi.Ghes.size, 64);
  assert.equal(acpi.GhesV2.size, 92);
});

test('members stand where the specifications put them', () => {
  const offsets: [number, number][] = [
    [Fadt.field('preferredPmProfile').offset, 45],
    [Fadt.field('iapcBootFlags').offset, 109],
    [Fadt.field('flags').offset, 112],
    [Fadt.field('resetRegister').offset, 116],
    [Fadt.field('armBootFlags').offset, 129],
    [Fadt.field('minorVersion').offset, 131],
    [Fadt.field('xDsdt').offset, 140],
    [Fadt.field('xGpe1Block').offset, 232],
    [Fadt.field('hypervisorVendor').offset, 268],
    [Gicc.field('performanceGsiv').offset, 20],
    [Gicc.field('maintenanceGsiv').offset, 56],
    [Gicc.field('gicrBase').offset, 60],
    [Gicc.field('mpidr').offset, 68],
    [Gicc.field('speGsiv').offset, 78],
    [Gicc.field('trbeGsiv').offset, 80],
    [Gicd.field('version').offset, 20],
    [Gtdt.field('secureEl1Gsiv').offset, 48],
    [Gtdt.field('virtualEl1Gsiv').offset, 64],
    [Gtdt.field('counterReadBase').offset, 80],
    [Gtdt.field('platformTimerCount').offset, 88],
    [Gtdt.field('virtualEl2Gsiv').offset, 96],
    [Spcr.field('baseAddress').offset, 40],
    [Spcr.field('interruptType').offset, 52],
    [Spcr.field('gsiv').offset, 54],
    [Spcr.field('baudRate').offset, 58],
    [Spcr.field('pciDeviceId').offset, 64],
    [Spcr.field('uartClock').offset, 76],
    [acpi.GhesV2.field('errorStatusAddress').offset, 20],
    [acpi.GhesV2.field('notification').offset, 32],
    [acpi.GhesV2.field('errorStatusBlockLength').offset, 60],
    [acpi.GhesV2.field('readAck').offset, 64],
    [acpi.GhesV2.field('readAckPreserve').offset, 76],
  ];
  for (const [found, expected] of offsets) assert.equal(found, expected);
});

for (const [name, bytes] of Object.entries(tables)) {
  test(`${name}: length and checksum are right`, () => {
    assert.equal(new DataView(bytes.buffer).getUint32(4, true), bytes.length);
    assert.equal(sum(bytes), 0);
  });

  test(`${name}: iasl makes the same bytes of it`, { skip: !hasIasl }, () => {
    assertIaslAgrees(name, bytes);
  });
}

const codecs = { fadt: Fadt, madt: Madt, gtdt: Gtdt, spcr: Spcr, hest: Hest, xsdt: Xsdt };
for (const [name, codec] of Object.entries(codecs) as [keyof typeof tables, acpi.Codec<unknown, unknown>][]) {
  test(`${name}: encoding what was decoded gives the same bytes`, () => {
    assert.deepEqual(codec.encode(codec.decode(tables[name])), tables[name]);
  });

  test(`${name}: bytes after the table are not read`, () => {
    const buffer = new Uint8Array(tables[name].length + 100).fill(0xee);
    buffer.set(tables[name]);
    assert.deepEqual(codec.decode(buffer), codec.decode(tables[name]));
  });

  test(`${name}: no cut or flipped input does worse than AcpiError`, () => {
    const bytes = tables[name];
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => codec.decode(bytes.slice(0, length)), { name: 'AcpiError' });
    for (let i = 0; i < bytes.length; i++)
      for (const mask of [0x01, 0x80, 0xff]) {
        const flipped = Uint8Array.from(bytes);
        flipped[i]! ^= mask;
        assert.throws(() => codec.decode(flipped), { name: 'AcpiError' });
        try {
          // Without the checksum in the way, what can be read is read without a loss.
          const kept = codec.decode(flipped, { checksum: 'keep' });
          assert.deepEqual(codec.encode(kept).slice(0, flipped.length), flipped.slice(0, codec.sizeOf(kept)));
        } catch (error) {
          assert.equal((error as Error).name, 'AcpiError', `byte ${i} ^ ${mask}: ${(error as Error).stack}`);
        }
      }
  });
}

test('HEST with the values that QEMU uses is, byte for byte, the HEST of its arm virt machine', () => {
  assert.equal(hest.length, 224);
  // tests/data/acpi/aarch64/virt/HEST of QEMU 10.2 has this digest (and is not carried here).
  assert.match(createHash('sha256').update(hest).digest('hex'), /^cbeedb62/);
  const entry = (id: string, type: string, status: string, ack: string) =>
    `0a00${id}ffff0001010000000100000000040000` +
    `00400004${status}${type}1c0000${'00'.repeat(24)}00040000` +
    `00400004${ack}feffffffffffffff0100000000000000`;
  assert.equal(
    Buffer.from(hest.subarray(HEADER_SIZE)).toString('hex'),
    `02000000${entry('0000', '08', '0000da4300000000', '1000da4300000000')}` +
      entry('0100', '07', '0800da4300000000', '1800da4300000000'),
  );
});

test('FADT says hardware-reduced and PSCI by HVC where Linux looks', () => {
  const view = new DataView(fadt.buffer);
  assert.equal(view.getUint32(112, true) & (1 << 20), 1 << 20);
  assert.equal(view.getUint16(129, true), 3);
  assert.equal(fadt[8], 6);
  assert.equal(fadt[131], 5);
});

test('GICC has 80 bytes, 82 with a TRBE interrupt, 76 if asked for', () => {
  assert.equal(Gicc.encode({ uid: 0, mpidr: 0n }).length, 80);
  assert.equal(Gicc.encode({ uid: 0, mpidr: 0n, trbeGsiv: 0 }).length, 82);
  assert.equal(Gicc.encode({ uid: 0, mpidr: 0n, length: 76 }).length, 76);
  const long = Gicc.decode(Gicc.encode({ uid: 3, mpidr: 0x80n, trbeGsiv: 31 }));
  assert.deepEqual([long.uid, long.mpidr, long.trbeGsiv], [3, 0x80n, 31]);
});

test('a structure of the MADT that is not known, or of another length, is kept byte by byte', () => {
  const unknown = { kind: 'unknown', data: Uint8Array.from([0x7f, 5, 1, 2, 3]) } as const;
  const longer = { kind: 'unknown', data: Uint8Array.from([14, 18, ...new Array(16).fill(9)]) } as const;
  const bytes = Madt.encode({ controllers: [unknown, gicc(7), longer] });
  const decoded = Madt.decode(bytes);
  assert.deepEqual(decoded.controllers[0], unknown);
  assert.deepEqual(decoded.controllers[2], longer);
  assert.deepEqual(Madt.encode(decoded), bytes);
});

test('HEST: a source of an unknown type, which has no length of its own, takes the rest', () => {
  const data = Uint8Array.from([12, 0, ...new Array(46).fill(1)]);
  const bytes = Hest.encode({ sources: [source(0, 8), { kind: 'unknown', data }] });
  const decoded = Hest.decode(bytes);
  assert.deepEqual(decoded.sources[1], { kind: 'unknown', data });
  assert.deepEqual(Hest.encode(decoded), bytes);
});

test('GTDT: platform timers stand where the table says, in revision 2 too', () => {
  const data = Uint8Array.from([1, 28, 0, ...new Array(25).fill(2)]);
  const timers = {
    nonSecureEl1Gsiv: 30,
    virtualEl1Gsiv: 27,
    platformTimers: [{ kind: 'unknown', data }],
  } as const;
  for (const [extra, offset] of [
    [{}, 104],
    [{ revision: 2, length: 96 }, 96],
  ] as const) {
    const bytes = Gtdt.encode({ ...timers, ...extra });
    const view = new DataView(bytes.buffer);
    assert.deepEqual([view.getUint32(88, true), view.getUint32(92, true)], [1, offset]);
    assert.deepEqual(bytes.slice(offset), data);
    assert.deepEqual(Gtdt.encode(Gtdt.decode(bytes)), bytes);
  }
});

test('bytes of a later revision are kept as trailing', () => {
  const bytes = Fadt.encode({ revision: 9, trailing: Uint8Array.from([1, 2, 3, 4]) });
  assert.equal(bytes.length, 280);
  assert.deepEqual(Fadt.decode(bytes).trailing, Uint8Array.from([1, 2, 3, 4]));
  assert.deepEqual(Fadt.encode(Fadt.decode(bytes)), bytes);
});

test('any table can be read by its header', () => {
  const { signature, body } = AnyTable.decode(hest);
  assert.equal(signature, 'HEST');
  assert.equal(body.length, hest.length - HEADER_SIZE);
});

test('RSDP: both checksums hold', () => {
  const rsdp = Rsdp.encode({ xsdtAddress: 0x5ff0_0040n });
  assert.equal(Buffer.from(rsdp.slice(0, 8)).toString(), 'RSD PTR ');
  assert.equal(sum(rsdp.slice(0, 20)), 0);
  assert.equal(sum(rsdp), 0);
  assert.deepEqual(Rsdp.decode(rsdp), {
    oemId: 'RASVM',
    revision: 2,
    rsdtAddress: 0,
    xsdtAddress: 0x5ff0_0040n,
  });
});

test('a wrong checksum is an error, or a value where it is to be kept', () => {
  const wrong = Uint8Array.from(hest);
  wrong[9]! ^= 1;
  assert.throws(() => Hest.decode(wrong), { code: 'CHECKSUM', field: 'checksum' });
  const kept = Hest.decode(wrong, { checksum: 'keep' });
  assert.equal(kept.checksum, wrong[9]);
  assert.deepEqual(Hest.encode(kept), wrong);
});

test('a count that lies is told and kept', () => {
  const liar = Hest.encode({ sourceCount: 5, sources: [source(0, NotificationType.Sea)] });
  const decoded = Hest.decode(liar);
  assert.equal(decoded.sourceCount, 5);
  assert.equal(decoded.sources.length, 1);
  assert.deepEqual(Hest.encode(decoded), liar);
});

test('errors name the field that is wrong', () => {
  const bad = { ...source(0, 8), notification: { type: 256 } };
  assert.throws(() => Hest.encode({ sources: [source(1, 8), bad] }), {
    code: 'VALUE',
    field: 'sources[1].notification.type',
  });
  assert.throws(() => Fadt.encode({ flags: { persistentCpuCaches: 4 } }), {
    code: 'VALUE',
    field: 'flags.persistentCpuCaches',
  });
  assert.throws(() => Madt.decode(hest), { code: 'MISMATCH', field: 'signature' });
});

test('memoryRegister gives width and access size', () => {
  assert.deepEqual(memoryRegister(0x1000, 64), {
    addressSpace: AddressSpace.SystemMemory,
    bitWidth: 64,
    accessSize: 4,
    address: 0x1000n,
  });
});

test('a list that must be given and is not is named', () => {
  assert.throws(() => Hest.encode({} as never), { code: 'VALUE', field: 'sources' });
  assert.throws(() => Gicc.encode({ uid: 1 } as never), { code: 'VALUE', field: 'mpidr' });
});

test('a default gives way to what is given, bit by bit', () => {
  assert.equal(new DataView(Gicc.encode({ uid: 0, mpidr: 0n }).buffer).getUint32(12, true), 1);
  assert.equal(new DataView(Gicc.encode({ uid: 0, mpidr: 0n, flags: {} }).buffer).getUint32(12, true), 0);
});

test('iasl finds fault with a table that is wrong', { skip: !hasIasl }, () => {
  const broken = Uint8Array.from(spcr);
  broken[4] = 70;
  assert.throws(() => assertIaslAgrees('broken', broken), { name: 'AssertionError' });
  // It does not know the member that ACPI 6.5 added.
  const newer = Madt.encode({ controllers: [...gic, { ...gicc(0), trbeGsiv: 0 }] });
  assert.throws(() => assertIaslAgrees('newer', newer), { name: 'AssertionError' });
});
