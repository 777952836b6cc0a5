/** The registers of a stopped vCPU that say where it stands, and in words what they say. */

import type { VcpuRegisters } from '../../api/machine.ts';
import { MP_STATE } from '../../kvm/abi.ts';
import { REG, x } from '../../kvm/registers.ts';
import type { NativeError, Vcpu } from '../../native/binding.ts';
import { exceptionLevel, PSTATE } from './sea.ts';
import { deferredText, syndromeText } from './syndrome.ts';

const REGISTERS: readonly (readonly [name: string, id: bigint])[] = [
  ['pc', REG.PC],
  ['pstate', REG.PSTATE],
  ['sp_el0', REG.SP],
  ['sp_el1', REG.SP_EL1],
  ...Array.from({ length: 31 }, (_, n) => [`x${n}`, x(n)] as const),
  ['ESR_EL1', REG.ESR_EL1],
  ['FAR_EL1', REG.FAR_EL1],
  ['ELR_EL1', REG.ELR_EL1],
  ['SPSR_EL1', REG.SPSR_EL1],
  ['DISR_EL1', REG.DISR_EL1],
  ['VBAR_EL1', REG.VBAR_EL1],
  ['SCTLR_EL1', REG.SCTLR_EL1],
  ['TCR_EL1', REG.TCR_EL1],
  ['TTBR0_EL1', REG.TTBR0_EL1],
  ['TTBR1_EL1', REG.TTBR1_EL1],
  ['MPIDR_EL1', REG.MPIDR_EL1],
  ['CNTV_CTL_EL0', REG.CNTV_CTL_EL0],
  ['CNTV_CVAL_EL0', REG.CNTV_CVAL_EL0],
  ['CNTVCT_EL0', REG.CNTVCT_EL0],
];

export const REGISTER_NAMES: readonly string[] = REGISTERS.map(([name]) => name);

/** ESR_EL1 has 32 bits before FEAT_LS64; KVM of Linux 6.1 sign-extends what it writes there. */
const ESR_LOW = 0xffff_ffffn;

/** What KVM resets a register to that the architecture leaves unknown (arch/arm64/kvm/sys_regs.c: reset_unknown). */
const NEVER_WRITTEN = 0x1de7_ec7e_dbad_c0den;

/** @param vcpu that does not run. @throws NativeError */
export function readVcpu(vcpu: Vcpu, held: boolean): VcpuRegisters {
  const registers: Record<string, bigint> = {};
  for (const [name, id] of REGISTERS) {
    const value = registerOf(vcpu, id);
    if (value !== undefined) registers[name] = value;
  }
  const { serrorPending, serrorHasEsr, serrorEsr } = vcpu.getEvents();
  return {
    vcpu: vcpu.index,
    mpState: mpStateOf(vcpu.getMpState()),
    held,
    registers,
    ...(serrorPending && { serror: serrorHasEsr ? { esr: serrorEsr } : {} }),
  };
}

/** Undefined where the host's KVM has no such register for a guest. */
function registerOf(vcpu: Vcpu, id: bigint): bigint | undefined {
  try {
    return vcpu.getReg(id);
  } catch (error) {
    const { code } = error as NativeError;
    if (code === 'ENOENT' || code === 'EINVAL') return undefined;
    throw error;
  }
}

function mpStateOf(state: number): VcpuRegisters['mpState'] {
  if (state === MP_STATE.STOPPED) return 'stopped';
  return state === MP_STATE.SUSPENDED ? 'suspended' : 'runnable';
}

/** What registers say in words, by name: those that have fields worth reading. */
export function registerWords({ registers }: Pick<VcpuRegisters, 'registers'>): Record<string, string> {
  const { CNTV_CVAL_EL0: compare, CNTVCT_EL0: count } = registers;
  const words = Object.entries(WORDS).flatMap(([name, text]) => {
    const value = registers[name];
    return value === undefined ? [] : [[name, text(value)] as const];
  });
  if (compare !== undefined && count !== undefined) words.push(['CNTV_CVAL_EL0', timeText(compare - count)]);
  return Object.fromEntries(words);
}

/** The same as JSON has it: values as 0x-hex strings. */
export interface PlainRegisters extends Pick<VcpuRegisters, 'vcpu' | 'mpState' | 'held'> {
  registers: Record<string, string>;
  /** Of {@link registerWords}. */
  words: Record<string, string>;
  /** null: none is pending. */
  serror: { esr?: string } | null;
}

export function plainRegisters({ vcpu, mpState, held, registers, serror }: VcpuRegisters): PlainRegisters {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  return {
    vcpu,
    mpState,
    held,
    registers: Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, hex(value)])),
    words: registerWords({ registers }),
    serror: serror === undefined ? null : { ...(serror.esr !== undefined && { esr: hex(serror.esr) }) },
  };
}

const WORDS: Readonly<Record<string, (value: bigint) => string>> = {
  pstate: pstateText,
  ESR_EL1: (esr) =>
    esr === NEVER_WRITTEN ? 'no exception yet that has a syndrome' : syndromeText(esr & ESR_LOW),
  SPSR_EL1: pstateText,
  DISR_EL1: deferredText,
  CNTV_CTL_EL0: timerText,
};

const FLAGS: readonly (readonly [name: string, bit: bigint])[] = [
  ['PAN', 22n],
  ['UAO', 23n],
  ['DIT', 24n],
  ['TCO', 25n],
  ['SSBS', 12n],
  ['SS', 21n],
  ['IL', 20n],
];

/**
 * PSTATE or SPSR_EL1 in the way of the kernel's own reports: `EL1h nZCv DAIF +PAN`. Conditions and masks are
 * upper case where they are set.
 */
export function pstateText(pstate: bigint): string {
  const conditions = letters('NZCV', pstate, 31n);
  if ((pstate & PSTATE.AARCH32) !== 0n) return `EL0 AArch32 ${conditions} ${letters('AIF', pstate, 8n)}`;
  const stack = exceptionLevel(pstate) === 1 && (pstate & PSTATE.MODE_MASK) === PSTATE.MODE_EL1H ? 'h' : 't';
  const flags = FLAGS.flatMap(([name, bit]) => ((pstate >> bit) & 1n ? [` +${name}`] : []));
  return `EL${exceptionLevel(pstate)}${stack} ${conditions} ${letters('DAIF', pstate, 9n)}${flags.join('')}`;
}

/** @param first bit of the first letter; the others follow downwards */
function letters(names: string, value: bigint, first: bigint): string {
  return [...names]
    .map((name, i) => ((value >> (first - BigInt(i))) & 1n ? name : name.toLowerCase()))
    .join('');
}

/** CNTV_CTL_EL0: ENABLE, IMASK, ISTATUS. */
function timerText(control: bigint): string {
  if ((control & 1n) === 0n) return 'off';
  const met = (control & 4n) !== 0n ? 'condition met' : 'condition not met';
  return `on, ${(control & 2n) !== 0n ? 'masked, ' : ''}${met}`;
}

function timeText(ticks: bigint): string {
  const ahead = BigInt.asIntN(64, ticks);
  return ahead >= 0n ? `${ahead} ticks ahead` : `${-ahead} ticks ago`;
}
