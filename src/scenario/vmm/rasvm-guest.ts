/**
 * A guest under test in rasvm: `rasvm run` as a child process, its events, and requests by its control
 * socket.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '../../api/events.ts';
import type {
  InjectMemoryRequest,
  InjectResult,
  InjectSeaRequest,
  InjectSerrorRequest,
} from '../../api/inject.ts';
import type { PoisonedPage } from '../../api/poison.ts';
import type { VcpuRegisters } from '../../api/registers.ts';
import type { MachineStatus } from '../../api/status.ts';
import type { ControlClient } from '../../control/client.ts';
import { RasvmError } from '../../core/errors.ts';
import { Feed } from '../guest/feed.ts';
import { guestInitramfs, withFiles } from '../guest/initramfs.ts';
import { pace } from '../guest/pace.ts';
import type { GuestUnderTest, Ready, TimedEvent } from '../guest/under-test.ts';
import { rasvmEntry } from '../installation.ts';
import { AgentGuest, agentSocket, guestName, LIMIT } from './agent-guest.ts';
import { ownDirectory } from './child.ts';
import { TEST_GUEST_WORDS, VMMS } from './vmm.ts';

export interface GuestOptions {
  /** Program and first arguments that stand for `rasvm`; this installation's own if left out. */
  entry?: readonly string[];
  /** Path of an arm64 Image. */
  kernel: string;
  name?: string;
  cpus?: number;
  /** As for --memory. */
  memory?: string;
  /** More words for the kernel's command line. */
  append?: string;
  /** Path of an initial RAM disk; left out: the one with the commands of native/guest. */
  initrd?: string;
  /** More files in it, by path: the quick way to bring modules in. */
  files?: Readonly<Record<string, Uint8Array>>;
  /** More arguments of `rasvm run`. */
  arguments?: readonly string[];
}

/** ms between attempts to connect. */
const POLL = 200;

export class RasvmGuest extends AgentGuest implements GuestUnderTest {
  readonly events: Feed<TimedEvent>;
  /** Made while the guest boots: loading gRPC takes a second on an emulated host. */
  readonly #connecting: Promise<ControlClient>;
  #control: ControlClient | undefined;

  /** Starts `rasvm run`; the guest boots meanwhile. */
  static async start(options: GuestOptions): Promise<RasvmGuest> {
    const given = options.initrd ?? (await guestInitramfs());
    const name = options.name ?? guestName();
    const directory = ownDirectory();
    const initrd = options.files ? join(directory, 'initrd') : given;
    if (options.files) await writeFile(initrd, withFiles(await readFile(given), options.files));
    return new RasvmGuest(name, directory, [
      ...(options.entry ?? rasvmEntry()),
      'run',
      ...['--kernel', options.kernel, '--initrd', initrd, '--name', name],
      ...['--serial', `unix:${agentSocket(directory)}`],
      // Kernels under test may have no driver for pvpanic, Debian's among them.
      ...['--panic-from', 'console'],
      // A runner that crashes, or is killed, leaves no guest behind.
      ...['--exit-with-parent', String(process.pid)],
      ...['--cpus', String(options.cpus ?? 1), '--memory', options.memory ?? '256M'],
      ...['--append', `${TEST_GUEST_WORDS} ${options.append ?? ''}`.trim()],
      ...(options.arguments ?? []),
    ]);
  }

  private constructor(name: string, directory: string, argv: readonly string[]) {
    const events = new Feed<TimedEvent>(`rasvm's events of ${name}`);
    super(VMMS.rasvm, { name, directory, argv, onEnd: (reason) => events.end(reason) });
    this.events = events;
    this.#connecting = this.#connect();
    // Whoever awaits ready() is told; a guest that ends before that is no unhandled error.
    this.#connecting.catch(() => {});
  }

  /** The guest's user space is there, and the control socket is connected. */
  override async ready(): Promise<Ready> {
    const ready = await super.ready();
    this.#control = await this.#connecting;
    return ready;
  }

  /** @param fields values that the event must have. */
  async event(
    kind: string,
    fields: Partial<EventMessage> = {},
    from = 0,
    limit: number = pace.stretch(LIMIT.event),
  ): Promise<EventMessage> {
    const test = ({ event }: TimedEvent) =>
      event.kind === kind && Object.entries(fields).every(([name, value]) => event[name] === value);
    const what = `event ${kind} ${JSON.stringify(fields)}`;
    return (await this.events.find(test, { what, limit, from })).event;
  }

  async inject(request: Omit<InjectMemoryRequest, 'kind'>): Promise<InjectResult> {
    return this.#connected().inject({ kind: 'memory', ...request });
  }

  /** @param block a Generic Error Status Block, told as it is */
  async injectRecord(block: Uint8Array): Promise<InjectResult> {
    return this.#connected().inject({ kind: 'record', block });
  }

  /** An SError or a synchronous external abort, for one vCPU. */
  async injectException(request: InjectSerrorRequest | InjectSeaRequest): Promise<InjectResult> {
    return this.#connected().inject(request);
  }

  async status(): Promise<MachineStatus> {
    return this.#connected().status();
  }

  /** What its poison ledger has. */
  async poison(): Promise<PoisonedPage[]> {
    return this.#connected().poison();
  }

  /** Where its vCPUs stand, or one of them; also before it is ready. */
  async registers(vcpu?: number): Promise<VcpuRegisters[]> {
    return (await this.#connecting).registers(vcpu);
  }

  /** Resolves when its kernel has read the key; also before it is ready. */
  async sysrq(key: string): Promise<void> {
    await (await this.#connecting).sysrq(key);
  }

  /** Asks the guest to power off, or ends it; one that stands still is ended. */
  async stop(mode: 'powerdown' | 'kill' = 'powerdown'): Promise<void> {
    try {
      await this.#connected().stop(mode);
    } catch (error) {
      // Its end may cut the connection before the answer.
      await this.exit(1000).catch(() => {
        throw error;
      });
    }
  }

  override async kill(): Promise<void> {
    void this.#connecting.then((control) => control.close()).catch(() => {});
    await super.kill();
  }

  /** Everything that was said, for the report of a failure. */
  transcript(): string {
    const lines = [
      ...this.console.items.map(({ at, text, from }) => ({
        at,
        text: from === 'agent' ? `[agent] ${text}` : text,
      })),
      ...this.log.map(({ at, text }) => ({ at, text: `[rasvm] ${text}` })),
      ...this.events.items.map(({ at, event }) => ({ at, text: `[event] ${JSON.stringify(event)}` })),
    ];
    return lines
      .sort((a, b) => a.at - b.at)
      .map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(9)} ${text}`)
      .join('\n');
  }

  #connected(): ControlClient {
    if (!this.#control) throw new RasvmError('CONTROL', `guest ${this.name} is not ready yet`);
    return this.#control;
  }

  /**
   * Tries until the machine has its name and socket and answers, which is some time before the guest does.
   */
  async #connect(): Promise<ControlClient> {
    const { connect } = await import('../../control/client.ts');
    const { findMachine } = await import('../../control/names.ts');
    for (const deadline = performance.now() + pace.bootLimit; ; await sleep(POLL)) {
      let control: ControlClient | undefined;
      try {
        control = connect(findMachine(this.name));
        void this.#follow(control, await machineOrigin(control));
        return control;
      } catch (error) {
        control?.close();
        if (this.child.ended || performance.now() > deadline || !isTemporary(error)) throw error;
      }
    }
  }

  async #follow(control: ControlClient, origin: number): Promise<void> {
    try {
      for await (const event of control.events({ since: 0, follow: true })) {
        this.events.push({ at: origin + event.time / 1e6, event });
      }
      this.events.end('the machine ended');
    } catch (error) {
      this.events.end((error as Error).message);
    }
  }
}

/** The machine is not there yet, or has not come to answering. */
function isTemporary(error: unknown): boolean {
  return error instanceof RasvmError && (error.code === 'NO_SUCH_MACHINE' || error.code === 'CONTROL');
}

/** When the machine's clock was zero, in ms of performance.now(): between a request and its answer. */
async function machineOrigin(control: ControlClient): Promise<number> {
  let best = { width: Number.POSITIVE_INFINITY, origin: 0 };
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    const { uptime } = await control.status();
    const width = performance.now() - before;
    if (width < best.width) best = { width, origin: before + width / 2 - uptime / 1e6 };
  }
  return best.origin;
}
