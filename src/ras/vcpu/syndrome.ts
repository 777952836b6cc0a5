/** ESR_EL1 and DISR_EL1 in words: their descriptions in the Arm ARM, DDI 0487. */

import { EC, FSC } from './sea.ts';

/** ESR_EL1.EC, the exception's class; for EL1 a lower level is EL0. */
const CLASSES: Record<number, string> = {
  0: 'unknown reason',
  1: 'trapped WFI or WFE',
  3: 'trapped MCR or MRC (coproc 15)',
  4: 'trapped MCRR or MRRC (coproc 15)',
  5: 'trapped MCR or MRC (coproc 14)',
  6: 'trapped LDC or STC',
  7: 'trapped SVE, SIMD or floating point',
  10: 'trapped LD64B, ST64B or another instruction of its kind',
  12: 'trapped MRRC (coproc 14)',
  13: 'branch target exception',
  14: 'illegal execution state',
  17: 'SVC (AArch32)',
  20: 'trapped MSRR, MRRS or SYSP',
  21: 'SVC',
  22: 'HVC',
  23: 'SMC',
  24: 'trapped MSR, MRS or system instruction',
  25: 'trapped SVE',
  27: 'transaction',
  28: 'pointer authentication failure',
  29: 'trapped SME',
  [EC.INSTRUCTION_ABORT_LOWER]: 'instruction abort from EL0',
  [EC.INSTRUCTION_ABORT_LOWER + 1]: 'instruction abort in EL1',
  34: 'PC alignment fault',
  [EC.DATA_ABORT_LOWER]: 'data abort from EL0',
  [EC.DATA_ABORT_LOWER + 1]: 'data abort in EL1',
  38: 'SP alignment fault',
  39: 'memory operation',
  40: 'floating point exception (AArch32)',
  44: 'floating point exception',
  45: 'guarded control stack',
  [EC.SERROR]: 'SError',
  48: 'breakpoint from EL0',
  49: 'breakpoint in EL1',
  50: 'software step from EL0',
  51: 'software step in EL1',
  52: 'watchpoint from EL0',
  53: 'watchpoint in EL1',
  56: 'BKPT (AArch32)',
  60: 'BRK',
};

/** Fault status codes with a level in their two lowest bits. */
const FAULTS_BY_LEVEL: Record<number, string> = {
  0: 'address size fault',
  4: 'translation fault',
  8: 'access flag fault',
  12: 'permission fault',
  [FSC.onTableWalk(0)]: 'synchronous external abort on a table walk',
  28: 'synchronous parity or ECC error on a table walk',
  36: 'granule protection fault on a table walk',
};

/** The others; levels below 0 are out of line. */
const FAULTS: Record<number, string> = {
  [FSC.SYNCHRONOUS_EXTERNAL_ABORT]: 'synchronous external abort',
  17: 'synchronous tag check fault',
  [FSC.onTableWalk(-2)]: 'synchronous external abort on a table walk, level -2',
  [FSC.onTableWalk(-1)]: 'synchronous external abort on a table walk, level -1',
  24: 'synchronous parity or ECC error',
  27: 'synchronous parity or ECC error on a table walk, level -1',
  33: 'alignment fault',
  34: 'granule protection fault on a table walk, level -2',
  35: 'granule protection fault on a table walk, level -1',
  40: 'granule protection fault',
  41: 'address size fault, level -1',
  42: 'translation fault, level -2',
  43: 'translation fault, level -1',
  44: 'address size fault, level -2',
  48: 'TLB conflict',
  49: 'unsupported atomic hardware update',
  52: 'unsupported access (lockdown)',
  53: 'unsupported exclusive or atomic access',
};

/** SET of a synchronous external abort. */
const ERROR_TYPES: Record<number, string> = {
  0: 'recoverable (UER)',
  2: 'uncontainable (UC)',
  3: 'restartable (UEO)',
};

/** AET of an SError. */
const SERROR_TYPES: Record<number, string> = {
  0: 'uncontainable (UC)',
  1: 'unrecoverable (UEU)',
  2: 'restartable (UEO)',
  3: 'recoverable (UER)',
  6: 'corrected (CE)',
};

/** DFSC of an SError whose AET says something. */
const ASYNCHRONOUS_SERROR = 0x11;

/** An exception's class and what its syndrome says of it: `data abort from EL0: synchronous external abort, write`. */
export function syndromeText(esr: bigint): string {
  const ec = field(esr, 26, 6);
  const name = CLASSES[ec] ?? 'reserved exception class';
  const details = detailsOf(ec, esr);
  return `${name} (EC 0x${ec.toString(16).padStart(2, '0')})${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

/** DISR_EL1: an SError that an ESB instruction has deferred, or none. */
export function deferredText(disr: bigint): string {
  return bit(disr, 31) ? `deferred SError: ${serrorDetails(disr).join(', ')}` : 'none deferred';
}

function detailsOf(ec: number, esr: bigint): string[] {
  switch (ec) {
    case EC.INSTRUCTION_ABORT_LOWER:
    case EC.INSTRUCTION_ABORT_LOWER + 1:
      return abortDetails(esr);
    case EC.DATA_ABORT_LOWER:
    case EC.DATA_ABORT_LOWER + 1:
      return [...abortDetails(esr), bit(esr, 8) ? 'cache maintenance' : bit(esr, 6) ? 'write' : 'read'];
    case EC.SERROR:
      return serrorDetails(esr);
    case 0x11:
    case 0x15:
    case 0x16:
    case 0x17:
    case 0x38:
    case 0x3c:
      return [`immediate 0x${field(esr, 0, 16).toString(16)}`];
    case 0x18:
      return [systemRegister(esr)];
    default:
      return [];
  }
}

function abortDetails(esr: bigint): string[] {
  const fsc = field(esr, 0, 6);
  const details = [faultText(fsc)];
  if (fsc === FSC.SYNCHRONOUS_EXTERNAL_ABORT) {
    details.push(ERROR_TYPES[field(esr, 11, 2)] ?? 'reserved SET');
    if (bit(esr, 10)) details.push('FAR not valid');
  }
  if (bit(esr, 9)) details.push('EA');
  if (bit(esr, 7)) details.push('S1PTW');
  return details;
}

function faultText(fsc: number): string {
  const byLevel = FAULTS_BY_LEVEL[fsc & 0x3c];
  return (
    FAULTS[fsc] ?? (byLevel ? `${byLevel}, level ${fsc & 3}` : `fault status code 0x${fsc.toString(16)}`)
  );
}

function serrorDetails(esr: bigint): string[] {
  if (bit(esr, 24)) return [`implementation defined syndrome 0x${field(esr, 0, 24).toString(16)}`];
  const details = [];
  const status = field(esr, 0, 6);
  if (status === ASYNCHRONOUS_SERROR) details.push(SERROR_TYPES[field(esr, 10, 3)] ?? 'reserved AET');
  else details.push(status === 0 ? 'uncategorized' : `fault status code 0x${status.toString(16)}`);
  if (bit(esr, 9)) details.push('EA');
  return details;
}

/** ISS of a trapped MSR or MRS, as S3_0_C1_C0_0. */
function systemRegister(esr: bigint): string {
  const name = `S${field(esr, 20, 2)}_${field(esr, 14, 3)}_C${field(esr, 10, 4)}_C${field(esr, 1, 4)}_${field(esr, 17, 3)}`;
  return `${bit(esr, 0) ? 'read' : 'write'} of ${name}, x${field(esr, 5, 5)}`;
}

function field(value: bigint, shift: number, width: number): number {
  return Number(BigInt.asUintN(width, value >> BigInt(shift)));
}

function bit(value: bigint, shift: number): boolean {
  return field(value, shift, 1) === 1;
}
