/** What a case needs of a guest, in whatever VMM it runs. */

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
import type { Exit } from '../vmm/child.ts';
import type { Vmm } from '../vmm/vmm.ts';
import type { ConsoleLine, Line } from './console.ts';
import type { FeedView } from './feed.ts';
import type { Fields } from './guest-line.ts';
import type { Throttle } from './throttle.ts';
import type { Page, PageKind, TouchKind, TouchResult } from './victim.ts';

/** An event and when it happened, in ms of performance.now(). */
export interface TimedEvent {
  at: number;
  event: EventMessage;
}

/** What a guest that is up says of itself. */
export interface Ready {
  /** uname -r */
  release: string;
  cpus: number;
  /** Bytes of a page of its kernel's. */
  pageSize: number;
}

/** Limits are in ms; what does not come within them rejects with {@link Silence}, a RasvmError CONTROL. */
export interface GuestUnderTest {
  readonly vmm: Vmm;
  /** Process id of the VMM. */
  readonly pid: number;
  /** Of the VMM, the program first. */
  readonly commandLine: readonly string[];
  /** What comes out of the guest: its console, and its agent on a serial port of its own. */
  readonly console: FeedView<ConsoleLine>;
  /** Of a VMM that tells any. */
  readonly events: FeedView<TimedEvent>;
  /** What the VMM itself says. */
  readonly log: readonly Line[];
  /** Of one that serves several cases: what its kernel has printed of all of them. */
  readonly throttle?: Throttle;
  /** How many cases it has served before; left out: it serves one alone. */
  readonly served?: number;

  /** The guest's user space is there. */
  ready(): Promise<Ready>;
  /** It is there anew, after a reboot. @param from mark of the console */
  readyAgain(from: number): Promise<void>;

  /**
   * Runs a command of native/guest/commands*.c; `help` lists them.
   * @param words as they are, or a list of words that may have anything in them
   * @returns the fields of its answer. Rejects with CONTROL if the guest says that it failed, or nothing.
   */
  command(words: string | readonly string[], limit?: number): Promise<Fields>;
  /** As {@link command}, with the content that belongs to the answer: a file's, a program's output. */
  ask(
    words: string | readonly (string | Uint8Array)[],
    limit?: number,
  ): Promise<{ fields: Fields; content: Buffer }>;
  /** Sends a command whose answer may not come, as those that end the machine. */
  send(words: string): void;

  /**
   * Lets a victim allocate pages (filled with their pattern); starts the victim if need be.
   * @param directory for the kinds that are files; /tmp if left out
   */
  allocate(victim: string, kind: PageKind, count?: number, directory?: string): Promise<Page[]>;
  touch(page: Page, how?: TouchKind): Promise<TouchResult>;
  /** All pages (of different victims) are touched at the same time. */
  race(pages: readonly Page[], how?: TouchKind): Promise<TouchResult[]>;
  /** One page is touched by several threads of its victim at once; at most 12. */
  crowd(page: Page, how: TouchKind, threads: number): Promise<TouchResult[]>;
  /** A child of a victim, a victim itself. @returns the pages that it shares, now as its own */
  fork(pages: readonly Page[], child: string): Promise<Page[]>;
  /** HardwareCorrupted of /proc/meminfo, in bytes. */
  hardwareCorrupted(): Promise<number>;

  /**
   * Loses a page. Of what a VMM cannot do it does what it can: lackOf (vmm/lacks.ts) and Vmm.means say it
   * before.
   */
  inject(request: Omit<InjectMemoryRequest, 'kind'>): Promise<Partial<Pick<InjectResult, 'id' | 'hva'>>>;
  /** @param block a Generic Error Status Block, told as it is */
  injectRecord(block: Uint8Array): Promise<InjectResult>;
  /** An SError or a synchronous external abort, for one vCPU. */
  injectException(request: InjectSerrorRequest | InjectSeaRequest): Promise<InjectResult>;
  status(): Promise<MachineStatus>;
  /** What its poison ledger has. */
  poison(): Promise<PoisonedPage[]>;
  /** Where its vCPUs stand, or one of them; also before it is ready. */
  registers(vcpu?: number): Promise<VcpuRegisters[]>;
  /** Resolves when its kernel has read the key; also before it is ready. */
  sysrq(key: string): Promise<void>;

  /** Asks the guest to power off, or ends it; one that stands still is ended. */
  stop(mode?: 'powerdown' | 'kill'): Promise<void>;
  /** Waits for the end of the VMM. */
  exit(limit?: number): Promise<Exit>;
  /** Ends it, whatever it does. */
  kill(): Promise<void>;
  /** The case is over, and has left it well: it may serve another. In place of kill(). */
  leave?(): Promise<void>;
}
