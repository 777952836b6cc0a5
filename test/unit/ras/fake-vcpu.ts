/**
 * A stopped vCPU as a table of registers; KVM's injection of a data abort and of SErrors as arch/arm64/kvm/guest.c and
 * inject_fault.c do it.
 */

import { REG } from '../../../src/kvm/registers.ts';
import type { Vcpu, VcpuEvents } from '../../../src/native/binding.ts';
import { enterSynchronous } from '../../../src/ras/vcpu/sea.ts';

const KVM_DATA_ABORT = 0x9200_0010n;
/** ESR_EL1's EC and IL of an SError. */
const KVM_SERROR = 0xbe00_0000n;
const IDS = 1n << 24n;
const ISS_MASK = (1n << 25n) - 1n;
const PSTATE_A = 1n << 8n;
/** From the vector of a synchronous exception to that of an SError. */
const TO_SERROR_VECTOR = 0x180n;

export class FakeVcpu implements Partial<Vcpu> {
  readonly registers = new Map<bigint, bigint>();
  readonly index: number;
  /** What KVM remembers of the last fault. */
  far = 0n;
  /** Linux 6.1 writes ESR_EL1 sign-extended. */
  signExtends = false;
  resumed = 0;
  /** The host's CPU has the RAS extension. */
  hostHasRas = true;
  /** Linux 6.17 and later: an SError that is not masked is entered at once. */
  entersAtOnce = false;
  mpState = 0;
  /** HCR_EL2.VSE and VSESR_EL2. */
  #serror: { esr: bigint } | undefined;

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

  getMpState(): number {
    return this.mpState;
  }

  getEvents(): VcpuEvents {
    return {
      serrorPending: this.#serror !== undefined,
      serrorHasEsr: this.hostHasRas,
      serrorEsr: this.hostHasRas ? (this.#serror?.esr ?? 0n) : 0n,
      extDabtPending: false,
    };
  }

  setEvents(events: VcpuEvents): void {
    if (events.extDabtPending) {
      this.setReg(REG.FAR_EL1, this.far);
      const upper = this.signExtends ? 0xffff_ffff_0000_0000n : 0n;
      this.setReg(REG.ESR_EL1, KVM_DATA_ABORT | upper);
    }
    if (!events.serrorPending) return;
    const refused = events.serrorHasEsr && (!this.hostHasRas || (events.serrorEsr & ~ISS_MASK) !== 0n);
    if (refused) throw Object.assign(new Error('KVM_SET_VCPU_EVENTS: EINVAL'), { code: 'EINVAL' });
    this.#serror = { esr: events.serrorHasEsr ? events.serrorEsr : IDS };
    if (this.entersAtOnce) this.#takeSerror();
  }

  /** The guest runs: an SError that it does not mask is taken. */
  run(): void {
    this.#takeSerror();
  }

  #takeSerror(): void {
    const pstate = this.getReg(REG.PSTATE);
    if (this.#serror === undefined || (pstate & PSTATE_A) !== 0n) return;
    const entered = enterSynchronous({
      pc: this.getReg(REG.PC),
      pstate,
      vbar: this.getReg(REG.VBAR_EL1),
      sctlr: this.getReg(REG.SCTLR_EL1),
    });
    this.setReg(REG.ELR_EL1, entered.elr);
    this.setReg(REG.SPSR_EL1, entered.spsr);
    this.setReg(REG.ESR_EL1, KVM_SERROR | this.#serror.esr);
    this.setReg(REG.PSTATE, entered.pstate);
    this.setReg(REG.PC, entered.pc + TO_SERROR_VECTOR);
    this.#serror = undefined;
  }

  resume(): void {
    this.resumed++;
  }

  as(): Vcpu {
    return this as unknown as Vcpu;
  }
}
