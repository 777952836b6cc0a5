/** Makes a stopped vCPU take a synchronous external abort for a lost page, as the CPU would. */

import { REG } from '../../kvm/registers.ts';
import type { Vcpu } from '../../native/binding.ts';
import { asInstructionAbort, enterSynchronous, FSC, seaSyndrome, withFaultStatus } from './sea.ts';
import type { ReadDescriptor } from './stage1.ts';
import { type Abort, abortAt, abortOfFetch, type Range, type VcpuView } from './vcpu-view.ts';

export interface InjectedSea {
  abort: Abort;
  esr: bigint;
  /** FAR_EL1, where the syndrome says that it is valid. */
  far?: bigint;
  by: 'kvm' | 'rasvm';
}

/** What KVM writes when it injects. */
const WRITTEN = BigUint64Array.of(REG.FAR_EL1, REG.ESR_EL1);
const values = new BigUint64Array(WRITTEN.length);

/** An external data abort, and nothing else. */
const DATA_ABORT = { serrorPending: false, serrorHasEsr: false, serrorEsr: 0n, extDabtPending: true };

/** ESR_EL1 has 32 bits before FEAT_LS64; KVM of Linux 6.1 sign-extends the IL bit's neighbour into the upper half. */
const ESR_LOW = 0xffff_ffffn;

/**
 * By KVM where it can, which knows the address that faulted; else (no KVM_CAP_ARM_INJECT_EXT_DABT) by an exception entry
 * of rasvm's. The vCPU must have left KVM_RUN by the access itself, so that KVM's fault address is that of the access.
 */
export function injectSea(
  vcpu: Vcpu,
  view: VcpuView,
  lost: Range,
  read: ReadDescriptor,
  options: { kvmInjects: boolean },
): InjectedSea {
  return options.kvmInjects ? injectByKvm(vcpu, view, lost, read) : injectByRasvm(vcpu, view, lost, read);
}

/** KVM knows data aborts alone. The entry is the same for all: only the syndrome is made what it should be. */
function injectByKvm(vcpu: Vcpu, view: VcpuView, lost: Range, read: ReadDescriptor): InjectedSea {
  vcpu.setEvents(DATA_ABORT);
  vcpu.getRegs(WRITTEN, values);
  const far = values[0]!;
  const written = values[1]!;
  // No instruction is executed before it is fetched: a fault at PC is of its fetch.
  const access = far === view.pc ? 'fetch' : 'data';
  const abort = abortAt(view, far, lost, read, access) ?? { access };
  let esr = written & ESR_LOW;
  if (access === 'fetch') esr = asInstructionAbort(esr);
  if (abort.level !== undefined) esr = withFaultStatus(esr, FSC.onTableWalk(abort.level));
  if (esr !== written) vcpu.setReg(REG.ESR_EL1, esr);
  return { abort, esr, far, by: 'kvm' };
}

function injectByRasvm(vcpu: Vcpu, view: VcpuView, lost: Range, read: ReadDescriptor): InjectedSea {
  const ofFetch = abortOfFetch(view, lost, read);
  return ofFetch === undefined
    ? enter(vcpu, view, { access: 'data' }, { fetch: false, fsc: FSC.SYNCHRONOUS_EXTERNAL_ABORT })
    : enter(vcpu, view, ofFetch, { fetch: true, fsc: statusOf(ofFetch), far: view.pc });
}

/** A SEA that nothing in the guest has caused. */
export interface AskedSea {
  access: 'data' | 'fetch';
  /** For FAR_EL1; left out: for a fetch PC, for data none. */
  va?: bigint;
}

/** The address that such a SEA names. */
export function addressOf({ access, va }: AskedSea, view: VcpuView): bigint | undefined {
  return va ?? (access === 'fetch' ? view.pc : undefined);
}

/**
 * Always by rasvm: KVM's fault address and syndrome are of whatever fault the vCPU had last.
 * @param lost the page that it is of, if it is of one
 */
export function injectAskedSea(
  vcpu: Vcpu,
  view: VcpuView,
  asked: AskedSea,
  read: ReadDescriptor,
  lost?: Range,
): InjectedSea {
  const { access } = asked;
  const far = addressOf(asked, view);
  const met = lost && far !== undefined ? abortAt(view, far, lost, read, access) : undefined;
  const abort = met ?? { access };
  return enter(vcpu, view, abort, {
    fetch: access === 'fetch',
    fsc: statusOf(abort),
    ...(far !== undefined && { far }),
  });
}

function statusOf(abort: Abort): number {
  return abort.level === undefined ? FSC.SYNCHRONOUS_EXTERNAL_ABORT : FSC.onTableWalk(abort.level);
}

function enter(
  vcpu: Vcpu,
  view: VcpuView,
  abort: Abort,
  { fetch, fsc, far }: { fetch: boolean; fsc: number; far?: bigint },
): InjectedSea {
  const esr = seaSyndrome({ fetch, from: view.exceptionLevel, fsc, far: far !== undefined });
  const entered = enterSynchronous({
    pc: view.pc,
    pstate: view.pstate,
    vbar: vcpu.getReg(REG.VBAR_EL1),
    sctlr: view.translation.sctlr,
  });
  vcpu.setReg(REG.ELR_EL1, entered.elr);
  vcpu.setReg(REG.SPSR_EL1, entered.spsr);
  vcpu.setReg(REG.ESR_EL1, esr);
  if (far !== undefined) vcpu.setReg(REG.FAR_EL1, far);
  vcpu.setReg(REG.PSTATE, entered.pstate);
  vcpu.setReg(REG.PC, entered.pc);
  return { abort, esr, ...(far === undefined ? {} : { far }), by: 'rasvm' };
}
