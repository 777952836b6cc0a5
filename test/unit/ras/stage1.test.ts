import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TranslationRegisters, walkStage1 } from '../../../src/ras/vcpu/stage1.ts';

/** Page tables by hand: descriptors by GPA. */
function tables(entries: Record<string, bigint>) {
  const map = new Map(Object.entries(entries).map(([gpa, value]) => [Number(gpa), value]));
  return (gpa: number) => map.get(gpa) ?? 0n;
}

const MMU_ON = 1n;
/** 48-bit addresses, 4 KiB granules in both halves. */
const TCR_4K_48 = 16n | (16n << 16n) | (2n << 30n);
const registers = (over: Partial<TranslationRegisters> = {}): TranslationRegisters => ({
  sctlr: MMU_ON,
  tcr: TCR_4K_48,
  ttbr0: 0x4100_0000n,
  ttbr1: 0x4200_0000n,
  ...over,
});

const USER_4K = tables({
  1090519040: 0x4100_1003n,
  [`${0x4100_1000 + 8}`]: 0x4100_2003n,
  [`${0x4100_2000 + 8 * 2}`]: 0x4100_3003n,
  [`${0x4100_3000 + 8 * 3}`]: 0x0040_0000_5555_5fc3n,
});
const USER_VA = 0x4040_3abcn; // indices 0, 1, 2, 3

test('a page is found through four levels of 4 KiB tables', () => {
  assert.deepEqual(walkStage1(registers(), USER_VA, USER_4K), { outcome: 'mapped', gpa: 0x5555_5abc });
});

test('with the MMU off an address is its own translation', () => {
  assert.deepEqual(
    walkStage1(registers({ sctlr: 0n }), USER_VA, () => 0n),
    { outcome: 'mapped', gpa: Number(USER_VA) },
  );
});

test('an invalid descriptor ends the walk at its level', () => {
  assert.deepEqual(walkStage1(registers(), USER_VA + 0x1000n, USER_4K), { outcome: 'unmapped', level: 3 });
});

test('a level 3 descriptor of block type is invalid', () => {
  const read = (gpa: number) => (gpa === 0x4100_3000 + 8 * 3 ? 0x5555_5001n : USER_4K(gpa));
  assert.deepEqual(walkStage1(registers(), USER_VA, read), { outcome: 'unmapped', level: 3 });
});

test('a 2 MiB block keeps the low 21 bits of the address', () => {
  const read = (gpa: number) => (gpa === 0x4100_2000 + 8 * 2 ? 0x6020_0701n : USER_4K(gpa));
  assert.deepEqual(walkStage1(registers(), USER_VA, read), { outcome: 'mapped', gpa: 0x6020_3abc });
});

test('a table that cannot be read is said with its level and address', () => {
  const read = (gpa: number) => (gpa === 0x4100_2010 ? undefined : USER_4K(gpa));
  assert.deepEqual(walkStage1(registers(), USER_VA, read), {
    outcome: 'table-lost',
    gpa: 0x4100_2010,
    level: 2,
  });
});

test('addresses of the upper half go through TTBR1', () => {
  const read = tables({ [`${0x4200_0000 + 8 * 256}`]: 0x4200_1003n, 1107300352: 0x0040_0000_8000_0701n });
  const va = 0xffff_8000_0123_4567n;
  assert.deepEqual(walkStage1(registers(), va, read), { outcome: 'mapped', gpa: 0x8123_4567 });
});

test('an address that is not sign-extended is none', () => {
  assert.deepEqual(walkStage1(registers(), 0x0010_0000_0000_0000n, USER_4K), {
    outcome: 'unmapped',
    level: 0,
  });
});

test('a tag in the top byte is ignored where TCR_EL1.TBI0 says so', () => {
  const tagged = USER_VA | (0x5an << 56n);
  assert.equal(walkStage1(registers(), tagged, USER_4K).outcome, 'unmapped');
  const tbi = registers({ tcr: TCR_4K_48 | (1n << 37n) });
  assert.deepEqual(walkStage1(tbi, tagged, USER_4K), { outcome: 'mapped', gpa: 0x5555_5abc });
});

test('39-bit addresses have three levels', () => {
  const tcr = 25n | (25n << 16n) | (2n << 30n);
  const read = tables({ [`${0x4100_0000 + 8}`]: 0x4100_2003n, [`${0x4100_2000 + 16}`]: 0x6020_0701n });
  assert.deepEqual(walkStage1(registers({ tcr }), USER_VA, read), { outcome: 'mapped', gpa: 0x6020_3abc });
});

test('64 KiB granules: 52-bit output addresses have bits 51:48 in bits 15:12', () => {
  const tcr = 16n | (1n << 14n); // TG0 = 64 KiB, 48 bits: levels 1, 2, 3
  const read = tables({
    1090519040: 0x4101_0003n,
    1090584576: 0x4102_0003n,
    [`${0x4102_0000 + 8 * 5}`]: 0x5555_1003n,
  });
  const walk = walkStage1(registers({ tcr }), 0x5_1234n, read);
  assert.deepEqual(walk, { outcome: 'mapped', gpa: 0x1_0000_5555_1234 });
});

test('16 KiB granules: a page is found through four levels, the first with two entries', () => {
  const tcr = 16n | (2n << 14n);
  const read = tables({
    1090519040: 0x4100_4003n,
    1090535424: 0x4100_8003n,
    1090551808: 0x4100_c003n,
    [`${0x4100_c000 + 8 * 2}`]: 0x5555_4003n,
  });
  assert.deepEqual(walkStage1(registers({ tcr }), 0x8123n, read), { outcome: 'mapped', gpa: 0x5555_4123 });
});

test('a table that points to itself ends after the last level', () => {
  const read = () => 0x4100_0003n;
  const walk = walkStage1(registers(), USER_VA, read);
  assert.equal(walk.outcome, 'mapped');
});

test('a reserved granule is no translation', () => {
  assert.deepEqual(walkStage1(registers({ tcr: TCR_4K_48 | (3n << 14n) }), USER_VA, USER_4K), {
    outcome: 'unmapped',
    level: 0,
  });
});
