/** One case from the guest's start to its end: steps, expectations, and all that was seen as a result. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '../control/messages.ts';
import { RasvmError } from '../errors.ts';
import { loseAtOnce } from './burst.ts';
import type { Case, Observer } from './case.ts';
import { type Surroundings, unmet } from './conditions.ts';
import { parseGuestLine, parseKernelLine } from './console.ts';
import { judge } from './expect.ts';
import { judgeTouch } from './expect-touch.ts';
import { isMatch, matches, matchesDeep } from './expect-value.ts';
import type { Guest, GuestOptions } from './guest.ts';
import { reserveHugePages } from './huge-pages.ts';
import { readBeside } from './load.ts';
import type { CaseResult, Check, LogLine, Outcome, TimelineEntry } from './result.ts';
import { type Action, actionOf, type MachineWish, type Step } from './schema.ts';
import type { Expectation, GuestState } from './schema-expect.ts';
import { milliseconds } from './schema-values.ts';
import { Throttle } from './throttle.ts';
import { eventRows, kernelRows, mergeRows, type Row, victimRows } from './timeline.ts';
import { recordBytes } from './told-record.ts';
import { Values } from './values.ts';
import { check } from './verdict.ts';
import type { Page, TouchResult } from './victim.ts';

/** What a case needs of a guest. */
export type GuestUnderTest = Pick<
  Guest,
  | 'console'
  | 'events'
  | 'log'
  | 'pid'
  | 'ready'
  | 'readyAgain'
  | 'command'
  | 'send'
  | 'allocate'
  | 'touch'
  | 'race'
  | 'hardwareCorrupted'
  | 'inject'
  | 'injectRecord'
  | 'status'
  | 'exit'
  | 'kill'
>;

export interface ExecuteOptions {
  start(options: GuestOptions): Promise<GuestUnderTest>;
  observer: Observer;
  /** The host; of the guest's kernel the case says what is known. */
  host: Omit<Surroundings, 'kernel'>;
  /** An event's fields in words. */
  words(event: EventMessage): string;
}

/** ms. */
const LIMIT = { case: 180_000, expectation: 20_000 } as const;

/** ms between looks at what has come. */
const POLL = 100;

/** ms between questions. */
const PAUSE = 500;

/**
 * What no guest's log may have if the guest is to have lived well. Lockups and stalls are not in it: on a host that is
 * busy with other things vCPUs stand still for long, and a guest that really hangs does not answer.
 */
const CRASH = /Kernel panic|Internal error|BUG:(?! (soft|workqueue) lockup)|Oops|WARNING: (CPU|.* at )/;

/** Of a log: what is about errors. */
const ABOUT_ERRORS =
  /Hardware Error|Memory failure|[Mm]emory error|External [Aa]bort|SError|GHES|APEI|HEST|EDAC|hwpoison|SIGBUS/;

/** A case that cannot go on, as what it asks for is not here. */
class Skip extends Error {}

/** Runs a case to its end, whatever happens; it does not reject. */
export async function runCase(what: Case, options: ExecuteOptions): Promise<CaseResult> {
  options.observer.caseStarted(what);
  const result = await new CaseRun(what, options).run();
  options.observer.caseEnded(result);
  return result;
}

interface Mark {
  event: number;
  line: number;
}

/** A touch that goes on. */
interface Pending {
  ended: Promise<TouchResult>;
  judge(touch: TouchResult): void;
}

class CaseRun {
  readonly #case: Case;
  readonly #options: ExecuteOptions;
  readonly #began = performance.now();
  readonly #values = new Values();
  readonly #throttle = new Throttle();
  readonly #marks = new Map<string, Mark>();
  readonly #checks: Check[] = [];
  readonly #steps: Row[] = [];
  #guest: GuestUnderTest | undefined;
  #release: string | undefined;
  #pending: Pending | undefined;
  /** Errors were made: what goes wrong from here on is the guest's failure, or rasvm's. */
  #harmed = false;
  /** How the guest ended was judged. */
  #ended = false;
  #over = false;

  constructor(what: Case, options: ExecuteOptions) {
    this.#case = what;
    this.#options = options;
    this.#release = what.kernel.release;
  }

  async run(): Promise<CaseResult> {
    const { limit } = this.#case.scenario;
    const most = limit === undefined ? LIMIT.case : milliseconds(limit);
    const late = new AbortController();
    const deadline = sleep(most, undefined, { signal: late.signal }).then(() => {
      throw new RasvmError('CONTROL', `the case did not end within ${most / 1000} s`);
    });
    deadline.catch(() => {});
    let giveBack: (() => void) | undefined;
    let fault: unknown;
    try {
      this.#require(this.#case.scenario.when);
      giveBack = this.#reserve();
      await Promise.race([this.#whole(), deadline]);
    } catch (error) {
      fault = error;
    } finally {
      this.#over = true;
      late.abort();
      await this.#guest?.kill();
      giveBack?.();
    }
    return this.#result(fault);
  }

  get #machine(): MachineWish {
    return { ...this.#case.scenario.machine, ...this.#case.variant.machine };
  }

  #require(condition: Step['when']): void {
    const why = unmet(condition, { ...this.#options.host, kernel: this.#release });
    if (why !== undefined) throw new Skip(why);
  }

  #reserve(): (() => void) | undefined {
    const { hugepages, memory } = this.#machine;
    if (hugepages === undefined) return undefined;
    try {
      return reserveHugePages(hugepages, bytesOf(memory ?? MEMORY));
    } catch (error) {
      throw error instanceof RasvmError ? new Skip(error.message) : error;
    }
  }

  async #whole(): Promise<void> {
    this.#say('starts the guest');
    this.#guest = await this.#options.start(guestOptions(this.#case.kernel.image, this.#machine));
    // The end may have come meanwhile.
    if (this.#over) return this.#guest.kill();
    this.#release = (await this.#guest.ready()).release;
    this.#say(`the guest is up: Linux ${this.#release}`);
    this.#require(this.#case.scenario.when);
    for (const step of this.#case.scenario.steps) {
      if (this.#over) return;
      const why = unmet(step.when, { ...this.#options.host, kernel: this.#release });
      const action = actionOf(step);
      if (why === undefined) await this.#step(action);
      else this.#say(`leaves out ${action.verb}: ${why}`);
    }
    await this.#join();
    if (!this.#ended) await this.#judgeGuest('powersOff', { event: 0, line: 0 }, LIMIT.expectation);
  }

  async #step(action: Action): Promise<void> {
    if (!BY_THE_HOST.has(action.verb)) await this.#join();
    const guest = this.#guest!;
    const values = this.#values;
    switch (action.verb) {
      case 'allocate': {
        const { page, pages, count, kind = 'anon', victim } = action.what;
        const names = pages ?? [page!];
        const owner = victim ?? names[0]!;
        const number = pages?.length ?? count ?? 1;
        this.#say(`${owner} allocates ${number === 1 ? 'a page' : `${number} pages`} (${kind})`);
        const got = await guest.allocate(owner, kind, number);
        if (pages) for (const [i, name] of pages.entries()) values.name(name, [got[i]!]);
        else values.name(page!, got);
        break;
      }
      case 'pick': {
        const { page, from, whole, gpa } = values.resolve(action.what);
        const all = values.pages(from);
        const found =
          whole === undefined ? all.find((each) => matches(each.gpa, gpa!)) : wholeBlock(all, bytesOf(whole));
        if (!found)
          throw new RasvmError('CONTROL', `none of the pages of ${from} is as asked for (pick ${page})`);
        this.#say(`takes the page at ${hex(found.gpa)} of ${from} as ${page}`);
        values.name(page, [found]);
        break;
      }
      case 'poison':
        for (const page of this.#pagesOf(action.what.page)) await this.#poison(page, action.what);
        break;
      case 'burst': {
        const pages = this.#pagesOf(action.what.pages);
        const { gpa, hva } = values.anyLoss() ?? missing('a page must have been poisoned before a burst');
        this.#say(`the host loses ${pages.length} pages at once`);
        this.#harmed = true;
        loseAtOnce(
          guest.pid,
          pages.map((page) => hva + page.gpa - gpa),
        );
        break;
      }
      case 'inject':
        await this.#inject(action.what);
        break;
      case 'touch':
        await this.#touch(action.what);
        break;
      case 'race':
        await this.#race(action.what);
        break;
      case 'mcekill':
        this.#say(`${action.what.victim} wants to be told ${action.what.policy}`);
        await guest.command(`mcekill ${action.what.victim} ${action.what.policy}`);
        break;
      case 'pin':
        this.#say(`${action.what.victim} runs on vCPU ${action.what.cpu}`);
        await guest.command(`pin ${action.what.victim} ${action.what.cpu}`);
        break;
      case 'command': {
        const { run, expect = {}, as } = values.resolve(action.what);
        this.#say(`the guest runs '${run}'`);
        const answer = await guest.command(run);
        if (as !== undefined) values.answer(as, answer);
        for (const [word, wanted] of Object.entries(expect)) {
          const got = answer.has(word) ? answer.text(word) : undefined;
          this.#checks.push(
            check(
              `'${run}' gives ${word} ${wanted}`,
              matches(got, wanted),
              got === undefined ? undefined : { [word]: got },
            ),
          );
        }
        break;
      }
      case 'reboot': {
        this.#say('the guest reboots');
        const from = guest.console.mark;
        guest.send('reboot');
        await guest.readyAgain(from);
        this.#say('the guest is up again');
        break;
      }
      case 'crash':
        this.#say('the guest is told to panic');
        this.#harmed = true;
        guest.send('crash');
        break;
      case 'sleep':
        await sleep(milliseconds(action.what));
        break;
      case 'mark':
        this.#marks.set(action.what, { event: guest.events.mark, line: guest.console.mark });
        break;
      case 'expect':
        await this.#expect(action.what);
        break;
    }
  }

  #pagesOf(names: string | readonly string[]): Page[] {
    return [names].flat().flatMap((name) => this.#values.pages(name));
  }

  /** Waits until the guest's kernel would print what it is told next. */
  async #space(how: Parameters<Throttle['wait']>[2]): Promise<void> {
    const wait = this.#throttle.wait(this.#guest!.console.items, performance.now(), how);
    if (wait > 0) {
      this.#say(`waits ${(wait / 1000).toFixed(1)} s, until the guest's kernel prints the next record`);
      await sleep(wait);
    }
    if (how.same !== undefined) this.#throttle.told(how.same, performance.now());
  }

  async #poison(page: Page, how: Extract<Action, { verb: 'poison' }>['what']): Promise<void> {
    const { via = 'madvise', tell, severity, size } = how;
    if (via === 'record') {
      const same = `${page.gpa} ${tell} ${severity ?? 'recoverable'}`;
      await this.#space({ same, class: severity === 'corrected' ? 'corrected' : 'uncorrected' });
    } else if (tell === 'early') {
      await this.#space({});
    }
    this.#say(`${page.victim}'s page at GPA ${hex(page.gpa)} is lost (via ${via}, to be told ${tell})`);
    const { id, hva } = await this.#guest!.inject({
      gpa: page.gpa,
      via,
      tell,
      ...(severity && { severity }),
      ...(size && { size: bytesOf(size) }),
    });
    this.#harmed = true;
    this.#values.lose(page, { id, ...(hva !== undefined && { hva }) });
  }

  async #inject({ record, file }: Extract<Action, { verb: 'inject' }>['what']): Promise<void> {
    const block = record ? recordBytes(this.#values.resolve(record)) : readBeside(this.#case.scenario, file!);
    const severity = new DataView(block.buffer, block.byteOffset).getUint32(16, true);
    const kind = severity >= CORRECTED ? 'corrected' : 'uncorrected';
    await this.#space({ class: kind, same: Buffer.from(block).toString('latin1') });
    this.#say(`the guest is told a record of ${block.byteLength} bytes`);
    await this.#guest!.injectRecord(block);
    this.#harmed = true;
  }

  async #touch(what: Extract<Action, { verb: 'touch' }>['what']): Promise<void> {
    const { page: name, how = 'read', expect, wait } = this.#values.resolve(what);
    const page = this.#values.page(name);
    if (this.#values.lossOf(page)) await this.#space({});
    this.#say(`${page.victim} touches ${name} (${how})`);
    const judge = (touch: TouchResult) => {
      if (expect !== undefined) this.#checks.push(judgeTouch(`${name}, ${how}`, page, expect, touch));
    };
    const ended = this.#guest!.touch(page, how);
    if (wait !== false) return judge(await ended);
    // Its failure is told when it is asked for.
    ended.catch(() => {});
    this.#pending = { ended, judge };
    await sleep(UNDER_WAY);
  }

  async #join(): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) pending.judge(await pending.ended);
  }

  async #race(what: Extract<Action, { verb: 'race' }>['what']): Promise<void> {
    const { pages: names, how = 'read', expect } = this.#values.resolve(what);
    const pages = names.map((name) => this.#values.page(name));
    const count = pages.filter((page) => this.#values.lossOf(page)).length;
    if (count > 0) await this.#space({ count });
    this.#say(`${names.join(', ')} are touched at the same time (${how})`);
    const touches = await this.#guest!.race(pages, how);
    for (const [i, touch] of touches.entries())
      if (expect !== undefined)
        this.#checks.push(judgeTouch(`${names[i]}, ${how}`, pages[i]!, expect, touch));
  }

  async #expect(unresolved: Expectation): Promise<void> {
    const guest = this.#guest!;
    const wanted = this.#values.resolve(unresolved);
    const mark = (wanted.since === undefined ? undefined : this.#marks.get(wanted.since)) ?? {
      event: 0,
      line: 0,
    };
    const limit = wanted.limit === undefined ? LIMIT.expectation : milliseconds(wanted.limit);
    const deadline = performance.now() + limit;
    for (;;) {
      const checks = judge(
        wanted,
        { events: guest.events.items.slice(mark.event), console: guest.console.items.slice(mark.line) },
        this.#values,
      );
      if (checks.every(({ proved }) => proved) || performance.now() >= deadline || this.#over) {
        this.#checks.push(...checks);
        break;
      }
      await sleep(POLL);
    }
    const { hardwareCorrupted, status, guest: state } = wanted;
    if (hardwareCorrupted !== undefined) {
      await this.#until(deadline, async () => {
        const bytes = await guest.hardwareCorrupted();
        return check(`HardwareCorrupted is ${hardwareCorrupted}`, matches(bytes, hardwareCorrupted), {
          bytes,
        });
      });
    }
    if (status !== undefined) {
      await this.#until(deadline, async () => {
        const seen = await guest.status();
        return check(`rasvm's status has ${JSON.stringify(status)}`, matchesDeep(seen, status), seen);
      });
    }
    if (state !== undefined) await this.#judgeGuest(state, mark, limit);
  }

  /** Asks until the answer is right, or it is too late: once at least. */
  async #until(deadline: number, ask: () => Promise<Check>): Promise<void> {
    let last = await ask();
    while (!last.proved && performance.now() < deadline && !this.#over) {
      await sleep(PAUSE);
      last = await ask();
    }
    this.#checks.push(last);
  }

  /** @param state what is expected */
  async #judgeGuest(state: GuestState, mark: Mark, limit: number): Promise<void> {
    const guest = this.#guest!;
    if (state === 'runs' || state === 'powersOff') {
      await guest.command('cpus');
      this.#judgeUnharmed(mark);
      if (state === 'runs') return;
      this.#ended = true;
      this.#say('the guest is told to power off');
      guest.send('poweroff');
      return this.#judgeExit('the guest powers off when asked to; rasvm ends with 0', 0);
    }
    if ('oopses' in state) {
      this.#judgeLine("the guest's kernel oopses with", state.oopses, mark);
      await guest.command('cpus');
      // Its log cannot be the one of a guest that lived well.
      this.#ended = true;
      return;
    }
    this.#ended = true;
    if ('endsWith' in state)
      return this.#judgeExit(`rasvm ends with ${state.endsWith}`, state.endsWith, limit);
    await this.#judgeExit("the guest's kernel panics; rasvm ends with 3", PANIC_STATUS, limit);
    this.#judgeLine('the panic says', state.panics, mark);
  }

  #judgeUnharmed({ line }: Mark): void {
    const bad = this.#guest!.console.items.slice(line).find(({ text }) => CRASH.test(text));
    this.#checks.push(
      check("the guest's kernel neither panicked nor oopsed", bad === undefined, bad && { line: bad.text }),
    );
  }

  #judgeLine(claim: string, words: string, { line }: Mark): void {
    const lines = this.#guest!.console.items.slice(line).flatMap(({ text }) => {
      const said = parseKernelLine(text)?.text ?? '';
      return CRASH.test(said) ? [said] : [];
    });
    const found = lines.find((each) => isMatch(each, words));
    const seen = found ?? lines[0];
    this.#checks.push(
      check(`${claim} '${words}'`, found !== undefined, seen === undefined ? seen : { line: seen }),
    );
  }

  async #judgeExit(claim: string, status: number, limit?: number): Promise<void> {
    const exit = await this.#guest!.exit(limit);
    this.#checks.push(check(claim, exit.status === status, exit));
  }

  #say(text: string): void {
    this.#steps.push({ at: performance.now(), actor: 'rasvm', text });
    this.#options.observer.step(this.#case, text);
  }

  #result(fault: unknown): CaseResult {
    const { id, scenario, kernel, variant } = this.#case;
    const { outcome, reason } = this.#outcome(fault);
    return {
      id,
      scenario: scenario.id,
      title: scenario.title,
      why: scenario.why,
      references: scenario.references,
      kernel: { name: kernel.name, ...(this.#release !== undefined && { release: this.#release }) },
      variant: variant.name,
      outcome,
      ...(reason !== undefined && { reason }),
      checks: this.#checks,
      timeline: this.#timeline(),
      log: this.#log(),
      durationMs: performance.now() - this.#began,
    };
  }

  #outcome(fault: unknown): { outcome: Outcome; reason?: string } {
    if (fault instanceof Skip) return { outcome: 'skipped', reason: fault.message };
    if (fault !== undefined) {
      const reason = fault instanceof RasvmError ? fault.message : String((fault as Error).stack ?? fault);
      const isSilence = fault instanceof RasvmError && fault.code === 'CONTROL';
      return { outcome: this.#harmed && isSilence ? 'failed' : 'broken', reason };
    }
    const unproved = this.#checks.find(({ proved }) => !proved);
    if (!unproved) return { outcome: 'passed' };
    return { outcome: 'failed', reason: `not so: ${unproved.claim}; seen: ${unproved.seen}` };
  }

  #timeline(): TimelineEntry[] {
    const guest = this.#guest;
    const entry = ({ at, actor, text }: Row): TimelineEntry => ({
      at: at - this.#began,
      actor: actor === 'guest kernel' ? 'guest' : actor,
      text,
    });
    const steps = this.#steps.map((row): TimelineEntry => ({ ...entry(row), actor: 'runner' }));
    if (!guest) return steps;
    const events = eventRows(guest.events.items, this.#options.words).map((row, i) => ({
      ...entry(row),
      event: guest.events.items[i]!.event,
    }));
    // What the kernel says at boot is in the log; the story begins with the first step.
    const lines = guest.console.items;
    const up = lines.findIndex(({ text }) => parseGuestLine(text)?.kind === 'ready');
    const told = mergeRows(kernelRows(lines.slice(up + 1)), victimRows(lines.slice(up + 1))).map(entry);
    return [...steps, ...events, ...told].sort((a, b) => a.at - b.at);
  }

  #log(): LogLine[] {
    return (this.#guest?.console.items ?? []).map(({ at, text }) => ({
      at: at - this.#began,
      text,
      ras: ABOUT_ERRORS.test(text) || CRASH.test(text),
    }));
  }
}

/** Verbs of what the host does: a touch that was not waited for goes on. */
const BY_THE_HOST: ReadonlySet<Action['verb']> = new Set(['poison', 'burst', 'inject', 'sleep', 'mark']);

/** ms until a touch that is not waited for is taken to be under way: the guest does not say when it is. */
const UNDER_WAY = 2000;

/** Severity as ACPI numbers it: this and what is more are logged as corrected. */
const CORRECTED = 2;

const PANIC_STATUS = 3;
const MEMORY = '256M';

function guestOptions(kernel: string, { cpus, memory, append, ...rest }: MachineWish): GuestOptions {
  const words = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, value],
  );
  return {
    kernel,
    memory: memory ?? MEMORY,
    arguments: words,
    ...(cpus !== undefined && { cpus }),
    ...(append !== undefined && { append }),
  };
}

const UNIT = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** Of a size as the schema has it. */
function bytesOf(size: string): number {
  return Number(size.slice(0, -1)) * UNIT[size.at(-1) as keyof typeof UNIT];
}

/** The first page of a naturally aligned block of which all pages are there. */
function wholeBlock(pages: readonly Page[], bytes: number): Page | undefined {
  const owned = new Set(pages.map(({ gpa }) => gpa));
  return pages.find(({ gpa }) => {
    if (gpa % bytes !== 0) return false;
    for (let at = gpa; at < gpa + bytes; at += 4096) if (!owned.has(at)) return false;
    return true;
  });
}

function missing(what: string): never {
  throw new RasvmError('FILE', what);
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
