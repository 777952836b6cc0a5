/** What a stopped vCPU was doing when it met a lost page. */

import { REG } from '../kvm/registers.ts';
import type { Vcpu } from '../native/binding.ts';
import type { Access } from './events.ts';
import { exceptionLevel } from './sea.ts';
import { type ReadDescriptor, type TranslationRegisters, walkStage1 } from './stage1.ts';

export interface VcpuView {
  pc: bigint;
  pstate: bigint;
  exceptionLevel: 0 | 1;
  translation: TranslationRegisters;
}

export function viewVcpu(vcpu: Vcpu): VcpuView {
  const pstate = vcpu.getReg(REG.PSTATE);
  return {
    pc: vcpu.getReg(REG.PC),
    pstate,
    exceptionLevel: exceptionLevel(pstate),
    translation: {
      sctlr: vcpu.getReg(REG.SCTLR_EL1),
      tcr: vcpu.getReg(REG.TCR_EL1),
      ttbr0: vcpu.getReg(REG.TTBR0_EL1),
      ttbr1: vcpu.getReg(REG.TTBR1_EL1),
    },
  };
}

/** An abort as the CPU would have seen it. */
export interface Abort {
  access: Access;
  /** Level of the lost table, where the access is a walk. */
  level?: number;
  /** GPA that was accessed, where it is known to the byte. */
  gpa?: number;
}

/**
 * Whether the instruction fetch of `pc` is what met the lost range: then nothing of that instruction was executed,
 * so it cannot be a data access.
 */
export function abortOfFetch(view: VcpuView, lost: Range, read: ReadDescriptor): Abort | undefined {
  return abortAt(view, view.pc, lost, read, 'fetch');
}

/** What an access to `va` met of the lost range, if it did. */
export function abortAt(
  view: VcpuView,
  va: bigint,
  lost: Range,
  read: ReadDescriptor,
  access: 'fetch' | 'data',
): Abort | undefined {
  const walk = walkStage1(view.translation, va, (gpa) => (holds(lost, gpa) ? undefined : read(gpa)));
  if (walk.outcome === 'table-lost') {
    return holds(lost, walk.gpa) ? { access: 'table-walk', level: walk.level, gpa: walk.gpa } : undefined;
  }
  if (walk.outcome === 'mapped' && holds(lost, walk.gpa)) return { access, gpa: walk.gpa };
  return undefined;
}

export interface Range {
  gpa: number;
  size: number;
}

function holds(range: Range, gpa: number): boolean {
  return gpa >= range.gpa && gpa < range.gpa + range.size;
}
