/** One case from the guest's start to its end: steps, expectations, and all that was seen as a result. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '../../api/events.ts';
import { RasvmError } from '../../core/errors.ts';
import { Silence } from '../guest/feed.ts';
import { pace } from '../guest/pace.ts';
import { Throttle } from '../guest/throttle.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { Check } from '../judge/check.ts';
import { diagnose } from '../judge/diagnosis.ts';
import { askGuest, factsOf, type GuestFacts } from '../judge/diagnosis-facts.ts';
import { judgeGuest, type Mark } from '../judge/judge-guest.ts';
import { readBeside } from '../language/load.ts';
import { actionOf, type Step } from '../language/schema.ts';
import type { GuestState } from '../language/schema-expect.ts';
import { bytesOf, milliseconds } from '../language/schema-values.ts';
import { Values } from '../language/values.ts';
import { VERBS } from '../language/verbs/index.ts';
import type { Verb } from '../language/verbs/verb.ts';
import type { Row } from '../report/timeline.ts';
import type { NextReport, Pending, StepContext } from '../steps/context.ts';
import { runStep } from '../steps/index.ts';
import { lackOf } from '../vmm/lacks.ts';
import { DEFAULT_VMM, type VmmName } from '../vmm/names.ts';
import type { GuestRequest } from '../vmm/vmm.ts';
import { type Case, machineOf, type Observer } from './case.ts';
import { aboutCase, brokenCase, logOf, machineOutput, outcomeOf, Skip, timelineOf } from './case-result.ts';
import { type Surroundings, unmet } from './conditions.ts';
import { backingPageOf, reserveHugePages } from './huge-pages.ts';
import type { CaseResult, Cause, Stuck } from './result.ts';
import { lookInto } from './stuck.ts';

export interface ExecuteOptions {
  /** A guest that boots for this case alone. */
  start(request: GuestRequest): Promise<GuestUnderTest>;
  /** One that may have served other cases, and may serve more; left out: each case has its own. */
  share?(request: GuestRequest): Promise<GuestUnderTest>;
  observer: Observer;
  /** The host; of the guest's kernel the case says what is known. */
  host: Omit<Surroundings, 'kernel' | 'config'>;
  /** An event's fields in words. */
  words(event: EventMessage): string;
  /**
   * Of a case that is to fail: waits but a part of the time for what does not come, and ends with the first
   * failure.
   */
  expectFailure?: { patience: number };
}

/** ms. */
const LIMIT = { case: 180_000, end: 20_000 } as const;

const START: Mark = { event: 0, line: 0 };
/** The part of the usual time that is waited for what does not come, where something did not come already. */
const AFTER_FAILURE = 0.25;

/**
 * Runs a case to its end, whatever happens; it does not reject. One that does not pass in a guest that served
 * others before is run again in its own, and that counts.
 */
export async function runCase(what: Case, options: ExecuteOptions): Promise<CaseResult> {
  options.observer.caseStarted(what);
  let result = await new CaseRun(what, options).run();
  if (result.served && (result.outcome === 'failed' || result.outcome === 'broken')) {
    const { served, reason = '' } = result;
    const { share: _, ...alone } = options;
    result = { ...(await new CaseRun(what, alone).run()), before: { served, reason } };
  }
  options.observer.caseEnded(result);
  return result;
}

class CaseRun {
  readonly #case: Case;
  readonly #options: ExecuteOptions;
  readonly #began = performance.now();
  readonly #values = new Values();
  #throttle: Throttle | undefined;
  readonly #marks = new Map<string, Mark>();
  readonly #checks: Check[] = [];
  readonly #steps: Row[] = [];
  #guest: GuestUnderTest | undefined;
  #release: string | undefined;
  #pending: Pending | undefined;
  #harmed = false;
  #stuck: Stuck | undefined;
  /** The guest's console from where it was looked into: for the log, too much for the story. */
  #silentFrom: number | undefined;
  /** How the guest ended was judged. */
  #ended = false;
  #facts: GuestFacts = {};
  #over = false;
  #up = false;
  #isUp: () => void = () => {};

  constructor(what: Case, options: ExecuteOptions) {
    this.#case = what;
    this.#options = options;
    this.#release = what.kernel.release;
  }

  /** It does not reject. */
  async run(): Promise<CaseResult> {
    try {
      const fault = await this.#fault();
      return this.#result(fault);
    } catch (error) {
      // Nothing of it is known to be right.
      return brokenCase(this.#case, error, performance.now() - this.#began);
    }
  }

  /** Runs the case, and ends what was begun for it. @returns what kept it from going on to its end */
  async #fault(): Promise<unknown> {
    const { limit } = this.#case.scenario;
    const late = new AbortController();
    // The boot has a limit of its own.
    const up = new Promise<void>((resolve) => {
      this.#isUp = resolve;
    });
    const deadline = up.then(async () => {
      const most = pace.stretch(limit === undefined ? LIMIT.case : milliseconds(limit));
      await sleep(most, undefined, { signal: late.signal });
      throw new Silence(`the case did not end within ${Math.round(most / 100) / 10} s`);
    });
    deadline.catch(() => {});
    let giveBack: (() => void) | undefined;
    let fault: unknown;
    try {
      this.#require(this.#case.scenario.when);
      const lack = lackOf(this.#vmm, this.#case.scenario);
      if (lack !== undefined) throw new Skip(lack);
      giveBack = this.#reserve();
      await Promise.race([this.#whole(), deadline]);
    } catch (error) {
      fault = error;
    } finally {
      this.#over = true;
      late.abort();
    }
    try {
      if (fault !== undefined && !(fault instanceof Skip)) await this.#askWhy();
      if (fault instanceof Silence && !this.#options.expectFailure) await this.#lookInto();
      const isWell = fault === undefined && !this.#hasFailed && !this.#ended;
      if (isWell && this.#guest?.leave) await this.#guest.leave();
      else await this.#guest?.kill();
    } catch (error) {
      fault ??= error;
    } finally {
      giveBack?.();
    }
    return fault;
  }

  get #vmm(): VmmName {
    return this.#case.vmm ?? DEFAULT_VMM;
  }

  get #machine(): GuestRequest['machine'] {
    return machineOf(this.#case);
  }

  #unmet(condition: Step['when']): string | undefined {
    return unmet(condition, {
      ...this.#options.host,
      kernel: this.#release,
      config: this.#case.kernel.config,
    });
  }

  #require(condition: Step['when']): void {
    const why = this.#unmet(condition);
    if (why !== undefined) throw new Skip(why);
  }

  #reserve(): (() => void) | undefined {
    const { hugepages, memory } = this.#machine;
    if (hugepages === undefined) return undefined;
    try {
      return reserveHugePages(hugepages, bytesOf(memory));
    } catch (error) {
      throw error instanceof RasvmError ? new Skip(error.message) : error;
    }
  }

  async #whole(): Promise<void> {
    this.#say('starts the guest');
    const isShared = this.#options.share && !this.#case.scenario.alone && !this.#machine.hugepages;
    const guest = await this.#options[isShared ? 'share' : 'start']!({
      vmm: this.#vmm,
      kernel: this.#case.kernel.image,
      machine: this.#machine,
    });
    this.#guest = guest;
    this.#throttle = guest.throttle ?? new Throttle(guest.console);
    // The end may have come meanwhile.
    if (this.#over) return guest.kill();
    this.#release = (await guest.ready()).release;
    this.#up = true;
    this.#isUp();
    this.#say(
      guest.served
        ? `the guest runs Linux ${this.#release} and has served ${guest.served} cases`
        : `the guest is up: Linux ${this.#release}`,
    );
    this.#require(this.#case.scenario.when);
    const context = this.#context(guest);
    for (const step of this.#case.scenario.steps) {
      if (this.#over) return;
      const action = actionOf(step);
      const why = this.#unmet(step.when);
      if (why !== undefined) {
        this.#say(`leaves out ${action.verb}: ${why}`);
        continue;
      }
      const { byTheHost }: Verb = VERBS[action.verb];
      if (!byTheHost) await this.#join();
      await runStep(action, context);
      if (this.#options.expectFailure && this.#hasFailed) break;
    }
    await this.#join();
    if (this.#hasFailed) {
      await this.#askWhy();
      if (this.#options.expectFailure) return;
    }
    if (!this.#ended) await this.#judgeGuest(guest.leave ? 'runs' : 'powersOff', START, LIMIT.end);
  }

  get #hasFailed(): boolean {
    return this.#checks.some(({ proved }) => !proved);
  }

  /** Once; a guest that does not come up cannot answer. */
  async #askWhy(): Promise<void> {
    if (this.#guest && this.#facts.commandLine === undefined) this.#facts = await askGuest(this.#guest);
  }

  async #lookInto(): Promise<void> {
    const guest = this.#guest;
    if (!guest) return;
    this.#say('the guest is silent: asks for its registers and for backtraces');
    this.#silentFrom = guest.console.mark;
    this.#stuck = await lookInto(guest);
  }

  #context(guest: GuestUnderTest): StepContext {
    const isOver = () => this.#over;
    const patience = () => this.#options.expectFailure?.patience ?? (this.#hasFailed ? AFTER_FAILURE : 1);
    return {
      guest,
      values: this.#values,
      backingPage: backingPageOf(this.#machine),
      get over() {
        return isOver();
      },
      get patience() {
        return patience();
      },
      say: (text) => this.#say(text),
      judged: (...checks) => this.#checks.push(...checks),
      harmed: () => {
        this.#harmed = true;
      },
      space: (next) => this.#space(next),
      mark: (name) => this.#marks.set(name, { event: guest.events.mark, line: guest.console.mark }),
      since: (name) => (name === undefined ? START : (this.#marks.get(name) ?? START)),
      file: (name) => readBeside(this.#case.scenario, name),
      goesOn: (pending) => {
        // Its failure is known when it is awaited.
        pending.ended.catch(() => {});
        this.#pending = pending;
      },
      judgeGuest: (state, since, limit) => this.#judgeGuest(state, since, limit),
    };
  }

  async #space(next: NextReport): Promise<void> {
    const throttle = this.#throttle!;
    const wait = throttle.wait(performance.now(), next);
    if (wait > 0) {
      this.#say(`waits ${(wait / 1000).toFixed(1)} s, until the guest's kernel prints the next record`);
      await sleep(wait);
    }
    if (next.same !== undefined) throttle.reported(next.same, performance.now());
  }

  async #join(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) pending.judge(await pending.ended);
  }

  async #judgeGuest(state: GuestState, since: Mark, limit: number): Promise<void> {
    // A guest that oopsed cannot have the log of one that lived well.
    if (state !== 'runs') this.#ended = true;
    if (state === 'powersOff') this.#say('the guest is told to power off');
    await judgeGuest(state, this.#guest!, since, limit, (check) => this.#checks.push(check));
  }

  #say(text: string): void {
    this.#steps.push({ at: performance.now(), actor: 'rasvm', text });
    this.#options.observer.step(this.#case, text);
  }

  #result(fault: unknown): CaseResult {
    const { kernel } = this.#case;
    const result: CaseResult = {
      ...aboutCase(this.#case),
      kernel: { name: kernel.name, ...(this.#release !== undefined && { release: this.#release }) },
      ...(this.#guest?.served && { served: this.#guest.served }),
      ...(this.#up && { up: true as const }),
      ...outcomeOf(fault, this.#checks, this.#harmed),
      checks: this.#checks,
      timeline: timelineOf(this.#guest, this.#began, this.#steps, this.#options.words, this.#silentFrom),
      log: logOf(this.#guest, this.#began),
      ...(this.#stuck && { stuck: this.#stuck }),
      ...(this.#guest && { machine: machineOutput(this.#guest, this.#began) }),
      durationMs: performance.now() - this.#began,
    };
    const cause = this.#causeOf(result);
    return { ...result, ...(cause && { cause }) };
  }

  #causeOf(result: CaseResult): Cause | undefined {
    if (result.outcome !== 'failed' && result.outcome !== 'broken') return undefined;
    const { scenario, kernel } = this.#case;
    const [requested, machine, guest] = [scenario.machine ?? {}, this.#machine, this.#facts];
    return diagnose(factsOf({ result, requested, machine, config: kernel.config, guest }));
  }
}
