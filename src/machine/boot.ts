/** One boot of the guest: a KVM VM, its vCPUs and devices, from power-on to power-off or reset. */

import type { InjectResult, InjectSeaRequest, InjectSerrorRequest } from '../api/inject.ts';
import type { VcpuRegisters } from '../api/registers.ts';
import { RasvmError } from '../core/errors.ts';
import type { InterruptLine } from '../devices/device.ts';
import { ged } from '../devices/ged.ts';
import { pl011 } from '../devices/pl011.ts';
import { pl061 } from '../devices/pl061.ts';
import { readAck } from '../devices/read-ack.ts';
import type { EventLog } from '../events/event-log.ts';
import type { BootMethod, Prepared } from '../firmware/methods/boot-method.ts';
import { SYSTEM_EVENT, spi } from '../kvm/abi.ts';
import type { RasCapabilities } from '../kvm/host.ts';
import { REG } from '../kvm/registers.ts';
import { GuestMap } from '../memory/guest-map.ts';
import { type Addon, type GuestMemory, Hold, type Kvm, type Vcpu, type Vm } from '../native/binding.ts';
import { EventReader, type MemoryErrorEvent, type VmEvent } from '../native/events.ts';
import { PostHold } from '../native/post-hold.ts';
import { ADDRESS_MAP } from '../platform/address-map.ts';
import { type VirtServices, virtBoard } from '../platform/virt.ts';
import type { LostPage, PoisonLedger } from '../ras/errors/ledger.ts';
import { gsivNotification } from '../ras/notify/gsiv.ts';
import { WithoutRecord } from '../ras/policy/no-records.ts';
import { routeByTiming } from '../ras/policy/router.ts';
import { RasService } from '../ras/service.ts';
import { errorRecordsOf } from '../ras/sources/describe.ts';
import { type PlannedSource, SOURCES } from '../ras/sources/plan.ts';
import { errorRecordArea } from '../ras/sources/record-area.ts';
import { RecordMemory } from '../ras/sources/record-memory.ts';
import { readVcpu } from '../ras/vcpu/vcpu-registers.ts';
import { Bus } from './bus.ts';
import { Exceptions } from './exceptions.ts';
import { Failures } from './failures.ts';
import { GuestPanic, type PanicOutcome } from './guest-panic.ts';
import type { RunOptions } from './options.ts';
import { enterKernel, mpidrOf } from './processors.ts';
import type { RasMode } from './ras-mode.ts';
import { type FarEnd, SerialLine } from './serial-line.ts';
import { VcpuStops } from './vcpu-stops.ts';
import { type AssembledVm, assembleVm } from './vm.ts';

/** How a boot ends by itself. */
export type BootOutcome =
  | { kind: 'power-off' }
  | PanicOutcome
  | { kind: 'memory-error'; reason: string }
  | { kind: 'crash'; reason: string };

export interface BootOptions {
  options: RunOptions;
  addon: Addon;
  kvm: Kvm;
  memory: GuestMemory;
  ledger: PoisonLedger;
  events: EventLog;
  ras: RasMode;
  capabilities: RasCapabilities;
  console: FarEnd;
  /** Of the second serial port; left out: there is none. */
  serial?: FarEnd | undefined;
  onOutcome(outcome: BootOutcome): void;
  /** The guest stands still: its vCPUs can be looked at, and do not run any more. */
  onHalt(reason: string): void;
}

/** Different stray addresses that are told of; a guest that probes more is not worth a log. */
const STRAYS_TOLD = 16;

export class Boot {
  readonly ras: RasService;
  readonly console: SerialLine;
  readonly serial: SerialLine | undefined;
  readonly #options: BootOptions;
  readonly #vm: Vm;
  readonly #vcpus: readonly Vcpu[];
  readonly #stops = new VcpuStops((vcpu) => this.ras.holds(vcpu));
  readonly #exceptions: Exceptions;
  readonly #bus: Bus<VirtServices>;
  /** Guest memory by GPA: RAM, and the error records'. */
  readonly map: GuestMap<GuestMemory>;
  readonly #prepared: Prepared;
  #recordMemory: GuestMemory | undefined;
  readonly #events: EventReader;
  readonly #failures: Failures;
  readonly #acknowledgements: PostHold;
  readonly #output: PostHold;
  readonly #strays = new Set<number>();
  readonly #panic: GuestPanic;
  /** CLOCK_MONOTONIC of the event that is being handled. */
  #eventTime = 0n;
  /** How it ends, and why it stands still: known while events are handed out, acted upon when they are. */
  #outcome: BootOutcome | undefined;
  #haltReason: string | undefined;
  #halted = false;
  #ended = false;

  /** Assembles the machine, with what its guest starts with in memory. Nothing runs yet. */
  constructor(boot: BootOptions, method: BootMethod) {
    this.#options = boot;
    const { options, addon, kvm, memory, events, ras, capabilities } = boot;
    this.#failures = new Failures(events);
    this.#events = new EventReader(addon, {
      event: (event) => this.#event(event),
      handedOut: () => this.#handedOut(),
    });
    const { queue } = this.#events;
    this.#acknowledgements = new PostHold(queue, Hold.acknowledgement);
    this.#output = new PostHold(queue, Hold.output);
    const ram = { base: ADDRESS_MAP.ram.base, size: memory.size };
    let assembled: AssembledVm | undefined;
    try {
      assembled = assembleVm(kvm, queue, options.vcpus, ram);
      const { vm, vcpus, pmu } = assembled;
      this.#vm = vm;
      this.#vcpus = vcpus;
      const plan = method.name === 'acpi' && ras.resolved === 'on' ? SOURCES : [];
      const board = virtBoard({
        acpi: method.name === 'acpi',
        serial: boot.serial !== undefined,
        sources: plan.length,
      });
      this.#bus = new Bus(vm, board, this.#services());
      this.#panic = new GuestPanic({
        ...options.panic,
        events,
        spokeAt: () => this.console.spokeAt,
        finish: (outcome) => this.#finish(outcome),
      });
      this.console = new SerialLine(this.#bus.device(pl011, 'console')!, this.#consoleEnd(), this.#output);
      this.serial =
        boot.serial && new SerialLine(this.#bus.device(pl011, 'serial')!, boot.serial, this.#output);
      const { kernel, initrd, append } = options;
      this.#prepared = method.prepare(memory, {
        ...{ kernel, initrd, append, ram, board, mpidrs: vcpus.map(mpidrOf), pmu },
        errors: plan.length === 0 ? undefined : errorRecordsOf(plan),
        lost: boot.ledger,
      });
      this.map = this.#mapMemory(this.#prepared);
      this.ras = this.#rasService(this.#prepared, plan);
      this.#exceptions = new Exceptions({
        ...{ events, ras: this.ras, capabilities, stops: this.#stops },
        ledger: boot.ledger,
      });
    } catch (error) {
      assembled?.vm.close();
      this.#events.close();
      this.#recordMemory?.close();
      throw error;
    }
  }

  /** The first vCPU enters the guest where it starts, and all run. */
  powerOn(): void {
    enterKernel(this.#vcpus[0]!, this.#prepared.entry, this.#prepared.x0);
    for (const vcpu of this.#vcpus) vcpu.start();
  }

  #consoleEnd(): FarEnd {
    const { console } = this.#options;
    return {
      write: (bytes) => {
        this.#panic.output(bytes);
        return console.write(bytes);
      },
      onWanted: () => console.onWanted(),
    };
  }

  /** RAM, and memory of their own for error records: huge pages of the backing never hold both. */
  #mapMemory({ ram, records }: Prepared): GuestMap<GuestMemory> {
    const { addon, memory } = this.#options;
    const ranges = [{ gpa: ram.base, size: ram.size, memory, offset: 0 }];
    if (records !== undefined) {
      const { base, size } = records;
      this.#recordMemory = new addon.GuestMemory({ size, backing: 'anonymous', hugePageSize: 0 });
      ranges.push({ gpa: base, size, memory: this.#recordMemory, offset: 0 });
    }
    for (const [slot, { gpa, size, memory, offset }] of ranges.entries())
      this.#vm.setMemoryRegion(slot, 0, gpa, size, memory, offset);
    return new GuestMap(ranges);
  }

  /** What the devices of the board get from their machine. */
  #services(): VirtServices {
    return {
      pulse: ({ gsiv }: InterruptLine) => {
        this.#vm.irqLine(spi(gsiv), true);
        this.#vm.irqLine(spi(gsiv), false);
      },
      hold: this.#acknowledgements,
      onAcknowledge: (source) => this.ras.acknowledge(source, this.#eventTime),
      guestPanicked: (event) => {
        // Its words may be at hand already.
        this.console.device.drained();
        this.#panic.said(event);
      },
    };
  }

  #rasService({ firmware, records, guestPageSize }: Prepared, plan: readonly PlannedSource[]): RasService {
    const { events, ledger, ras, capabilities } = this.#options;
    const basics = {
      ...{ map: this.map, events, ledger, firmware, kvmInjects: capabilities.injectsDataAbort },
      withoutRecord: this.#withoutRecord(capabilities),
      endsAt: ras.onError === 'stop' ? (page: LostPage) => this.#endAt(page) : undefined,
    };
    const acknowledgements = this.#bus.device(readAck);
    if (records === undefined || acknowledgements === undefined)
      return new RasService({ ...basics, reason: ras.reason ?? 'no HEST' });
    const memory = new RecordMemory(this.map, records, errorRecordArea(plan.length));
    memory.initialize();
    return new RasService({
      ...basics,
      records: {
        ...{ plan, router: routeByTiming(plan), memory, readAck: acknowledgements, guestPageSize },
        notification: () => gsivNotification(() => this.#bus.device(ged)?.hardwareError()),
      },
    });
  }

  #withoutRecord(capabilities: RasCapabilities): WithoutRecord | undefined {
    const { events, ras } = this.#options;
    if (ras.late === 'sea') return undefined;
    return new WithoutRecord({
      ...{ how: ras.late, reason: ras.reason ?? '--ras notify=serror', events },
      host: capabilities,
      halt: (page, vcpu) => this.#halt(page, vcpu),
    });
  }

  #endAt(page: LostPage): boolean {
    this.#finish({ kind: 'memory-error', reason: `memory of the guest failed: ${named(page)}` });
    return true;
  }

  /** No vCPU runs any more; what each was doing stays as it is. */
  #halt(page: LostPage, vcpu: number): void {
    if (this.#halted) return;
    this.#halted = true;
    this.#stops.standStill(this.#vcpus, 'the guest stands still');
    this.#options.events.emit('machine.halted', { id: page.id, gpa: page.gpa, vcpu });
    this.#haltReason = `vCPU ${vcpu} stands on lost memory: ${named(page)}`;
    if (!this.#events.handingOut) this.#conclude();
  }

  /** Presses the power button. */
  powerButton(): void {
    const events = this.#bus.device(ged);
    if (events) events.powerButton();
    else this.#bus.device(pl061)?.press();
  }

  /** Of one vCPU, which there must be, or of all. */
  registers(vcpu?: number): Promise<VcpuRegisters[]> {
    const wanted = vcpu === undefined ? this.#vcpus : [this.#vcpu(vcpu)];
    return Promise.all(wanted.map((each) => this.#inspect(each)));
  }

  async #inspect(vcpu: Vcpu): Promise<VcpuRegisters> {
    const lease = await this.#stops.stop(vcpu, { held: true });
    try {
      return readVcpu(vcpu, lease.held);
    } catch (cause) {
      const why = (cause as Error).message;
      throw new RasvmError('CONTROL', `the registers of vCPU ${vcpu.index} cannot be read: ${why}`, {
        cause,
      });
    } finally {
      lease.release();
    }
  }

  /** An exception for a vCPU, which there must be. */
  injectException(request: InjectSerrorRequest | InjectSeaRequest): Promise<InjectResult> {
    return this.#exceptions.inject(this.#vcpu(request.vcpu), request);
  }

  /** A SIGBUS that no vCPU waits for. */
  memoryError(event: MemoryErrorEvent): void {
    this.#event(event);
  }

  /** The guest is reset: the VM ends, and lost memory is made whole. */
  reset(): void {
    this.#shutDown();
    this.ras.reset();
    this.#recordMemory?.close();
  }

  /** Ends the VM; its vCPUs are stopped when this returns. */
  close(): void {
    this.#shutDown();
    this.#recordMemory?.close();
  }

  /** All ends but memory. */
  #shutDown(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.ras.close();
    this.#stops.close('the guest has ended');
    this.#acknowledgements.close();
    this.#output.close();
    for (const vcpu of this.#vcpus) vcpu.stop();
    // What the guest has sent must not be lost with it.
    this.#events.finish();
    this.console.ready();
    this.serial?.ready();
    this.#drained();
    // A panic that was told in the last moment counts.
    this.#panic.close();
    this.#bus.close();
    this.#vm.close();
    this.#events.close();
  }

  #finish(outcome: BootOutcome): void {
    this.#outcome ??= outcome;
    if (!this.#events.handingOut) this.#conclude();
  }

  /** Acts upon what has come out of the events, when all that were at hand have been handed out. */
  #conclude(): void {
    if (this.#ended) return;
    const halt = this.#haltReason;
    this.#haltReason = undefined;
    if (halt !== undefined) this.#options.onHalt(halt);
    const outcome = this.#outcome;
    if (outcome === undefined || this.#ended) return;
    this.#shutDown();
    // A reset after a panic (panic=N) is the panic's end.
    this.#options.onOutcome(this.#panic.outcome(outcome));
  }

  #handedOut(): void {
    if (!this.#ended) this.#drained();
    this.#conclude();
  }

  #drained(): void {
    try {
      this.#bus.drained();
    } catch (error) {
      this.#failures.report('a device', error);
    }
  }

  #event(event: VmEvent): void {
    this.#eventTime = event.time;
    try {
      this.#handle(event);
    } catch (error) {
      this.#failures.report(`the handler of ${event.kind}`, error);
      this.#letGo(event);
    }
  }

  /**
   * A vCPU whose event could not be handled goes on, unless it was let go before, or nothing does any more.
   */
  #letGo(event: VmEvent): void {
    if (event.kind === 'posted-write' || event.vcpu === undefined || this.#standsStill) return;
    const vcpu = this.#vcpu(event.vcpu);
    if (vcpu.running) return;
    if (event.kind === 'mmio-read') vcpu.complete(0n);
    else vcpu.resume();
  }

  /** No vCPU is to run any more. */
  get #standsStill(): boolean {
    return this.#halted || this.#ended || this.#outcome !== undefined;
  }

  #handle(event: VmEvent): void {
    // Behind the end of the boot only what was sent before it counts.
    if (this.#ended || this.#outcome !== undefined) {
      if (event.kind === 'posted-write') this.#posted(event);
      return;
    }
    if (this.#halted) {
      this.#handleHalted(event);
      return;
    }
    const outcome = this.#handleRunning(event);
    if (outcome !== undefined) this.#finish(outcome);
  }

  /** @returns how the boot ends, if by this. */
  #handleRunning(event: VmEvent): BootOutcome | undefined {
    switch (event.kind) {
      case 'posted-write':
        this.#posted(event);
        return undefined;
      case 'mmio-read': {
        const vcpu = this.#vcpu(event.vcpu);
        const found = this.#bus.find(event.gpa);
        if (found === undefined) this.#stray(event, false);
        vcpu.complete(found?.device.read(found.offset, event.size) ?? 0n);
        return undefined;
      }
      case 'mmio-write': {
        const found = this.#bus.find(event.gpa);
        if (found === undefined) this.#stray(event, true);
        found?.device.write(found.offset, event.size, event.data);
        this.#vcpu(event.vcpu).resume();
        return undefined;
      }
      case 'memory-error':
        return this.#memoryError(event, event.vcpu === undefined ? undefined : this.#vcpu(event.vcpu));
      case 'arm-sea':
        return this.#armSea(event);
      case 'system-event':
        return systemEvent(event.type);
      case 'paused':
        this.#stops.paused(this.#vcpu(event.vcpu));
        return undefined;
      case 'hypercall':
        // None is asked for here; the guest goes on.
        this.#vcpu(event.vcpu).resume();
        return undefined;
      case 'arm-nisv':
        return this.#crash(
          event.vcpu,
          `an access to GPA 0x${event.gpa.toString(16)} by an instruction that cannot be emulated ` +
            `(ESR_EL2.ISS 0x${event.iss.toString(16)})`,
        );
      case 'run-failed':
        return this.#crash(event.vcpu, `KVM_RUN failed: ${event.error} (exit reason ${event.exitReason})`);
      case 'other-exit':
        return this.#crash(event.vcpu, `KVM exit ${event.exitReason}`);
    }
  }

  /** Whatever a vCPU asks for, it is not resumed; no error is lost. */
  #handleHalted(event: VmEvent): void {
    if (event.kind === 'posted-write') this.#posted(event);
    else if (event.kind === 'paused') this.#stops.paused(this.#vcpu(event.vcpu));
    else if (event.kind === 'memory-error')
      this.ras.signal(event, event.vcpu === undefined ? undefined : this.#vcpu(event.vcpu));
  }

  #posted({ gpa, data }: { gpa: number; data: bigint }): void {
    const found = this.#bus.find(gpa);
    found?.device.posted(found.offset, data);
  }

  #memoryError(event: MemoryErrorEvent, vcpu: Vcpu | undefined): BootOutcome | undefined {
    const foreign = this.ras.signal(event, vcpu);
    if (vcpu === undefined) return undefined;
    if (foreign === undefined) {
      this.#stops.held(vcpu);
      return undefined;
    }
    const where = `HVA 0x${foreign.hva.toString(16)}`;
    return this.#crash(vcpu.index, `a memory error at ${where}, which is not guest memory`);
  }

  #armSea(event: Extract<VmEvent, { kind: 'arm-sea' }>): BootOutcome | undefined {
    const { events } = this.#options;
    const { esr, gpa, gva } = event;
    events.emit('sea-exit', {
      vcpu: event.vcpu,
      esr,
      ...(gpa === undefined ? {} : { gpa }),
      ...(gva === undefined ? {} : { gva }),
    });
    if (
      gpa === undefined ||
      gpa < ADDRESS_MAP.ram.base ||
      gpa >= ADDRESS_MAP.ram.base + this.#options.memory.size
    ) {
      return this.#crash(
        event.vcpu,
        `a synchronous external abort at no known address (ESR 0x${esr.toString(16)})`,
      );
    }
    this.ras.seaExit(this.#vcpu(event.vcpu), gpa);
    this.#stops.held(this.#vcpu(event.vcpu));
    return undefined;
  }

  #crash(index: number, what: string): BootOutcome {
    const pc = this.#vcpu(index).getReg(REG.PC);
    return { kind: 'crash', reason: `vCPU ${index} cannot go on at PC 0x${pc.toString(16)}: ${what}` };
  }

  #stray({ vcpu, gpa, size }: { vcpu: number; gpa: number; size: number }, write: boolean): void {
    const page = gpa - (gpa % 4096);
    if (this.#strays.has(page) || this.#strays.size >= STRAYS_TOLD) return;
    this.#strays.add(page);
    this.#options.events.emit('machine.stray-access', { vcpu, gpa, write, size });
  }

  #vcpu(index: number): Vcpu {
    return this.#vcpus[index]!;
  }
}

function named({ id, gpa }: LostPage): string {
  return `GPA 0x${gpa.toString(16)} (error ${id})`;
}

function systemEvent(type: number): BootOutcome {
  if (type === SYSTEM_EVENT.SHUTDOWN) return { kind: 'power-off' };
  if (type === SYSTEM_EVENT.RESET) return { kind: 'reset' };
  return { kind: 'crash', reason: `KVM system event ${type}` };
}
