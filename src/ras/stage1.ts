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
const TCR_TBI0 = 37n;
const TCR_TBI1 = 38n;
const TCR_DS = 59n;

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

function field(value: bigint, shift: number, width: number): number {
  return Number((value >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
}

function regimeOf(regs: TranslationRegisters, va: bigint): Regime | undefined {
  const upper = ((va >> 55n) & 1n) === 1n;
  const granuleBits = upper ? TG1_GRANULE[field(regs.tcr, 30, 2)] : TG0_GRANULE[field(regs.tcr, 14, 2)];
  if (granuleBits === undefined) return undefined;
  return {
    base: upper ? regs.ttbr1 : regs.ttbr0,
    inputBits: 64 - (upper ? field(regs.tcr, 16, 6) : field(regs.tcr, 0, 6)),
    granuleBits,
    topByteIgnored: ((regs.tcr >> (upper ? TCR_TBI1 : TCR_TBI0)) & 1n) === 1n,
    upper,
    ds: ((regs.tcr >> TCR_DS) & 1n) === 1n,
  };
}

/** The output address of a descriptor, 48 or 52 bits (D8.3.1). */
function outputAddress(descriptor: bigint, { granuleBits, ds }: Regime): bigint {
  const low = (1n << BigInt(granuleBits)) - 1n;
  let address = descriptor & 0x0000_ffff_ffff_ffffn & ~low;
  if (granuleBits === 16) address |= ((descriptor >> 12n) & 0xfn) << 48n;
  else if (ds) {
    address = (address | (descriptor & 0x0003_0000_0000_0000n)) & ~low;
    address |= ((descriptor >> 8n) & 3n) << 50n;
  }
  return address;
}

/** Translates `va`, reading the guest's tables by `read`. Permissions are not looked at. */
export function walkStage1(regs: TranslationRegisters, va: bigint, read: ReadDescriptor): Walk {
  if ((regs.sctlr & SCTLR_M) === 0n) return { outcome: 'mapped', gpa: Number(va & 0x000f_ffff_ffff_ffffn) };
  const regime = regimeOf(regs, va);
  if (regime === undefined) return { outcome: 'unmapped', level: 0 };
  const { inputBits, granuleBits } = regime;

  const extension = BigInt.asUintN(64, va) >> BigInt(inputBits);
  const significant = BigInt((regime.topByteIgnored ? 56 : 64) - inputBits);
  const mask = (1n << significant) - 1n;
  if ((extension & mask) !== (regime.upper ? mask : 0n)) return { outcome: 'unmapped', level: 0 };

  const indexBits = granuleBits - 3;
  const levels = Math.ceil((inputBits - granuleBits) / indexBits);
  // D8.2.5: TTBR bits [5:2] are the base's bits [51:48] where output addresses have 52 bits.
  let table = regime.base & 0x0000_ffff_ffff_fffen;
  if (granuleBits === 16 ? inputBits > 48 : regime.ds) {
    table = (table & ~0x3fn) | (((regime.base >> 2n) & 0xfn) << 48n);
  }
  for (let level = 4 - levels; level <= 3; level++) {
    const shift = granuleBits + indexBits * (3 - level);
    const bits = level === 4 - levels ? inputBits - shift : indexBits;
    const index = Number((va >> BigInt(shift)) & ((1n << BigInt(bits)) - 1n));
    const at = Number(table) + 8 * index;
    const descriptor = read(at);
    if (descriptor === undefined) return { outcome: 'table-lost', gpa: at, level };
    const valid = (descriptor & 1n) === 1n;
    const table_or_page = (descriptor & 2n) === 2n;
    if (!valid || (level === 3 && !table_or_page)) return { outcome: 'unmapped', level };
    if (level === 3 || !table_or_page) {
      const offset = va & ((1n << BigInt(shift)) - 1n);
      const block = outputAddress(descriptor, regime) & ~((1n << BigInt(shift)) - 1n);
      return { outcome: 'mapped', gpa: Number(block | offset) };
    }
    table = outputAddress(descriptor, regime);
  }
  return { outcome: 'unmapped', level: 3 };
}
