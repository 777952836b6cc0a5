/** AML: what iasl disassembles and compiles again to the same bytes, and encodings of the specification. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aml, Dsdt, Ssdt } from '@rasvm/acpi';
import { assertIaslAgrees, hasIasl } from './iasl.ts';

const { Arg, Device, Local, Method, Name, Path, ResourceTemplate, Return, Scope, Store } = aml;

const hex = (term: { readonly bytes: Uint8Array }) => Buffer.from(term.bytes).toString('hex');

test('operators have the opcodes of ACPI 6.5, table 20.3', () => {
  const name = '41424344';
  for (const [term, expected] of [
    [aml.Alias('ABCD', 'ABCD'), `06${name}${name}`],
    [aml.External('ABCD', aml.ObjectKind.Method, 2), `15${name}0802`],
    [aml.Event('ABCD'), `5b02${name}`],
    [aml.CondRefOf('ABCD', Local(0)), `5b12${name}60`],
    [aml.CreateField(Path('ABCD'), 3, 5, 'EFGH'), `5b13${name}0a030a0545464748`],
    [aml.Stall(1), '5b2101'],
    [aml.Signal('ABCD'), `5b24${name}`],
    [aml.Wait('ABCD', 16), `5b25${name}0a10`],
    [aml.Reset('ABCD'), `5b26${name}`],
    [aml.PowerResource('ABCD', 2, 0x102), `5b8408${name}020201`],
    [aml.ThermalZone('ABCD'), `5b8505${name}`],
    [aml.RefOf(Local(1)), '7161'],
    [aml.Concatenate('a', 'b', Local(0)), '730d61000d620060'],
    [aml.Divide(7, 2, Local(0)), '780a070a026000'],
    [aml.NAnd(0, 1), '7c000100'],
    [aml.NOr(0, 1), '7e000100'],
    [aml.Not(0), '800000'],
    [aml.FindSetLeftBit(1, Local(0)), '810160'],
    [aml.FindSetRightBit(1, Local(0)), '820160'],
    [aml.ConcatenateResTemplate(Local(0), Local(1)), '84606100'],
    [aml.Mod(7, 2), '850a070a0200'],
    [aml.CreateBitField(Path('ABCD'), 9, 'EFGH'), `8d${name}0a0945464748`],
    [aml.ObjectType('ABCD'), `8e${name}`],
    [aml.ToBuffer(Arg(0)), '966800'],
    [aml.ToDecimalString(Arg(0)), '976800'],
    [aml.ToHexString(Arg(0)), '986800'],
    [aml.ToInteger(Arg(0), Local(2)), '996862'],
    [aml.ToString(Arg(0), aml.Ones), '9c68ff00'],
    [aml.CopyObject(Arg(0), Local(2)), '9d6862'],
    [aml.Mid('abc', 1, 1), '9e0d6162630001' + '0100'],
    [aml.Continue, '9f'],
    [aml.Timer, '5b33'],
    [aml.Debug, '5b31'],
  ] as const)
    assert.equal(hex(term), expected);
});

test('resource descriptors have the layouts of ACPI 6.5, section 6.4', () => {
  for (const [descriptor, expected] of [
    [aml.IRQ({ trigger: 'level', polarity: 'low', shared: true }, 1, 12), '23021018'],
    [aml.IO(0x3f8, 0x3f8, 1, 8), '4701f803f8030108'],
    [
      aml.Memory24({ minimum: 0xa_0000, maximum: 0xb_0000, alignment: 0x100, size: 0x1_0000 }),
      '81090001000a000b00010001',
    ],
    [
      aml.Memory32({ minimum: 0x1000, maximum: 0x2000, alignment: 0x10, size: 0x100, writable: false }),
      '8511000000100000002000001000000000010000',
    ],
    [
      aml.Register({ addressSpace: 0x7f, bitWidth: 32, accessSize: 3, address: 0x1_0000n }),
      '820c007f2000030000010000000000',
    ],
    [aml.VendorLong(Uint8Array.from([1, 2])), '8402000102'],
    [aml.DeviceMemory(0xffff_f000, 0x1000), '86090001' + '00f0ffff' + '00100000'],
    [aml.DeviceMemory(0x1_0000_0000n, 0x1000).bytes.length, 46],
  ] as const)
    assert.equal(typeof descriptor === 'object' ? hex(descriptor) : descriptor, expected);
});

const statements = aml.definitionBlock(
  aml.Externals(
    aml.External('\\_SB.EXTD', aml.ObjectKind.Device),
    aml.External('\\_SB.EXTM', aml.ObjectKind.Method, 1),
  ),
  Scope(
    '\\_SB',
    Name('BUFF', new Uint8Array(16)),
    Name('TEXT', 'text'),
    aml.Alias('TEXT', 'ALIA'),
    aml.Event('EVNT'),
    aml.OperationRegion('REGS', aml.RegionSpace.SystemMemory, 0x0903_0000, 0x1000),
    aml.Field('REGS', { access: 'byte' }, ['INDX', 8], ['DATA', 8], ['BANK', 8]),
    aml.IndexField('INDX', 'DATA', { access: 'byte' }, ['IDX0', 8], 8, ['IDX1', 8]),
    aml.BankField('REGS', 'BANK', 1, { access: 'byte', lock: true }, 64, ['BNK0', 8]),
    aml.PowerResource('PWR0', 0, 1, Method('_STA', {}, Return(1)), Method('_ON', {}), Method('_OFF', {})),
    aml.ThermalZone('TZ00', Method('_TMP', {}, Return(3000))),
    Method(
      'RUN',
      { args: 2, serialized: true },
      aml.CreateField(Path('BUFF'), 3, 5, 'BITS'),
      aml.CreateBitField(Path('BUFF'), 9, 'BIT9'),
      aml.If(aml.CondRefOf('\\_SB.EXTD'), aml.Notify('\\_SB.EXTD', 0x80)),
      aml.Concatenate(Path('TEXT'), 'more', Local(1)),
      aml.ToInteger(Arg(0), Local(2)),
      aml.ToBuffer(Arg(0), Local(3)),
      aml.ToHexString(Arg(0), Local(4)),
      aml.ToDecimalString(Arg(0), Local(4)),
      aml.ToString(Path('BUFF'), aml.Ones, Local(4)),
      aml.Mid(Path('TEXT'), 1, 2, Local(4)),
      Store(aml.RefOf('TEXT'), Local(5)),
      aml.CopyObject(Local(5), Local(6)),
      aml.Divide(Arg(0), 3, Local(6), Local(7)),
      aml.Mod(Arg(0), 3, Local(6)),
      aml.NAnd(Arg(0), 1, Local(6)),
      aml.NOr(Arg(0), 1, Local(6)),
      aml.Not(Arg(0), Local(6)),
      aml.FindSetLeftBit(Arg(0), Local(6)),
      aml.FindSetRightBit(Arg(0), Local(6)),
      Store(aml.ObjectType('TEXT'), aml.Debug),
      ...[1, 3, 4, 6].map((index) => Store(Local(index), aml.Debug)),
      Store(aml.Timer, Local(7)),
      aml.Signal('EVNT'),
      aml.If(aml.Wait('EVNT', 10), aml.Reset('EVNT')),
      aml.Stall(50),
      aml.While(aml.LLess(Local(7), 5), aml.Increment(Local(7)), aml.Continue),
      aml.Switch(
        Arg(1),
        aml.Case(0, Store(1, 'BITS')),
        aml.Case(1, Store(1, 'BIT9'), Return(aml.Call('\\_SB.EXTM', 7))),
        aml.Default(Store(2, 'IDX0'), Store(3, 'BNK0')),
      ),
      Return(Local(2)),
    ),
    Device(
      'RESO',
      Name('_HID', 'RASV0002'),
      Name('_UID', 0),
      Name(
        '_CRS',
        ResourceTemplate(
          aml.IRQ({ trigger: 'edge' }, 4),
          aml.IO(0x3f8, 0x3f8, 1, 8),
          aml.Memory24({ minimum: 0xa_0000, maximum: 0xb_0000, alignment: 0x100, size: 0x1_0000 }),
          aml.Memory32({ minimum: 0x1000_0000, maximum: 0x1000_0fff, alignment: 0, size: 0x100 }),
          aml.QWordIO(0, 0x1_0000, { producer: true, translation: 0x3eff_0000, memoryAbove: true }),
          aml.DWordIO(0, 0x1_0000),
          aml.WordIO(0x3f8, 8),
          aml.ExtendedMemory(0x1_0000_0000n, 0x1000_0000, 0x8n, { caching: 'cacheable' }),
          aml.Register({ addressSpace: 0, bitWidth: 32, accessSize: 3, address: 0x0903_0000n }),
          aml.VendorLong(Uint8Array.from([1, 2, 3])),
          aml.GpioInt({
            controller: '\\_SB.GPI0',
            pins: [3],
            trigger: 'edge',
            polarity: 'both',
            wakeCapable: true,
            pull: 'up',
            debounce: 100,
          }),
          aml.GpioIo({
            controller: '\\_SB.GPI0',
            pins: [5, 6],
            restriction: 'output',
            driveStrength: 10,
            shared: true,
          }),
          aml.I2cSerialBus({ controller: '\\_SB.I2C0', address: 0x50, speed: 400_000 }),
        ),
      ),
    ),
    Device('GPI0', Name('_HID', 'RASV0003'), Name('_UID', 0)),
    Device('I2C0', Name('_HID', 'RASV0004'), Name('_UID', 0)),
  ),
);

test('iasl agrees with every operator, object and descriptor', { skip: !hasIasl }, () => {
  assertIaslAgrees('ssdt', Ssdt.encode({ body: statements }));
});

const idle = [
  { name: 'WFI', minResidency: 1, wakeLatency: 1, entry: 'wfi' },
  {
    name: 'OFF',
    minResidency: 3500,
    wakeLatency: 1200,
    contextLost: 3,
    parentState: 1,
    entry: { psci: 0x1_0000 },
  },
] as const;

const machine = aml.definitionBlock(
  Scope(
    '\\_SB',
    aml.PlatformCapabilities(aml.PlatformSupport.Apei | aml.PlatformSupport.OsInitiatedLpi),
    aml.ProcessorContainer(
      'CLU0',
      {
        uid: 0x1000,
        idleStates: [{ name: 'CLUSTER', minResidency: 9000, wakeLatency: 2000, entry: 0x100_0000 }],
      },
      aml.ProcessorDevice('C000', { uid: 0, idleStates: idle }),
      aml.ProcessorDevice('C001', { uid: 1 }),
    ),
    aml.Pl011(
      'COM0',
      { uid: 0, base: 0x0900_0000, size: 0x1000, gsiv: 33 },
      aml.Dsd({ 'clock-frequency': 24_000_000 }),
    ),
    aml.SbsaUart('COM1', { uid: 1, base: 0x1_0900_0000n, size: 0x1000, gsiv: 34 }),
    aml.Uart16550('COM2', { uid: 2, base: 0x0901_0000, size: 0x100, gsiv: 35 }),
    aml.VirtioMmio('VR00', { uid: 0, base: 0x0a00_0000, gsiv: 48 }),
    aml.PowerButton('PWRB'),
    aml.HardwareErrorDevice('ERRD'),
    aml.GenericEventDevice('GED0', 0, [
      { gsiv: 40, action: aml.NotifyPowerButton('PWRB') },
      { gsiv: 41, trigger: 'level', action: aml.NotifyHardwareError('ERRD') },
    ]),
    aml.PcieHostBridge('PCI0', {
      uid: 0,
      segment: 0,
      ecam: 0x40_1000_0000n,
      memory: [{ base: 0x1000_0000, size: 0x2eff_0000 }],
      prefetchableMemory: [{ base: 0x80_0000_0000n, size: 0x80_0000_0000n }],
      io: { base: 0x3eff_0000, size: 0x1_0000 },
      routes: aml.swizzledRoutes([35, 36, 37, 38]),
    }),
    aml.PcieHostBridge('PCI1', {
      uid: 1,
      segment: 1,
      buses: { first: 16, count: 16 },
      memory: [{ base: 0x1_2000_0000n, size: 0x1000_0000, bus: 0x2000_0000 }],
      grant: 0x1f | aml.PcieControl.DownstreamPortContainment,
    }),
  ),
);

test('iasl agrees with the devices that machines have', { skip: !hasIasl }, () => {
  assertIaslAgrees('dsdt', Dsdt.encode({ body: machine }));
});

test('pins of neighbours go to different interrupts', () => {
  const routes = aml.swizzledRoutes([35, 36, 37, 38], 2);
  assert.deepEqual(
    routes.map(({ device, pin, interrupt }) => [device, pin, interrupt]),
    [
      [0, 0, 35],
      [0, 1, 36],
      [0, 2, 37],
      [0, 3, 38],
      [1, 0, 36],
      [1, 1, 37],
      [1, 2, 38],
      [1, 3, 35],
    ],
  );
  const prt = aml.PciRoutingTable([{ device: 3, pin: 1, interrupt: 0, link: 'LNKA' }]);
  assert.equal(hex(prt), '085f505254' + '121001' + '120d04' + '0cffff0300' + '01' + '4c4e4b41' + '00');
});

test('what AML cannot say is an AcpiError with code AML', () => {
  const wrong = [
    () => aml.External('ABCD', aml.ObjectKind.Method, 8),
    () => aml.IRQ({ trigger: 'edge' }, 16),
    () => aml.Switch(Arg(0), aml.Default(), aml.Case(1)),
  ];
  for (const make of wrong) assert.throws(make, { name: 'AcpiError', code: 'AML' });
});
