/** What a step has to work with while its case runs. */

import type { ReportClass } from '../guest/throttle.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { TouchResult } from '../guest/victim.ts';
import type { Check } from '../judge/check.ts';
import type { Mark } from '../judge/judge-guest.ts';
import type { GuestState } from '../language/schema-expect.ts';
import type { Values } from '../language/values.ts';

/** What is to be reported to the guest next. */
export interface NextReport {
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
  /** Waits until the guest's kernel would print what is reported to it next. */
  space(next: NextReport): Promise<void>;
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
