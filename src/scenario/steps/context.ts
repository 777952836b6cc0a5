/** What a step has to work with while its case runs. */

import type { ConsoleLine } from '../guest/console.ts';
import type { FeedView } from '../guest/feed.ts';
import type { Guest, TimedEvent } from '../guest/guest.ts';
import type { TouchResult } from '../guest/victim.ts';
import type { GuestState } from '../language/schema-expect.ts';
import type { Values } from '../language/values.ts';
import type { Check } from '../run/result.ts';
import type { ReportClass, Throttle } from '../run/throttle.ts';
import type { AgentGuest } from '../vmm/agent-guest.ts';

/** What a case needs of a guest, in whatever VMM it runs. */
export interface GuestUnderTest
  extends OfAnyVmm,
    Pick<Guest, 'injectRecord' | 'injectException' | 'status' | 'poison' | 'registers' | 'sysrq' | 'stop'> {
  /** Of a VMM that tells any. */
  readonly events: FeedView<TimedEvent>;
  readonly console: FeedView<ConsoleLine>;
  /** Loses a page. Of what a VMM cannot do it does what it can: Vmm.lack and Vmm.means say it before. */
  inject(...request: Parameters<Guest['inject']>): Promise<{ id?: number; hva?: number }>;
  /** Of one that serves several cases: what its kernel has printed of all of them. */
  readonly throttle?: Throttle;
  /** How many cases it has served before; left out: it serves one alone. */
  readonly served?: number;
  /** The case is over, and has left it well: it may serve another. In place of kill(). */
  leave?(): Promise<void>;
}

type OfAnyVmm = Pick<
  AgentGuest,
  | 'vmm'
  | 'log'
  | 'commandLine'
  | 'pid'
  | 'ready'
  | 'readyAgain'
  | 'command'
  | 'ask'
  | 'send'
  | 'allocate'
  | 'touch'
  | 'race'
  | 'crowd'
  | 'fork'
  | 'hardwareCorrupted'
  | 'exit'
  | 'kill'
>;

/** A moment: how much had been seen by then. */
export interface Mark {
  event: number;
  line: number;
}

/** What the guest is to be told next. */
export interface Telling {
  /** How many records at once; left out: one. */
  count?: number;
  class?: ReportClass;
  /** What is the same for the same record; left out: there is none like it. */
  same?: string;
}

/** A touch that goes on. */
export interface Pending {
  ended: Promise<TouchResult>;
  judge(touch: TouchResult): void;
}

export interface StepContext {
  readonly guest: GuestUnderTest;
  /** What steps before have given names to. */
  readonly values: Values;
  /** Bytes of a page of guest RAM's backing. */
  readonly backingPage: number;
  /** The case has come to its end meanwhile: nothing more is waited for. */
  readonly over: boolean;
  /** Of how long is usually waited for what has not come yet, the part that is waited here. */
  readonly patience: number;
  /** What the runner does now. */
  say(text: string): void;
  judged(...checks: Check[]): void;
  /** Errors were made: what goes wrong from here on is the guest's failure, or rasvm's. */
  harmed(): void;
  /** Waits until the guest's kernel would print what it is told next. */
  space(telling: Telling): Promise<void>;
  mark(name: string): void;
  /** @param name left out: since the guest was started */
  since(name?: string): Mark;
  /** The bytes of a file beside the scenario. @throws RasvmError FILE */
  file(name: string): Uint8Array;
  /** Is waited for before the next step in the guest. */
  goesOn(pending: Pending): void;
  /** How the guest is, or how it ended. @param limit ms */
  judgeGuest(state: GuestState, since: Mark, limit: number): Promise<void>;
}
