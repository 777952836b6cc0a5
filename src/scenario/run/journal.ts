/**
 * The journal of a run: what began and what ended, a line of JSON each. When the host dies that a run's
 * guests are on, the journal is what is left of it; the next process reads it, and goes on with what was
 * not done.
 */

import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Case, Observer } from './case.ts';
import { notRun } from './case-result.ts';
import type { CaseResult, GuestLogLine, RunResult, TimelineEntry } from './result.ts';

/** How a host's death is told: a sentence, and the last lines of its console. */
export interface HostDeath {
  readonly message: string;
  readonly words: readonly string[];
}

type Entry =
  | { readonly is: 'run'; readonly started: string; readonly host: RunResult['host'] }
  | { readonly is: 'began'; readonly id: string }
  /** @property at ms since the case began */
  | { readonly is: 'step'; readonly id: string; readonly at: number; readonly text: string }
  | { readonly is: 'ended'; readonly result: CaseResult }
  | { readonly is: 'died'; readonly death: HostDeath };

/** What the runner did in a case that was running when the host died. */
interface Interruption {
  readonly steps: readonly TimelineEntry[];
  readonly death: HostDeath;
}

/** How often a case may be running when the host dies; then it is not run again. */
const MOST = 2;

/** How far a run had come, as its journal says. */
export class History {
  /** Undefined of a run that has only just begun. */
  readonly run: { readonly started: Date; readonly host: RunResult['host'] } | undefined;
  readonly #done = new Map<string, CaseResult>();
  readonly #interrupted = new Map<string, Interruption[]>();
  readonly #deaths: HostDeath[] = [];

  /** @param text of a journal; a line that was cut by the host's death counts for nothing */
  constructor(text = '') {
    const running = new Map<string, TimelineEntry[]>();
    for (const entry of entriesOf(text)) {
      if (entry.is === 'run') this.run ??= { started: new Date(entry.started), host: entry.host };
      else if (entry.is === 'began') running.set(entry.id, []);
      else if (entry.is === 'step')
        running.get(entry.id)?.push({ at: entry.at, actor: 'runner', text: entry.text });
      else if (entry.is === 'ended') {
        running.delete(entry.result.id);
        this.#done.set(entry.result.id, entry.result);
      } else if (entry.is === 'died') {
        const { death } = entry;
        this.#deaths.push(death);
        for (const [id, steps] of running)
          this.#interrupted.set(id, [...(this.#interrupted.get(id) ?? []), { steps, death }]);
        running.clear();
      }
    }
  }

  /** How often the host has died. */
  get deaths(): number {
    return this.#deaths.length;
  }

  /** What became of a case that needs no further run: it ended, or the host died in it again and again. */
  settled(each: Case): CaseResult | undefined {
    const done = this.#done.get(each.id);
    if (done) return done;
    const interruptions = this.#interrupted.get(each.id) ?? [];
    const last = interruptions.at(-1);
    if (!last || interruptions.length < MOST) return undefined;
    const { steps, death } = last;
    const at = steps.at(-1)?.at ?? 0;
    return {
      ...notRun(each, `the host died while it ran, ${interruptions.length} times: ${death.message}`),
      timeline: [...steps],
      log: hostLog(death, at),
      durationMs: at,
    };
  }

  /** The host has died in it, and it is to be run once more: alone, so that it is known whose death it is. */
  isSuspect({ id }: Case): boolean {
    return this.#interrupted.has(id);
  }

  /** What becomes of a case when the run is given up. @param why a sentence */
  givenUp(each: Case, why: string): CaseResult {
    const last = this.#deaths.at(-1);
    return this.settled(each) ?? { ...notRun(each, why), log: last ? hostLog(last, 0) : [] };
  }
}

/** What is in the place of a guest's log. */
function hostLog({ words }: HostDeath, at: number): GuestLogLine[] {
  return words.map((text) => ({ at, text: `host: ${text}`, ras: false, from: 'console' }));
}

function entriesOf(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(line) as Entry | null;
      return entry === null ? [] : [entry];
    } catch {
      return [];
    }
  });
}

/** The line by which whoever sees the host's death ends the journal of that far. */
export function deathLine(death: HostDeath): string {
  // A line that was cut stays one for itself.
  return `\n${lineOf({ is: 'died', death })}`;
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Writes a journal on, as cases go. */
export class Journal implements Observer {
  /** How far the run had come before. */
  readonly history: History;
  readonly #fd: number;
  /** A pipe has nothing that could be kept. */
  readonly #isFile: boolean;
  readonly #began = new Map<string, number>();

  /**
   * @param path of what was written before
   * @param to where it is written on, a pipe or a file, which is made if it is not there; left out: the same file
   * Throws what the file system says.
   */
  constructor(path: string, host: RunResult['host'], to = path) {
    this.#fd = openSync(to, 'a');
    this.#isFile = fstatSync(this.#fd).isFile();
    this.history = new History(readFileSync(path, 'utf8'));
    if (!this.history.run) this.#write({ is: 'run', started: new Date().toISOString(), host });
  }

  caseStarted({ id }: Case): void {
    this.#began.set(id, performance.now());
    this.#write({ is: 'began', id });
  }

  step({ id }: Case, text: string): void {
    const at = performance.now() - (this.#began.get(id) ?? performance.now());
    writeSync(this.#fd, lineOf({ is: 'step', id, at, text }));
  }

  caseEnded(result: CaseResult): void {
    this.#write({ is: 'ended', result });
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** So that it is there whatever becomes of this machine. */
  #write(entry: Entry): void {
    writeSync(this.#fd, lineOf(entry));
    if (this.#isFile) fdatasyncSync(this.#fd);
  }
}
