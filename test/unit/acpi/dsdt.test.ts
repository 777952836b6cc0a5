import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aml, Dsdt, Ssdt } from '@rasvm/acpi';
import { assertIaslAgrees, hasIasl } from './iasl.ts';

const {
  Arg,
  Buffer,
  Device,
  EisaId,
  If,
  Interrupt,
  LEqual,
  Local,
  Memory32Fixed,
  Method,
  Name,
  Notify,
  Package,
  Path,
  ResourceTemplate,
  Return,
  Scope,
} = aml;

const hex = (bytes: Uint8Array) => globalThis.Buffer.from(bytes).toString('hex');

function guestDsdt(cpus: number): Uint8Array {
  const processors = Array.from({ length: cpus }, (_, i) =>
    Device(`C${i.toString(16).toUpperCase().padStart(3, '0')}`, Name('_HID', 'ACPI0007'), Name('_UID', i)),
  );
  return Dsdt.encode({
    body: aml.definitionBlock(
      Scope(
        '\\_SB',
        ...processors,
        Device(
          'COM0',
          Name('_HID', 'ARMH0011'),
          Name('_UID', 0),
          Name(
            '_CRS',
            ResourceTemplate(Memory32Fixed(0x0900_0000, 0x1000), Interrupt({ trigger: 'level' }, 33)),
          ),
        ),
        Device('PWRB', Name('_HID', EisaId('PNP0C0C')), Name('_UID', 0)),
        Device('ERRD', Name('_HID', EisaId('PNP0C33')), Name('_UID', 0)),
        Device(
          'GED',
          Name('_HID', 'ACPI0013'),
          Name('_UID', 0),
          Name(
            '_CRS',
            ResourceTemplate(Interrupt({ trigger: 'edge' }, 40), Interrupt({ trigger: 'edge' }, 41)),
          ),
          Method(
            '_EVT',
            { args: 1, serialized: true },
            If(LEqual(Arg(0), 40), Notify('\\_SB.PWRB', 0x80)),
            If(LEqual(Arg(0), 41), Notify('\\_SB.ERRD', 0x80)),
          ),
        ),
      ),
    ),
  });
}

for (const cpus of [1, 4, 64])
  test(`iasl agrees with the DSDT of a guest with ${cpus} processors`, { skip: !hasIasl }, () => {
    assertIaslAgrees('dsdt', guestDsdt(cpus));
  });

test('iasl agrees with every statement, expression and resource', { skip: !hasIasl }, () => {
  const body = aml.definitionBlock(
    Scope(
      '\\_SB',
      Device(
        'DEV0',
        Name('_HID', 'RASV0001'),
        Name('_DSD', Package(aml.ToUuid('daffd814-6eba-4d8c-8a91-bc9bbf4aa301'), [['key', 0x1_0000_0000n]])),
        Name('NUMS', [
          0,
          1,
          2,
          0xff,
          0x100,
          0xffff,
          0x1_0000,
          0xffff_ffff,
          0x1_0000_0000n,
          0xffff_ffff_ffff_ffffn,
        ]),
        Name('TEXT', 'a text'),
        Name('BUFF', new Uint8Array([1, 2, 3, 250])),
        Name('BIG', Buffer(new Uint8Array([7]), 600)),
        Name(
          '_CRS',
          ResourceTemplate(
            aml.QWordMemory(0x80_0000_0000, 0x1000_0000, { producer: true, caching: 'cacheable' }),
            aml.DWordMemory(0x1000_0000, 0x2000_0000, { writable: false }),
            aml.WordBusNumber(0, 256),
            Interrupt({ trigger: 'level', polarity: 'low', shared: true, wakeCapable: true }, 50, 51, 52),
            Memory32Fixed(0x0a00_0000, 0x200, false),
          ),
        ),
        aml.Mutex('MTX0', 3),
        aml.OperationRegion('REGS', aml.RegionSpace.SystemMemory, 0x0903_0000, 0x1000),
        aml.Field(
          'REGS',
          { access: 'dword', lock: true, update: 'writeAsZeros' },
          ['DAT0', 32],
          62,
          ['DAT1', 2],
          32 * 300,
          ['DAT2', 64],
        ),
        Method(
          'RUN',
          { args: 2, serialized: true },
          aml.Add(Arg(0), Arg(1), Local(0)),
          aml.Subtract(Local(0), 1, Local(1)),
          aml.And(Local(0), aml.Or(1, aml.Xor(Local(1), 0x80)), Local(2)),
          aml.Multiply(Local(0), 3, Local(3)),
          aml.ShiftLeft(1, Local(0), Local(4)),
          aml.ShiftRight(Local(4), 1, Local(4)),
          If(aml.LAnd(aml.LGreater(Local(0), 1), aml.LNot(aml.LLess(Local(1), 2))), aml.Store(5, 'DAT0')),
          aml.Else(aml.Acquire('MTX0'), aml.Release('MTX0'), aml.Sleep(10)),
          aml.While(
            aml.LOr(aml.LNotEqual(Local(0), 3), aml.LGreaterEqual(Local(0), 4)),
            aml.Increment(Local(0)),
            If(aml.LLessEqual(Local(0), 9), aml.Break),
            aml.Decrement(Local(1)),
          ),
          aml.CreateDWordField('\\_SB.DEV0.BIG', 4, 'FLD4'),
          aml.CreateQWordField(Path('BIG'), 8, 'FLD8'),
          aml.CreateWordField(Path('BIG'), 16, 'FLD2'),
          aml.CreateByteField(Path('BIG'), 18, 'FLD1'),
          aml.Store(aml.DerefOf(aml.Index(Path('NUMS'), 2)), 'FLD4'),
          aml.Store(aml.SizeOf('BUFF'), 'FLD8'),
          aml.Add(Local(2), Local(3), 'FLD2'),
          aml.Store(1, 'FLD1'),
          Return(Local(0)),
        ),
        Method('CALL', {}, Return(aml.Call('RUN', 1, 2))),
        Method('ID', { args: 0 }, Return(Path('\\_SB.DEV0.NUMS'))),
      ),
    ),
  );
  assertIaslAgrees('ssdt', Ssdt.encode({ body }));
});

test('a package length counts itself, whatever the size', () => {
  for (const [content, lead] of [
    [0x3e - 5, '3e'],
    [0x3f - 5, '3f'],
    [0x40 - 5, '4104'],
    [4095 - 6, '4fff'],
    [4096 - 6, '810001'],
    [1_048_575 - 7, '8fffff'],
    [1_048_576 - 7, 'c1000001'],
  ] as const) {
    const bytes = Scope('ABCD', new aml.Aml(new Uint8Array(content))).bytes;
    const size = lead.length / 2;
    assert.equal(hex(bytes.slice(1, 1 + size)), lead);
    assert.equal(bytes.length, 1 + size + 4 + content);
  }
});

test('names, integers and ids have the forms of the specification', () => {
  assert.equal(hex(Path('\\_SB.PWRB').bytes), '5c2e5f53425f50575242');
  assert.equal(hex(Path('\\').bytes), '5c00');
  assert.equal(hex(Path('^^A.B.C').bytes), '5e5e2f03415f5f5f425f5f5f435f5f5f');
  assert.equal(hex(EisaId('PNP0C33').bytes), '0c41d00c33');
  assert.equal(hex(Name('_UID', 0x1234).bytes), '085f5549440b3412');
  assert.equal(
    hex(aml.ToUuid('00112233-4455-6677-8899-aabbccddeeff').bytes.slice(-16)),
    '33221100554477668899aabbccddeeff',
  );
});

test('what AML cannot say is an AcpiError with code AML', () => {
  const wrong = [
    () => Path('TOOLONG'),
    () => Path('a.b'),
    () => Path('A..B'),
    () => EisaId('PNP0C0'),
    () => Arg(7),
    () => Local(8),
    () => Name('_UID', -1),
    () => Name('_UID', 1.5),
    () => Name('_UID', 1n << 64n),
    () => Name('_HID', 'ä'),
    () => Method('_EVT', { args: 8 }),
  ];
  for (const make of wrong) assert.throws(make, { name: 'AcpiError', code: 'AML' });
});
