/**
 * A running guest: the only place that knows the whole. One KVM VM a boot (a reset closes it and makes a new one, so
 * that nothing of the old machine is left); RAM, poison ledger, console and control outlive it.
 */

import type { InjectRequest, InjectResult } from '../api/inject.ts';
import type { ControlledMachine, ErrorSourceState, MeasuredMachine } from '../api/machine.ts';
import type { PoisonedPage } from '../api/poison.ts';
import type { VcpuRegisters } from '../api/registers.ts';
import type { MachineStatus } from '../api/status.ts';
import { monotonicNow } from '../core/clock.ts';
import { RasvmError } from '../core/errors.ts';
import { sleep } from '../core/sleep.ts';
import { EventLog } from '../events/event-log.ts';
import { acpiDirect } from '../firmware/methods/acpi-direct.ts';
import type { BootMethod } from '../firmware/methods/boot-method.ts';
import { deviceTree } from '../firmware/methods/device-tree.ts';
import { TableSource, TablesNotMade } from '../firmware/table-source.ts';
import { hasMemoryFailure } from '../host/memory-failure.ts';
import { type RasCapabilities, rasCapabilities } from '../kvm/host.ts';
import { GuestMap } from '../memory/guest-map.ts';
import { createGuestRam } from '../memory/guest-ram.ts';
import { LossWatch } from '../memory/loss-watch.ts';
import type { Addon, GuestMemory, Kvm, NativeError, SigbusListener } from '../native/binding.ts';
import { EventReader, type VmEvent } from '../native/events.ts';
import { ADDRESS_MAP } from '../platform/address-map.ts';
import { PoisonLedger } from '../ras/errors/ledger.ts';
import { restoreMemory } from '../ras/errors/restore.ts';
import { Boot, type BootOptions, type BootOutcome } from './boot.ts';
import type { Console } from './console.ts';
import { afterErrors } from './error-limit.ts';
import { loseMemory, reportLoss } from './lose-memory.ts';
import type { RunOptions } from './options.ts';
import { leftOutBytes, poisonedPages } from './poisoned-pages.ts';
import { type RasMode, resolveRas } from './ras-mode.ts';
import { Rehearsal } from './rehearsal.ts';
import type { FarEnd } from './serial-line.ts';

/** A guest that was asked to power off and has not after so long (ms) is ended. */
const POWER_DOWN_PATIENCE = 30_000;

/**
 * ms for a guest to read a SysRq key. One that lives does so at once, unless its host has no time for it, or it prints what
 * the key before asked for, all in one interrupt: as long as it speaks, it may take `most`.
 */
const SYSRQ_PATIENCE = { silence: 5000, most: 20_000 } as const;
const UNREAD =
  'the guest does not read its console: no CPU takes the interrupt of its serial port, or it has no driver for it';
/** ms. Linux takes the last of several keys that it reads in one interrupt. */
const SYSRQ_POLL = 20;

/** ms until the path of an error is rehearsed: a guest that boots has better use for the processor. */
const REHEARSAL_DELAY = 1500;

/** Each loss on the way costs one. */
const BOOT_ATTEMPTS = 4;

/** What a serial port of the machine leads to; see console.ts and serial-socket.ts. */
export type SerialEnd = Pick<Console, 'write' | 'onDrain' | 'resumeInput'>;

/** `serial` is there if and only if the options ask for a second port. */
export interface SerialEnds {
  console: SerialEnd;
  serial?: SerialEnd | undefined;
}

/** What a machine runs on; it closes `kvm` at its end. */
export interface Host {
  addon: Addon;
  kvm: Kvm;
}

export class Machine implements ControlledMachine, MeasuredMachine {
  readonly name: string;
  readonly events = new EventLog();
  /** Resolves to the exit status when the guest has ended. */
  readonly finished: Promise<number>;
  readonly #options: RunOptions;
  readonly #addon: Addon;
  readonly #ends: SerialEnds;
  readonly #kvm: Kvm;
  readonly #ras: RasMode;
  readonly #capabilities: RasCapabilities;
  readonly #memory: GuestMemory;
  readonly #tables: TableSource;
  readonly #ledger = new PoisonLedger();
  readonly #sigbusEvents: EventReader;
  readonly #sigbus: SigbusListener;
  readonly #losses = new LossWatch(() => this.#boot?.ras.scanSoon());
  readonly #started = process.hrtime.bigint();
  #boot: Boot | undefined;
  #boots = 0;
  /** CLOCK_MONOTONIC, ns. */
  #bootedAt = 0n;
  #state: MachineStatus['state'] = 'starting';
  #haltReason = '';
  #rehearsalTimer: NodeJS.Timeout | undefined;
  #rehearsal: Rehearsal | undefined;
  #powerDownTimer: NodeJS.Timeout | undefined;
  #finish!: (status: number) => void;

  /** @throws RasvmError for what cannot be had here */
  constructor(name: string, options: RunOptions, { addon, kvm }: Host, ends: SerialEnds) {
    this.name = name;
    this.#options = options;
    this.#addon = addon;
    this.#ends = ends;
    this.#kvm = kvm;
    this.#capabilities = rasCapabilities(this.#kvm);
    this.#ras = resolveRas(options, { kvm: this.#capabilities, memoryFailure: hasMemoryFailure() });
    this.#memory = createGuestRam(addon, options);
    const { vcpus, memory, serial } = options;
    this.#tables = new TableSource([vcpus, memory, this.#ras.resolved, serial ? 'serial' : ''].join('-'));
    this.#sigbusEvents = new EventReader(addon, { event: (event) => this.#onSigbus(event) });
    const { queue } = this.#sigbusEvents;
    this.#sigbus = addon.startSigbus(queue, this.#ras.listens);
    queue.unref();
    ends.console.onDrain(() => this.#boot?.console.ready());
    ends.serial?.onDrain(() => this.#boot?.serial?.ready());
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Boots the guest; its first vCPU runs when this resolves. @throws RasvmError for what it cannot boot with */
  async start(): Promise<void> {
    const { stopAfter } = this.#options;
    if (stopAfter !== undefined) afterErrors(this.events, stopAfter, () => this.#tooManyErrors(stopAfter));
    const { vcpus, memory, acpi } = this.#options;
    if (acpi) await this.#tables.prepare();
    if (this.#isStopped) return;
    await this.#bootWithTables();
    if (this.#isStopped) return;
    this.#state = 'running';
    this.events.emit('machine.started', { vcpus, memory, boot: acpi ? 'acpi' : 'device-tree' });
    for (const message of this.#ras.lacks) this.events.emit('machine.warning', { message });
    if (this.#ras.listens) this.#losses.start();
    if (this.#ras.resolved === 'on') this.#rehearseSoon();
  }

  #rehearseSoon(): void {
    const kvmInjects = this.#capabilities.injectsDataAbort;
    this.#rehearsalTimer = setTimeout(() => {
      try {
        this.#rehearsal = new Rehearsal({ addon: this.#addon, kvmInjects });
      } catch (error) {
        this.events.emit('machine.warning', {
          message: `the first memory error will be told late: ${String(error)}`,
        });
      }
    }, REHEARSAL_DELAY).unref();
  }

  /** Characters for the guest's console. `false`: enough; the console's resumeInput() is called for more. */
  input(bytes: Uint8Array): boolean {
    return this.#boot?.console.input(bytes) ?? true;
  }

  /** Characters for the guest's second serial port, as {@link input}. */
  serialInput(bytes: Uint8Array): boolean {
    return this.#boot?.serial?.input(bytes) ?? true;
  }

  /**
   * With the tables that are kept, or where these do not fit with new ones: memory that was lost has moved them, or another
   * version of KVM numbers vCPUs otherwise.
   */
  async #bootWithTables(): Promise<void> {
    try {
      this.#bootGuest();
    } catch (error) {
      if (!(error instanceof TablesNotMade)) throw error;
      this.#boot = undefined;
      await this.#tables.load();
      if (!this.#isStopped) this.#bootGuest();
    }
  }

  /** A page may be lost while the guest is put into memory: it is made whole, or left out, and all begins again. */
  #bootGuest(): void {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#boot = this.#newBoot();
        this.#boots++;
        this.#bootedAt = process.hrtime.bigint();
        return;
      } catch (error) {
        if ((error as NativeError).code !== 'EHWPOISON' || attempt === BOOT_ATTEMPTS) throw error;
        const ram = { gpa: ADDRESS_MAP.ram.base, size: this.#memory.size, memory: this.#memory, offset: 0 };
        restoreMemory({ map: new GuestMap([ram]), ledger: this.#ledger, events: this.events });
      }
    }
  }

  #newBoot(): Boot {
    const boot = this.#assemble(this.#options.acpi ? acpiDirect(this.#tables) : deviceTree);
    boot.powerOn();
    return boot;
  }

  #assemble(method: BootMethod): Boot {
    const given: BootOptions = {
      options: this.#options,
      addon: this.#addon,
      kvm: this.#kvm,
      memory: this.#memory,
      ledger: this.#ledger,
      events: this.events,
      ras: this.#ras,
      capabilities: this.#capabilities,
      console: farEnd(this.#ends.console),
      serial: this.#ends.serial && farEnd(this.#ends.serial),
      onOutcome: (outcome) => this.#onOutcome(outcome),
      onHalt: (reason) => this.#onHalt(reason),
    };
    return new Boot(given, method);
  }

  /** What stops it may come while something is awaited. */
  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #onOutcome(outcome: BootOutcome): void {
    switch (outcome.kind) {
      case 'power-off':
        this.#end(0, 'the guest powered off');
        break;
      case 'reset':
        void this.#reset();
        break;
      case 'panic':
        this.#endWith('GUEST_PANIC', `the guest panicked${because(outcome.reason)}`);
        break;
      case 'memory-error':
        this.#endWith('GUEST_MEMORY_ERROR', `${outcome.reason}; --ras on-error=stop`);
        break;
      case 'crash':
        this.#endWith('GUEST_CRASH', outcome.reason);
        break;
    }
  }

  #onHalt(reason: string): void {
    this.#haltReason = reason;
    // A guest that was asked to power off will not do it now.
    if (this.#state === 'stopping') this.#endWith('GUEST_MEMORY_ERROR', reason);
    else this.#state = 'stopped-on-error';
  }

  async #reset(): Promise<void> {
    this.events.emit('machine.reset', { count: this.#boots });
    this.#boot?.reset();
    try {
      await this.#bootWithTables();
      if (this.#isStopped) return;
      // What waited for the old machine to read is gone with it.
      this.#ends.console.resumeInput();
      this.#ends.serial?.resumeInput();
    } catch (error) {
      this.#end(
        error instanceof RasvmError ? error.exitStatus : 1,
        `the guest could not be booted again: ${(error as Error).message}`,
      );
    }
  }

  #tooManyErrors(limit: number): void {
    const errors = limit === 1 ? 'a memory error was met' : `${limit} memory errors were met`;
    this.#endWith('ERROR_LIMIT', `${errors}, the limit of --stop-after`);
  }

  #endWith(
    code: 'GUEST_PANIC' | 'GUEST_CRASH' | 'GUEST_STOPPED' | 'GUEST_MEMORY_ERROR' | 'ERROR_LIMIT',
    reason: string,
  ): void {
    this.#end(new RasvmError(code, reason).exitStatus, reason);
  }

  #end(status: number, reason: string): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    clearTimeout(this.#powerDownTimer);
    this.#boot?.close();
    clearTimeout(this.#rehearsalTimer);
    this.#rehearsal?.end();
    this.#losses.close();
    this.#sigbus.close();
    this.#sigbusEvents.close();
    this.#kvm.close();
    this.events.emit('machine.stopped', { reason, status });
    this.events.flush();
    this.#finish(status);
  }

  #onSigbus(event: VmEvent): void {
    // An error before it may have been the machine's end.
    if (event.kind !== 'memory-error' || this.#state === 'stopped') return;
    if (event.time >= this.#bootedAt || this.#isLost(event.hva)) this.#boot?.memoryError(event);
  }

  /** A signal from before the boot may be about a page that has been made whole since. */
  #isLost(hva: number): boolean {
    const { pageSize, size } = this.#memory;
    const offset = hva - this.#memory.hva;
    if (offset < 0 || offset >= size) return true;
    return this.#memory.findPoison(offset - (offset % pageSize), pageSize).length > 0;
  }

  async stop(mode: 'powerdown' | 'kill'): Promise<void> {
    if (this.#state === 'stopped') return;
    if (this.#state === 'stopped-on-error') {
      this.#endWith('GUEST_MEMORY_ERROR', this.#haltReason);
      return;
    }
    if (mode === 'kill' || this.#boot === undefined) {
      this.#endWith('GUEST_STOPPED', 'stopped as asked');
      return;
    }
    this.events.emit('machine.powerdown', { asked: 'power button' });
    this.#state = 'stopping';
    this.#powerDownTimer ??= setTimeout(
      () => this.#endWith('GUEST_STOPPED', `the guest did not power off in ${POWER_DOWN_PATIENCE / 1000} s`),
      POWER_DOWN_PATIENCE,
    );
    this.#boot.powerButton();
  }

  async inject(request: InjectRequest): Promise<InjectResult> {
    if (request.kind === 'record') return this.#injectRecord(request.block);
    if (request.kind !== 'memory') {
      this.#checkVcpu(request.vcpu);
      return this.#running().injectException(request);
    }
    const boot = this.#running();
    const losing = {
      ...{ map: boot.map, ledger: this.#ledger, events: this.events, ras: boot.ras },
    };
    return request.via === 'record' ? reportLoss(request, losing) : loseMemory(request, losing);
  }

  errorSources(): ErrorSourceState[] {
    return this.#boot?.ras.sources() ?? [];
  }

  poison(): PoisonedPage[] {
    return poisonedPages(this.#ledger);
  }

  async registers(vcpu?: number): Promise<VcpuRegisters[]> {
    if (vcpu !== undefined) this.#checkVcpu(vcpu);
    return this.#present().registers(vcpu);
  }

  /** @throws RasvmError USAGE */
  #checkVcpu(vcpu: number): void {
    const { vcpus } = this.#options;
    if (vcpu < vcpus) return;
    const there = vcpus === 1 ? 'only vCPU 0' : `vCPUs 0 to ${vcpus - 1}`;
    throw new RasvmError('USAGE', `there is no vCPU ${vcpu}: the machine has ${there}`);
  }

  async sysrq(key: string): Promise<void> {
    const { console } = this.#running();
    if (!console.breakAndInput(Buffer.from(key))) throw new RasvmError('CONTROL', UNREAD);
    this.events.emit('machine.sysrq', { key });
    const asked = monotonicNow();
    while (!console.inputRead) {
      const now = monotonicNow();
      const silence = now - Math.max(asked, console.spokeAt);
      if (silence > SYSRQ_PATIENCE.silence || now - asked > SYSRQ_PATIENCE.most) {
        throw new RasvmError('CONTROL', UNREAD);
      }
      await sleep(SYSRQ_POLL);
      // The key may have been the one that resets or ends the guest, which has read it then.
      if (this.#boot?.console !== console || this.#state === 'stopped') return;
    }
  }

  /** A guest that runs. @throws RasvmError CONTROL */
  #running(): Boot {
    if (this.#state === 'stopped-on-error') {
      const still = `the guest stands still: ${this.#haltReason}`;
      throw new RasvmError('CONTROL', `${still}; look at it by rasvm registers, end it by rasvm stop`);
    }
    return this.#present();
  }

  /** @throws RasvmError CONTROL */
  #present(): Boot {
    if (this.#boot === undefined || this.#state === 'stopped')
      throw new RasvmError('CONTROL', 'the guest has ended');
    return this.#boot;
  }

  async #injectRecord(block: Uint8Array): Promise<InjectResult> {
    const { givenRecord } = await import('../ras/records/given-record.ts');
    const record = givenRecord(block);
    const boot = this.#running();
    const id = this.#ledger.nextId();
    const size = block.byteLength;
    this.events.emit('injected', { id, size, via: 'record', tell: 'early' });
    boot.ras.give(id, record);
    return { id, size };
  }

  status(): MachineStatus {
    const { vcpus, memory, acpi, ras, shared, hugePageSize } = this.#options;
    return {
      name: this.name,
      pid: process.pid,
      state: this.#state,
      uptime: Number(process.hrtime.bigint() - this.#started),
      vcpus,
      memory,
      ram: [{ gpa: ADDRESS_MAP.ram.base, size: memory }],
      leftOut: leftOutBytes(this.#ledger),
      backing: shared ? 'memfd' : 'anonymous',
      hugePageSize,
      acpi,
      ras: { asked: ras.mode, resolved: this.#ras.resolved, early: this.#ras.early },
      rss: process.memoryUsage.rss(),
      errors: this.#boot?.ras.counts() ?? { total: 0, queued: 0, told: 0, acknowledged: 0, untold: 0 },
    };
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function farEnd(end: SerialEnd): FarEnd {
  return { write: (bytes) => end.write(bytes), onWanted: () => end.resumeInput() };
}
