/** A stopped vCPU as a table of registers; KVM's injection of a data abort as arch/arm64/kvm/inject_fault.c does it. */

import { REG } from '../../../src/kvm/registers.ts';
import type { Vcpu, VcpuEvents } from '../../../src/native/binding.ts';

const KVM_DATA_ABORT = 0x9200_0010n;

export class FakeVcpu implements Partial<Vcpu> {
  readonly registers = new Map<bigint, bigint>();
  readonly index: number;
  /** What KVM remembers of the last fault. */
  far = 0n;
  /** Linux 6.1 writes ESR_EL1 sign-extended. */
  signExtends = false;
  resumed = 0;

  constructor(index: number, registers: Record<string, bigint>) {
    this.index = index;
    for (const [name, value] of Object.entries(registers))
      this.registers.set(REG[name as keyof typeof REG], value);
  }

  getReg(id: bigint): bigint {
    return this.registers.get(id) ?? 0n;
  }

  getRegs(ids: BigUint64Array, values: BigUint64Array): void {
    values.set(ids.map((id) => this.getReg(id)));
  }

  setReg(id: bigint, value: bigint): void {
    this.registers.set(id, value);
  }

  setEvents(events: VcpuEvents): void {
    if (!events.extDabtPending) return;
    this.setReg(REG.FAR_EL1, this.far);
    const upper = this.signExtends ? 0xffff_ffff_0000_0000n : 0n;
    this.setReg(REG.ESR_EL1, KVM_DATA_ABORT | upper);
  }

  resume(): void {
    this.resumed++;
  }

  as(): Vcpu {
    return this as unknown as Vcpu;
  }
}
