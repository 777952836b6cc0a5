/**
 * Taking a synchronous external abort into the guest's EL1: Arm ARM DDI 0487, D1.3 (exception entry) and D24.2.44
 * (ESR_EL1), as arch/arm64/kvm/hyp/exception.c enter_exception64() does it.
 */

/** What exception entry reads of a vCPU. */
export interface EntryState {
  pc: bigint;
  pstate: bigint;
  vbar: bigint;
  sctlr: bigint;
}

/** What exception entry writes. */
export interface EntryResult {
  pc: bigint;
  pstate: bigint;
  elr: bigint;
  spsr: bigint;
}

export const PSTATE = {
  MODE_MASK: 0xfn,
  MODE_EL0T: 0x0n,
  MODE_EL1T: 0x4n,
  MODE_EL1H: 0x5n,
  AARCH32: 1n << 4n,
  DAIF: 0xfn << 6n,
  /** SErrors are masked. */
  A: 1n << 8n,
  SSBS: 1n << 12n,
  PAN: 1n << 22n,
  DIT: 1n << 24n,
  TCO: 1n << 25n,
  NZCV: 0xfn << 28n,
} as const;

const SCTLR_SPAN = 1n << 23n;
const SCTLR_DSSBS = 1n << 44n;

/** ESR_ELx.EC (D24.2.44). */
export const EC = { INSTRUCTION_ABORT_LOWER: 0x20, DATA_ABORT_LOWER: 0x24, SERROR: 0x2f } as const;

/** ESR_ELx.{IFSC,DFSC}. */
export const FSC = {
  SYNCHRONOUS_EXTERNAL_ABORT: 0x10,
  /** On a translation table walk, level -2 to 3: 0x12 to 0x17. */
  onTableWalk: (level: number): number => 0x14 + level,
} as const;

const ESR_IL = 1n << 25n;
const ESR_FNV = 1n << 10n;
const ESR_FSC_MASK = 0x3fn;

/** The exception level that was interrupted: 0 or 1. */
export function exceptionLevel(pstate: bigint): 0 | 1 {
  return (pstate & PSTATE.MODE_MASK) === PSTATE.MODE_EL0T || (pstate & PSTATE.AARCH32) !== 0n ? 0 : 1;
}

/**
 * ESR_EL1 of a synchronous external abort. EA is 0 and ISV is 0: what the abort was about stands in the record.
 * @param far whether FAR_EL1 holds the address (FnV is its opposite).
 */
export function seaSyndrome(abort: { fetch: boolean; from: 0 | 1; fsc: number; far: boolean }): bigint {
  const lower = abort.fetch ? EC.INSTRUCTION_ABORT_LOWER : EC.DATA_ABORT_LOWER;
  const ec = BigInt(lower + abort.from);
  return (ec << 26n) | ESR_IL | (abort.far ? 0n : ESR_FNV) | BigInt(abort.fsc);
}

/** The syndrome of a data abort as that of an instruction abort from the same exception level. */
export function asInstructionAbort(esr: bigint): bigint {
  return esr & ~(BigInt(EC.DATA_ABORT_LOWER ^ EC.INSTRUCTION_ABORT_LOWER) << 26n);
}

/** The same syndrome with another fault status code. */
export function withFaultStatus(esr: bigint, fsc: number): bigint {
  return (esr & ~ESR_FSC_MASK) | BigInt(fsc);
}

/**
 * Synchronous exception entry to EL1 (AArch64). MTE's TCO is set only where the guest can have it: it is RES0 in
 * SPSR_EL1 elsewhere.
 */
export function enterSynchronous(state: EntryState, { mte = false } = {}): EntryResult {
  const { pstate, sctlr } = state;
  const mode = pstate & PSTATE.MODE_MASK;
  let offset: bigint;
  if ((pstate & PSTATE.AARCH32) !== 0n) offset = 0x600n;
  else if (mode === PSTATE.MODE_EL0T) offset = 0x400n;
  else if (mode === PSTATE.MODE_EL1T) offset = 0x000n;
  else offset = 0x200n;

  // From AArch32 the DIT bit stands at 21, and PAN as in AArch64 (D1.3.4).
  const dit = (pstate & PSTATE.AARCH32) !== 0n ? (pstate & (1n << 21n)) << 3n : pstate & PSTATE.DIT;
  let entered = (pstate & (PSTATE.NZCV | PSTATE.PAN)) | dit | PSTATE.DAIF | PSTATE.MODE_EL1H;
  if ((sctlr & SCTLR_SPAN) === 0n) entered |= PSTATE.PAN;
  if ((sctlr & SCTLR_DSSBS) !== 0n) entered |= PSTATE.SSBS;
  if (mte) entered |= PSTATE.TCO;
  return { pc: BigInt.asUintN(64, state.vbar + offset), pstate: entered, elr: state.pc, spsr: pstate };
}
