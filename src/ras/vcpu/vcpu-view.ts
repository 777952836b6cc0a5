/** What a stopped vCPU was doing when it met a lost page. */

import type { Access } from '../../events/event.ts';
import { REG } from '../../kvm/registers.ts';
import type { Vcpu } from '../../native/binding.ts';
import { exceptionLevel } from './sea.ts';
import { type ReadDescriptor, type TranslationRegisters, walkStage1 } from './stage1.ts';

export interface VcpuView {
  pc: bigint;
  pstate: bigint;
  exceptionLevel: 0 | 1;
  translation: TranslationRegisters;
}

const VIEWED = BigUint64Array.of(
  ...[REG.PC, REG.PSTATE, REG.SCTLR_EL1, REG.TCR_EL1, REG.TTBR0_EL1, REG.TTBR1_EL1],
);
const values = new BigUint64Array(VIEWED.length);

export function viewVcpu(vcpu: Vcpu): VcpuView {
  vcpu.getRegs(VIEWED, values);
  const pstate = values[1]!;
  return {
    pc: values[0]!,
    pstate,
    exceptionLevel: exceptionLevel(pstate),
    translation: { sctlr: values[2]!, tcr: values[3]!, ttbr0: values[4]!, ttbr1: values[5]! },
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
  const abort = abortAt(view, view.pc, lost, read, 'fetch');
  return abort?.access === 'unknown' ? undefined : abort;
}

/** What an access to `va` met of the lost range, if it did; unknown: a table on the way there cannot be read. */
export function abortAt(
  view: VcpuView,
  va: bigint,
  lost: Range,
  read: ReadDescriptor,
  access: 'fetch' | 'data',
): Abort | undefined {
  const walk = walkStage1(view.translation, va, (gpa) => (holds(lost, gpa) ? undefined : read(gpa)));
  if (walk.outcome === 'table-lost') {
    return holds(lost, walk.gpa)
      ? { access: 'table-walk', level: walk.level, gpa: walk.gpa }
      : { access: 'unknown' };
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
