/** Exceptions that are given to a vCPU on request: SErrors, and synchronous external aborts. */

import type { InjectResult, InjectSeaRequest, InjectSerrorRequest } from '../api/inject.ts';
import { monotonicNow } from '../core/clock.ts';
import { RasvmError } from '../core/errors.ts';
import { sleep } from '../core/sleep.ts';
import type { EventLog } from '../events/event-log.ts';
import { MP_STATE } from '../kvm/abi.ts';
import type { Vcpu } from '../native/binding.ts';
import type { PoisonLedger } from '../ras/errors/ledger.ts';
import type { RasService } from '../ras/service.ts';
import { type SerrorCapabilities, setSerror } from '../ras/vcpu/serror.ts';
import { type VcpuView, viewVcpu } from '../ras/vcpu/vcpu-view.ts';
import { STOP_PATIENCE, type VcpuStops } from './vcpu-stops.ts';

export interface ExceptionsOptions {
  events: EventLog;
  ledger: PoisonLedger;
  ras: RasService;
  capabilities: SerrorCapabilities;
  stops: VcpuStops;
}

/** ms until a vCPU that was in another exception level than is wanted is stopped again. */
const AGAIN = 3;

export class Exceptions {
  readonly #options: ExceptionsOptions;

  constructor(options: ExceptionsOptions) {
    this.#options = options;
  }

  /** Resolves when the vCPU has it. Rejects with CONTROL, or KVM_CAPABILITY for what this host cannot do. */
  async inject(vcpu: Vcpu, request: InjectSerrorRequest | InjectSeaRequest): Promise<InjectResult> {
    const { exceptionLevel } = request;
    const deadline = monotonicNow() + STOP_PATIENCE;
    for (;;) {
      // With the whole patience: what was left of it would be too short for the last stop.
      const lease = await this.#options.stops.stop(vcpu);
      try {
        if (vcpu.getMpState() === MP_STATE.STOPPED)
          throw new RasvmError('CONTROL', `vCPU ${vcpu.index} is off: it takes no exception`);
        const view = viewVcpu(vcpu);
        if (exceptionLevel === undefined || view.exceptionLevel === exceptionLevel) {
          if (request.kind === 'serror') return this.#serror(vcpu, view, request);
          const result = this.#sea(vcpu, request);
          lease.handOver();
          return result;
        }
      } finally {
        lease.release();
      }
      if (monotonicNow() + AGAIN >= deadline) throw elsewhere(vcpu, exceptionLevel);
      await sleep(AGAIN, { ref: false });
    }
  }

  #serror(vcpu: Vcpu, view: VcpuView, { serrors }: InjectSerrorRequest): InjectResult {
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
    return { id, size: 0, exception };
  }

  /** The RAS service lets the vCPU run: it may have to wait for a record. */
  #sea(vcpu: Vcpu, { access, va }: InjectSeaRequest): InjectResult {
    const { id, view, sea } = this.#options.ras.injectSea(vcpu, {
      access,
      ...(va !== undefined && { va }),
    });
    const { pc, exceptionLevel } = view;
    const exception = { vcpu: vcpu.index, pc, exceptionLevel, esr: sea.esr, pending: false };
    return { id, size: 0, exception };
  }
}

function elsewhere({ index }: Vcpu, level: number | undefined): RasvmError {
  return new RasvmError(
    'CONTROL',
    `vCPU ${index} was in EL${level} at none of its stops within ${STOP_PATIENCE / 1000} s: ask again, or leave that out`,
  );
}
