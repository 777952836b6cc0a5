import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  array,
  ascii,
  bits,
  bytes,
  type Encodable,
  flag,
  guid,
  i16,
  list,
  partOf,
  partOfByte,
  range,
  rest,
  struct,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  union,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const Sample = struct('Sample', {
  magic: u16.constant(0xa55a).doc('Marks it'),
  flags: bits(16, { on: flag(0), level: range(4, 7) }).default({}),
  id: guid.default(acpi.ZERO_GUID),
  name: ascii(4),
  pair: array(u8, 2).default([1, 2]),
  wide: u64.default(0n),
  reserved: bytes(2).reserved(),
});

test('a declaration says size, offsets and meaning', () => {
  assert.equal(Sample.size, 36);
  assert.deepEqual(
    Sample.fields.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['magic', 0, 2],
      ['flags', 2, 2],
      ['id', 4, 16],
      ['name', 20, 4],
      ['pair', 24, 2],
      ['wide', 26, 8],
      ['reserved', 34, 2],
    ],
  );
  assert.equal(Sample.field('magic').text, 'Marks it');
});

test('bytes are little endian, GUIDs as EFI has them', () => {
  const value: Encodable<typeof Sample> = {
    flags: { on: true, level: 9 },
    id: '00112233-4455-6677-8899-aabbccddeeff',
    name: 'ab',
    wide: 0x0102030405060708n,
  };
  assert.equal(
    hex(Sample.encode(value)),
    '5aa5' + '9100' + '33221100554477668899aabbccddeeff' + '61620000' + '0102' + '0807060504030201' + '0000',
  );
});

test('reserved bits and bytes that are set are not lost', () => {
  const data = Sample.encode({ name: 'x' });
  data[3] = 0x80;
  data[35] = 7;
  const value = Sample.decode(data);
  assert.equal(value.flags.reserved, 0x8000n);
  assert.deepEqual(value.reserved, Uint8Array.from([0, 7]));
  assert.equal(hex(Sample.encode(value)), hex(data));
});

test('encodeInto writes in place, over what was there, and says how much', () => {
  const buffer = new Uint8Array(48).fill(0xff);
  assert.equal(Sample.encodeInto(buffer, 4, { name: 'x' }), 36);
  assert.equal(hex(buffer.subarray(4, 40)), hex(Sample.encode({ name: 'x' })));
  assert.equal(hex(buffer.subarray(0, 4)), 'ffffffff');
  assert.equal(hex(buffer.subarray(40)), 'ff'.repeat(8));
  assert.throws(() => Sample.encodeInto(buffer, 13, { name: 'x' }), { code: 'VALUE' });
});

test('a value that does not fit is refused with the field named', () => {
  const wrong: [object, string][] = [
    [{}, 'name'],
    [{ name: 'abcde' }, 'name'],
    [{ name: 'a\u0100' }, 'name'],
    [{ name: 'a', wide: 1 }, 'wide'],
    [{ name: 'a', wide: -1n }, 'wide'],
    [{ name: 'a', wide: 1n << 64n }, 'wide'],
    [{ name: 'a', id: 'no' }, 'id'],
    [{ name: 'a', pair: [1] }, 'pair'],
    [{ name: 'a', pair: [1, 256] }, 'pair'],
    [{ name: 'a', flags: { level: 16 } }, 'flags.level'],
    [{ name: 'a', flags: { on: 1 } }, 'flags.on'],
    [{ name: 'a', magic: 1 }, 'magic'],
  ];
  for (const [value, field] of wrong)
    assert.throws(() => Sample.encode(value as never), { name: 'AcpiError', code: 'VALUE', field });
});

test('a constant that is not there is a MISMATCH, a short input TRUNCATED', () => {
  assert.throws(() => Sample.decode(new Uint8Array(36)), { code: 'MISMATCH', field: 'magic' });
  assert.throws(() => Sample.decode(new Uint8Array(35)), { code: 'TRUNCATED' });
});

const Boxes = struct('Boxes', {
  length: u16.byteLength(),
  count: u8.countOf('boxes'),
  size: u8.bytesOf('blob'),
  blobAt: u16.offsetOf('blob'),
  boxes: list(
    union(
      'Box',
      { tag: 1, length: { at: 1, size: 1 } },
      {
        small: struct('Small', { tag: u8.constant(1), size: u8.byteLength(), value: u8 }),
        big: struct('Big', { tag: u8.constant(2), size: u8.byteLength(), value: u32, more: u32.since(10) }),
      },
    ),
  ),
  blob: rest.orZero(),
});

test('counts, lengths and offsets come from what is given', () => {
  const value = {
    boxes: [
      { kind: 'small', value: 7 },
      { kind: 'big', value: 1, more: 2 },
      { kind: 'big', value: 1, size: 6 },
      { kind: 'unknown', data: unhex('09 03 55') },
    ],
    blob: unhex('c0ffee'),
  } as const;
  const data = Boxes.encode(value);
  assert.equal(
    hex(data),
    '1f00 04 03 1c00 010307 020a0100000002000000 020601000000 090355 c0ffee'.replaceAll(' ', ''),
  );
  assert.deepEqual(Boxes.decode(data), value);
});

test('an element of no length does not hang the decoder', () => {
  assert.throws(() => Boxes.decode(unhex('0a00 01 00 0000 0100 0000')), {
    code: 'LENGTH',
    field: 'boxes[0].length',
  });
});

test('lengths that point out of the structure are errors', () => {
  assert.throws(() => Boxes.decode(unhex('0500 00 00 0000')), { code: 'LENGTH', field: 'length' });
  assert.throws(() => Boxes.decode(unhex('0900 00 00 0000')), { code: 'TRUNCATED' });
  assert.throws(() => Boxes.decode(unhex('0600 00 01 0000')), { code: 'TRUNCATED', field: 'blob' });
  assert.throws(() => Boxes.decode(unhex('0700 00 01 0900 55')), { code: 'LENGTH', field: 'blobAt' });
  assert.throws(() => Boxes.decode(unhex('0700 00 01 0500 55')), { code: 'LENGTH', field: 'blobAt' });
});

const Moving = struct('Moving', {
  length: u8.byteLength(),
  count: u8.countOf('values', 'sizes'),
  valuesAt: u8.offsetOf('values'),
  sizesAt: u8.offsetOf('sizes'),
  nameAt: u8.offsetOf('name'),
  values: list(u16),
  sizes: list(u8),
  name: text(4, 5),
});

test('members that say where they begin may stand in any order', () => {
  const usual = unhex('0f 02 05 09 0b 1111 2222 33 44 61620000');
  assert.deepEqual(Moving.decode(usual), { values: [0x1111, 0x2222], sizes: [0x33, 0x44], name: 'ab\0\0' });
  assert.equal(
    hex(Moving.encode({ values: [0x1111, 0x2222], sizes: [0x33, 0x44], name: 'ab' })),
    '0e02 05090b 11112222 3344 616200'.replaceAll(' ', ''),
  );
  const moved = unhex('12 02 0b 09 05 61620000 33 44 1111 2222 010203'.slice(0, -7));
  moved[0] = moved.length;
  const value = Moving.decode(moved);
  assert.deepEqual(
    [value.values, value.sizes, value.name, value.valuesAt],
    [[0x1111, 0x2222], [0x33, 0x44], 'ab\0\0', 11],
  );
  assert.deepEqual(Moving.encode(value), moved);
});

test('lists that share a count have as many elements, and bytes of no member are not lost', () => {
  assert.throws(() => Moving.encode({ values: [1], sizes: [1, 2], name: 'ab' }), {
    code: 'VALUE',
    field: 'sizes',
  });
  assert.deepEqual(Moving.decode(unhex('0a 00 05 00 06 00 61620000')).name, 'ab\0\0');
  assert.throws(() => Moving.decode(unhex('0a 00 05 00 06 55 61620000')), { code: 'LENGTH', field: 'name' });
});

test('where something empty begins is told, and means nothing', () => {
  const data = unhex('0600 00 00 0700');
  assert.deepEqual(Boxes.decode(data), { boxes: [], blobAt: 7 });
  assert.deepEqual(Boxes.encode({ boxes: [], blobAt: 7 }), data);
});

test('text ends with a zero, and is filled up with zeros', () => {
  const Named = struct('Named', { kind: u8, name: text(4, 1) });
  assert.equal(hex(Named.encode({ kind: 1, name: 'ab' })), '01616200');
  assert.equal(hex(Named.encode({ kind: 1, name: 'abc' })), '01616263' + '00000000');
  assert.equal(Named.decode(unhex('01616263 00000000')).name, 'abc');
  for (const odd of ['01616200 00', '01616200 62', '0100', '01']) {
    const data = unhex(odd);
    assert.deepEqual(Named.encode(Named.decode(data)), data, odd);
  }
  assert.throws(() => Named.decode(unhex('0161')), { code: 'LENGTH', field: 'name' });
});

const Checked = struct('Checked', {
  valid: u8.validation(),
  whole: u16.validBy(0),
  low: u8.at(1).validBy(1),
  high: u8.at(2).validBy(2),
  left: partOfByte(range(0, 3)).validBy(3),
  right: partOfByte(flag(7)).at(3).validBy(4),
});

test('text of a fixed size has characters of 8 bits, and is filled up', () => {
  const Text = struct('Text', { name: ascii(3, ' ') });
  for (const [name, wanted] of [
    ['', '20 20 20'],
    ['ab', '61 62 20'],
    ['abc', '61 62 63'],
    // One that UTF-8 has in two bytes, with room for both and without.
    ['é', 'e9 20 20'],
    ['éb', 'e9 62 20'],
    ['abé', '61 62 e9'],
    ['ééé', 'e9 e9 e9'],
  ] as const) {
    assert.equal(hex(Text.encode({ name })), wanted.replaceAll(' ', ''), name);
    assert.equal(Text.decode(unhex(wanted)).name, name);
  }
  assert.throws(() => Text.encode({ name: 'a€' }), /name.* has a character beyond 8 bits/);
  assert.throws(() => Text.encode({ name: 'abcd' }), /name.* is no text of at most 3 characters/);
});

test('validation bits are set by what is given, and rule what is read', () => {
  assert.equal(hex(Checked.encode({})), '00000000');
  assert.equal(hex(Checked.encode({ whole: 0 })), '01000000');
  assert.equal(hex(Checked.encode({ high: 5, left: 3, right: true })), '1c000583');
  assert.deepEqual(Checked.decode(unhex('1c000583')), { high: 5, left: 3, right: true });
});

test('what is not marked valid is told apart, and not lost', () => {
  for (const data of ['00341200', '02341285', '04000100', '01ffff00', 'e0000000', 'ff010285']) {
    const value = Checked.decode(unhex(data));
    assert.equal(hex(Checked.encode(value)), data);
  }
  assert.deepEqual(Checked.decode(unhex('00341203')), { unvalidated: { whole: 0x1234, left: 3 } });
  assert.deepEqual(Checked.decode(unhex('04060500')), { high: 5, unvalidated: { low: 6 } });
  assert.deepEqual(Checked.decode(unhex('e0000000')), { valid: 0xe0 });
});

test('a structure that is not marked valid is told, even where only its own validation bits are set', () => {
  const Outer = struct('Outer', { valid: u8.validation(), inner: Checked.validBy(0) });
  for (const data of ['0000000000', '0002000000', '0102000000'])
    assert.equal(hex(Outer.encode(Outer.decode(unhex(data)))), data);
  assert.deepEqual(Outer.decode(unhex('0002000000')), { unvalidated: { inner: { low: 0 } } });
});

const Log = struct('Log', {
  valid: u8.validation(),
  size: u8.statedLength(),
  where: u8.validBy(0),
  textSize: u8.bytesOf('text'),
  text: rest.validBy(1),
  more: list(u16).validBy(2, 7),
});

test('members of variable length are marked valid too, by one bit or several', () => {
  const forms: [Encodable<typeof Log>, string][] = [
    [{}, '00 04 00 00'],
    [{ where: 7 }, '01 04 07 00'],
    [{ text: unhex('') }, '02 04 00 00'],
    [{ text: unhex('aabb'), more: [1] }, '86 08 00 02 aabb 0100'],
    [{ unvalidated: { text: unhex('aa'), more: [2] } }, '00 07 00 01 aa 0200'],
    [{ valid: 4, unvalidated: { more: [2] } }, '04 06 00 00 0200'],
  ];
  for (const [value, data] of forms) {
    assert.equal(hex(Log.encode(value)), data.replaceAll(' ', ''));
    assert.deepEqual(Log.decode(unhex(data)), value);
  }
});

test('a stated length is told where it is wrong, and not gone by', () => {
  const value = Log.decode(unhex('02 ff 00 01 aa'));
  assert.deepEqual(value, { size: 0xff, text: unhex('aa') });
  assert.equal(hex(Log.encode(value)), '02ff0001aa');
});

const Sides = struct('Sides', {
  valid: u8.validation(),
  type: u8.validBy(0),
  pair: array(u8, 2).unless('type', 1).validBy(1),
  whole: u16.at(2).when('type', 1).validBy(1),
});

test('which side of a union is there is said by another member', () => {
  assert.equal(hex(Sides.encode({ type: 0, pair: [1, 2] })), '03000102');
  assert.equal(hex(Sides.encode({ whole: 0x0201, type: 1 })), '03010102');
  for (const data of ['03000102', '03010102', '02010102', '01010102', '00050102'])
    assert.equal(hex(Sides.encode(Sides.decode(unhex(data)))), data);
  assert.deepEqual(Sides.decode(unhex('03010102')), { type: 1, whole: 0x0201 });
  assert.deepEqual(Sides.decode(unhex('00050102')), { unvalidated: { type: 5, pair: [1, 2] } });
  assert.throws(() => Sides.encode({ type: 0, whole: 1 }), { code: 'VALUE', field: 'whole' });
  assert.throws(() => Sides.encode({ type: 1, pair: [0, 0] }), { code: 'VALUE', field: 'pair' });
});

test('bit fields of three bytes', () => {
  const Flags = struct('Flags', { flags: bits(24, { low: range(0, 7), high: flag(23) }), after: u8 });
  assert.equal(hex(Flags.encode({ flags: { low: 5, high: true }, after: 0xff })), '050080ff');
  assert.deepEqual(Flags.decode(unhex('05018001')), {
    flags: { low: 5, high: true, reserved: 0x100n },
    after: 1,
  });
  assert.equal(hex(Flags.encode(Flags.decode(unhex('05018001')))), '05018001');
});

test('integers of three bytes, and signed ones', () => {
  const Numbers = struct('Numbers', { wide: u24, signed: i16 });
  assert.equal(hex(Numbers.encode({ wide: 0x89abcd, signed: -2 })), 'cdab89feff');
  assert.deepEqual(Numbers.decode(unhex('ffffff0080')), { wide: 0xffffff, signed: -0x8000 });
  for (const wrong of [
    { wide: 0x1000000, signed: 0 },
    { wide: -1, signed: 0 },
    { wide: 0, signed: 0x8000 },
    { wide: 0, signed: -0x8001 },
    { wide: 0, signed: 0.5 },
  ])
    assert.throws(() => Numbers.encode(wrong), { code: 'VALUE' });
});

const Word = struct('Word', {
  valid: partOf(64, range(0, 1)).validation(),
  count: partOf(64, range(2, 7)).at(0).countOf('values'),
  high: partOf(64, range(40, 47)).at(0).validBy(1),
  reserved: partOf(64, range(8, 31)).at(0).reserved(),
  id: u16.validBy(0),
  values: list(u16),
  trailing: rest.orZero(),
});

test('a count, validation bits and members can be parts of one word', () => {
  for (const [value, data] of [
    [{ values: [] }, '0000000000000000 0000'],
    [{ id: 1, high: 0xff, values: [3, 4] }, '0b00000000ff0000 0100 0300 0400'],
    [{ values: [3], trailing: unhex('0405') }, '0400000000000000 0000 0300 0405'],
    [{ reserved: 0xffffff, unvalidated: { high: 1 }, values: [] }, '00ffffff00010000 0000'],
  ] as const) {
    assert.equal(hex(Word.encode(value)), data.replaceAll(' ', ''));
    assert.deepEqual(Word.decode(unhex(data)), value);
  }
  assert.throws(() => Word.encode({ values: new Array(64).fill(0) }), { code: 'VALUE', field: 'count' });
  assert.throws(() => Word.decode(unhex('0800000000000000 0000 0300')), { code: 'TRUNCATED' });
  assert.throws(() => partOf(64, range(31, 32)), TypeError);
  assert.throws(() => partOf(16, flag(16)), TypeError);
});

test('a list ends with its last whole element, where another member follows', () => {
  const Whole = struct('Whole', { values: list(u32), trailing: rest.orZero() });
  assert.deepEqual(Whole.decode(unhex('01000000 020000')), { values: [1], trailing: unhex('020000') });
});

const Padded = struct('Padded', {
  blocks: list(
    union(
      'Block',
      { tag: 1, length: { at: 1, size: 1, less: 2, padding: 4 } },
      {
        one: struct('One', {
          tag: u8.constant(1),
          size: u8.byteLength(2),
          first: u8,
          more: rest.orZero(),
          padding: rest.paddingTo(4),
        }),
      },
    ),
  ),
});

test('a length that does not count the header, and zeros up to a multiple behind it', () => {
  for (const [blocks, data] of [
    [[{ kind: 'one', first: 7 }], '01010700'],
    [[{ kind: 'one', first: 7, more: unhex('08') }], '01020708'],
    [[{ kind: 'one', first: 7, padding: unhex('') }], '010107'],
    [
      [
        { kind: 'one', first: 7, padding: unhex('') },
        { kind: 'one', first: 8 },
      ],
      '010107 01010800',
    ],
    [
      [
        { kind: 'unknown', data: unhex('09030102 03000000') },
        { kind: 'one', first: 1 },
      ],
      '09030102 03000000 01010100',
    ],
    [[{ kind: 'unknown', data: unhex('01000000') }], '01000000'],
  ] as const) {
    assert.equal(hex(Padded.encode({ blocks })), data.replaceAll(' ', ''));
    assert.deepEqual(Padded.decode(unhex(data)), { blocks });
  }
  assert.throws(() => Padded.decode(unhex('010300')), { code: 'TRUNCATED' });
});

test('a GUID tells variants apart, and one stands for all others', () => {
  const id = '00112233-4455-6677-8899-aabbccddeeff';
  const Kinds = struct('Kinds', {
    kinds: list(
      union(
        'Kind',
        { tag: 16, otherwise: 'other' },
        {
          known: struct('Known', { id: guid.constant(id), value: u8 }),
          other: struct('Other', { id: guid, raw: u8 }),
        },
      ),
    ),
  });
  const kinds = [
    { kind: 'known', value: 1 },
    { kind: 'other', id: acpi.ZERO_GUID, raw: 2 },
  ] as const;
  const data = `33221100554477668899aabbccddeeff01${'00'.repeat(16)}02`;
  assert.equal(hex(Kinds.encode({ kinds })), data);
  assert.deepEqual(Kinds.decode(unhex(data)), { kinds });
  const Bad = union('Bad', { tag: 16, otherwise: 'none' }, {});
  assert.throws(() => Bad.decode(new Uint8Array(16)), TypeError);
});

test('a layout without some members reads and writes the others in their places', () => {
  const Later = struct('Later', { first: u8, second: u8.default(3), third: u16.since(4) });
  const Own = Later.without('second', 'length');
  assert.deepEqual(Own.decode(unhex('01020304')), { first: 1, third: 0x0403 });
  assert.deepEqual(Own.decode(unhex('0102')), { first: 1 });
  assert.deepEqual(Later.decode(unhex('0102')), { first: 1, second: 2, length: 2 });
  assert.equal(hex(Own.encode({ first: 1, third: 5 })), '01030500');
});

test('bits that cannot hold are refused when they are declared, structures when they are first used', () => {
  assert.throws(() => bits(8, { a: range(0, 3), b: flag(3) }), TypeError);
  assert.throws(() => bits(8, { a: flag(8) }), TypeError);
  assert.throws(() => bits(64, { a: range(30, 33) }), TypeError);
  assert.throws(() => struct('Bad', { all: rest, after: u8 }).size, TypeError);
  assert.throws(() => struct('Bad', { late: u32.since(0) }).size, TypeError);
  assert.throws(() => struct('Bad', { count: u8.countOf('things') }).encode({}), TypeError);
});

test('every structure of the library holds', () => {
  for (const codec of Object.values(acpi)) if (codec instanceof acpi.Struct) assert.ok(codec.size > 0);
});
