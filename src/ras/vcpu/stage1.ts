/**
 * The guest's own address translation (stage 1, EL1&0), walked as the CPU would: Arm ARM DDI 0487, D8.2 and D8.3
 * (VMSAv8-64). It says what a faulting address is, and whether a lost page is one of the guest's page tables.
 */

/** TCR_EL1, TTBR0_EL1, TTBR1_EL1 and SCTLR_EL1 as the vCPU has them. */
export interface TranslationRegisters {
  sctlr: bigint;
  tcr: bigint;
  ttbr0: bigint;
  ttbr1: bigint;
}

export type Walk =
  /** The address translates to this GPA. */
  | { outcome: 'mapped'; gpa: number }
  /** A descriptor at `gpa`, of this level (-1 to 3), stands in memory that cannot be read. */
  | { outcome: 'table-lost'; gpa: number; level: number }
  /** No valid translation (level as above), or an address that is no address. */
  | { outcome: 'unmapped'; level: number };

/** Reads a descriptor; undefined where the memory is lost or none. */
export type ReadDescriptor = (gpa: number) => bigint | undefined;

const SCTLR_M = 1n;
/** Bits of TCR_EL1's upper half. */
const TCR_HIGH = { TBI0: 1 << 5, TBI1: 1 << 6, DS: 1 << 27 };
/** Bits of a descriptor: it is there; it names a table or, at level 3, a page. */
const VALID = 1;
const TABLE_OR_PAGE = 2;

interface Regime {
  base: bigint;
  /** Bits of the input address that are translated. */
  inputBits: number;
  /** log2 of the granule: 12, 14 or 16. */
  granuleBits: number;
  topByteIgnored: boolean;
  upper: boolean;
  /** FEAT_LPA2 descriptors. */
  ds: boolean;
}

const TG0_GRANULE: Record<number, number> = { 0: 12, 1: 16, 2: 14 };
const TG1_GRANULE: Record<number, number> = { 1: 14, 2: 12, 3: 16 };
/** With FEAT_LVA or FEAT_LPA2; a TxSZ that asks for more is reserved. */
const LARGEST_INPUT = 52;

function regimeOf(regs: TranslationRegisters, va: bigint): Regime | undefined {
  const upper = (va & (1n << 55n)) !== 0n;
  const low = Number(BigInt.asUintN(32, regs.tcr));
  const high = Number(BigInt.asUintN(32, regs.tcr >> 32n));
  const granuleBits = upper ? TG1_GRANULE[low >>> 30] : TG0_GRANULE[(low >>> 14) & 3];
  const inputBits = 64 - (upper ? (low >>> 16) & 0x3f : low & 0x3f);
  if (granuleBits === undefined || inputBits > LARGEST_INPUT) return undefined;
  return {
    base: upper ? regs.ttbr1 : regs.ttbr0,
    inputBits,
    granuleBits,
    topByteIgnored: (high & (upper ? TCR_HIGH.TBI1 : TCR_HIGH.TBI0)) !== 0,
    upper,
    ds: (high & TCR_HIGH.DS) !== 0,
  };
}

/** `value` with its `bits` lowest bits zero; addresses have 52 bits, and are exact as numbers. */
function aligned(value: number, bits: number): number {
  return value - (value % 2 ** bits);
}

function bitsOf(value: bigint, shift: bigint, width: number): number {
  return Number(BigInt.asUintN(width, value >> shift));
}

/** The output address of a descriptor, 48 or 52 bits (D8.3.1). @param low its bits 47 to 0 */
function outputAddress(descriptor: bigint, low: number, { granuleBits, ds }: Regime): number {
  const address = aligned(low, granuleBits);
  if (granuleBits === 16) return address + bitsOf(descriptor, 12n, 4) * 2 ** 48;
  if (!ds) return address;
  return address + bitsOf(descriptor, 48n, 2) * 2 ** 48 + bitsOf(descriptor, 8n, 2) * 2 ** 50;
}

/** The first table's address (D8.2.5): where addresses have 52 bits, TTBR bits 5 to 2 are their bits 51 to 48. */
function firstTable({ base, granuleBits, inputBits, ds }: Regime): number {
  const low = bitsOf(base, 0n, 48);
  const large = granuleBits === 16 ? inputBits > 48 : ds;
  return large ? aligned(low, 6) + bitsOf(base, 2n, 4) * 2 ** 48 : aligned(low, 1);
}

/** Translates `va`, reading the guest's tables by `read`. Permissions are not looked at. */
export function walkStage1(regs: TranslationRegisters, va: bigint, read: ReadDescriptor): Walk {
  if ((regs.sctlr & SCTLR_M) === 0n) return { outcome: 'mapped', gpa: bitsOf(va, 0n, 52) };
  const regime = regimeOf(regs, va);
  if (regime === undefined) return { outcome: 'unmapped', level: 0 };
  const { inputBits, granuleBits } = regime;

  const extensionBits = (regime.topByteIgnored ? 56 : 64) - inputBits;
  const extension = BigInt.asUintN(extensionBits, va >> BigInt(inputBits));
  if (extension !== (regime.upper ? (1n << BigInt(extensionBits)) - 1n : 0n)) {
    return { outcome: 'unmapped', level: 0 };
  }

  const input = bitsOf(va, 0n, inputBits);
  const indexBits = granuleBits - 3;
  const levels = Math.ceil((inputBits - granuleBits) / indexBits);
  let table = firstTable(regime);
  for (let level = 4 - levels; level <= 3; level++) {
    const shift = granuleBits + indexBits * (3 - level);
    const bits = level === 4 - levels ? inputBits - shift : indexBits;
    const at = table + 8 * (Math.floor(input / 2 ** shift) % 2 ** bits);
    const descriptor = read(at);
    if (descriptor === undefined) return { outcome: 'table-lost', gpa: at, level };
    const low = bitsOf(descriptor, 0n, 48);
    const ends = (low & TABLE_OR_PAGE) === 0;
    if ((low & VALID) === 0 || (level === 3 && ends)) return { outcome: 'unmapped', level };
    const output = outputAddress(descriptor, low, regime);
    if (level === 3 || ends) {
      return { outcome: 'mapped', gpa: aligned(output, shift) + (input % 2 ** shift) };
    }
    table = output;
  }
  return { outcome: 'unmapped', level: 3 };
}
