/** Exceptions that are given to a vCPU on request: SErrors, and synchronous external aborts. */

import type { InjectResult, InjectSeaRequest, InjectSerrorRequest } from '../api/inject.ts';
import { RasvmError } from '../core/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { MP_STATE } from '../kvm/abi.ts';
import type { Vcpu } from '../native/binding.ts';
import type { PoisonLedger } from '../ras/errors/ledger.ts';
import type { RasService } from '../ras/service.ts';
import { type SerrorCapabilities, setSerror } from '../ras/vcpu/serror.ts';
import { type VcpuView, viewVcpu } from '../ras/vcpu/vcpu-view.ts';
import { VcpuHalt } from './vcpu-halt.ts';

export interface ExceptionsOptions {
  events: EventLog;
  ledger: PoisonLedger;
  ras: RasService;
  capabilities: SerrorCapabilities;
}

export class Exceptions {
  readonly #options: ExceptionsOptions;
  readonly #halt = new VcpuHalt();

  constructor(options: ExceptionsOptions) {
    this.#options = options;
  }

  /** Resolves when the vCPU has it. Rejects with CONTROL, or KVM_CAPABILITY for what this host cannot do. */
  inject(vcpu: Vcpu, request: InjectSerrorRequest | InjectSeaRequest): Promise<InjectResult> {
    const { exceptionLevel } = request;
    const act = (view: VcpuView) =>
      request.kind === 'serror' ? this.#serror(vcpu, view, request) : this.#sea(vcpu, request);
    return this.#halt.run(
      vcpu,
      () => {
        if (vcpu.getMpState() === MP_STATE.STOPPED) {
          throw new RasvmError('CONTROL', `vCPU ${vcpu.index} is off: it takes no exception`);
        }
        const view = viewVcpu(vcpu);
        if (exceptionLevel !== undefined && view.exceptionLevel !== exceptionLevel) return undefined;
        return act(view);
      },
      `in EL${exceptionLevel}`,
    );
  }

  /** @returns true: the vCPU is released; else the caller resumes it */
  paused(vcpu: Vcpu): boolean {
    return this.#halt.paused(vcpu);
  }

  /** Who waits is told why there will be no exception. */
  close(reason: string): void {
    this.#halt.close(reason);
  }

  #serror(vcpu: Vcpu, view: VcpuView, { serrors }: InjectSerrorRequest): { result: InjectResult } {
    const { events, ledger, capabilities } = this.#options;
    const all = serrors.map(({ iss }) => setSerror(vcpu, iss, capabilities));
    const id = ledger.nextId();
    const { pc, exceptionLevel } = view;
    for (const each of all) events.emit('serror', { id, vcpu: vcpu.index, ...each, pc, exceptionLevel });
    const { pending, esr } = all.at(-1)!;
    const exception = {
      ...{ vcpu: vcpu.index, pc, exceptionLevel, pending },
      ...(esr !== undefined && { esr }),
    };
    return { result: { id, size: 0, exception } };
  }

  /** The RAS service lets the vCPU run: it may have to wait for a record. */
  #sea(vcpu: Vcpu, { access, va }: InjectSeaRequest): { result: InjectResult; released: true } {
    const { id, view, sea } = this.#options.ras.injectSea(vcpu, {
      access,
      ...(va !== undefined && { va }),
    });
    const { pc, exceptionLevel } = view;
    const exception = { vcpu: vcpu.index, pc, exceptionLevel, esr: sea.esr, pending: false };
    return { result: { id, size: 0, exception }, released: true };
  }
}
