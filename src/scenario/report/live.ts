/**
 * A run as it goes, on standard error: what runs, how far, what failed first. In CI a line a case, and now
 * and then what runs.
 */

import type { Case, Observer } from '../run/case.ts';
import type { CaseResult } from '../run/result.ts';
import { columnTitle, firstFailure, OUTCOME_WORDS, SYMBOLS } from './summary.ts';
import { durationWords, printable } from './text.ts';
import { type Paint, plain } from './timeline.ts';
import { seenWords } from './words.ts';

export interface LiveView extends Observer {
  /** Takes away what is not to stay. Nothing may come after. */
  end(): void;
}

/** What of a stream is used. */
export type LiveStream = Pick<NodeJS.WriteStream, 'write'> &
  Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'rows'>>;

/** @param total of the cases that will run */
export function liveView(total: number, paint: Paint = plain, stream: LiveStream = process.stderr): LiveView {
  return stream.isTTY ? new Screen(total, paint, stream) : lines(total, paint, stream);
}

/** ms between two lines of what runs, where nothing is drawn in place. */
const REMINDER = 60_000;

function lines(total: number, paint: Paint, stream: LiveStream): LiveView {
  const width = String(total).length;
  const running = new Map<string, Running>();
  let ended = 0;
  const number = () => `${String(ended).padStart(width)}/${total}`;
  const timer = setInterval(() => {
    const now = performance.now();
    const texts = [...running.values()].map(
      (each) => `${runningPlace(each)} (${durationWords(now - each.since)}: ${printable(each.text)})`,
    );
    if (texts.length > 0) stream.write(`${number()}  ${paint('dim', `… running: ${texts.join('; ')}`)}\n`);
  }, REMINDER).unref();
  return {
    caseStarted(started) {
      running.set(started.id, { case: started, since: performance.now(), text: 'starts' });
    },
    step({ id }, text) {
      const found = running.get(id);
      if (found) found.text = text;
    },
    caseEnded(result) {
      running.delete(result.id);
      ended++;
      stream.write(`${number()}  ${endLine(result, paint)}\n`);
    },
    end: () => clearInterval(timer),
  };
}

/**
 * How a case ended; of one that did not pass, why: the first thing that was not so, or what kept it from
 * going on.
 */
function endLine(result: CaseResult, paint: Paint): string {
  const { outcome, scenario, durationMs } = result;
  const word = paint(
    isFailure(result) ? 'bad' : outcome === 'passed' ? 'good' : 'dim',
    `${SYMBOLS[outcome]} ${OUTCOME_WORDS[outcome]}`,
  );
  const time = outcome === 'skipped' ? '' : ` (${durationWords(durationMs)})`;
  const why = reasonWords(result);
  return `${word}  ${place(scenario, columnTitle(result))}${time}${why === undefined ? '' : `: ${printable(why)}`}`;
}

/** The reason of a case that went through has what was seen as it is: here it is put in words. */
function reasonWords({ outcome, reason, checks }: CaseResult): string | undefined {
  const first = outcome === 'failed' ? checks.find(({ proved }) => !proved) : undefined;
  return first && reason?.includes(first.claim)
    ? `not so: ${first.claim}; seen: ${seenWords(first.seen)}`
    : reason;
}

function isFailure({ outcome }: CaseResult): boolean {
  return outcome === 'failed' || outcome === 'broken';
}

/** The same with all that was not proved, a line each. */
function endLines(result: CaseResult, paint: Paint): string[] {
  return [
    endLine(result, paint),
    ...(isFailure(result) ? result.checks.filter(({ proved }) => !proved) : []).flatMap(({ claim, seen }) => [
      `  ${paint('bad', SYMBOLS.failed)} ${printable(claim)}`,
      `    ${paint('dim', 'seen:')} ${printable(seenWords(seen))}`,
    ]),
  ];
}

function place(scenario: string, column: string): string {
  return `${printable(scenario)} on ${printable(column)}`;
}

function runningPlace({ case: { scenario, kernel, variant, vmm } }: Running): string {
  return place(scenario.id, columnTitle({ kernel, variant: variant.name, ...(vmm && { vmm }) }));
}

interface Running {
  case: Case;
  since: number;
  text: string;
}

/** ms between two drawings. */
const FRAME = 200;
const BAR = 24;
/** Up to so many running cases are shown where the terminal does not say how high it is. */
const ROWS = 24;

/** Failures stay, as lines; below them what runs and a bar, drawn anew in place. */
class Screen implements LiveView {
  readonly #total: number;
  readonly #paint: Paint;
  readonly #stream: LiveStream;
  readonly #running = new Map<string, Running>();
  readonly #ended: CaseResult[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Lines of the part that is drawn anew. */
  #drawn = 0;

  constructor(total: number, paint: Paint, stream: LiveStream) {
    this.#total = total;
    this.#paint = paint;
    this.#stream = stream;
    this.#timer = setInterval(() => this.#draw(), FRAME).unref();
  }

  caseStarted(started: Case): void {
    this.#running.set(started.id, { case: started, since: performance.now(), text: 'starts' });
  }

  step({ id }: Case, text: string): void {
    const running = this.#running.get(id);
    if (running) running.text = text;
  }

  caseEnded(result: CaseResult): void {
    this.#running.delete(result.id);
    this.#ended.push(result);
    this.#draw(isFailure(result) ? endLines(result, this.#paint) : []);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#stream.write(this.#clear());
    this.#drawn = 0;
  }

  /** @param above lines that stay */
  #draw(above: readonly string[] = []): void {
    const frame = this.#frame();
    // Without wrapping (DECAWM) a line is one row, however long: the way back up is known.
    const text = frame.map((line) => `${line}\x1b[K`).join('\n');
    this.#stream.write(`${this.#clear()}${above.map((line) => `${line}\n`).join('')}\x1b[?7l${text}\x1b[?7h`);
    this.#drawn = frame.length;
  }

  #clear(): string {
    if (this.#drawn === 0) return '';
    const up = this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A` : '';
    return `\r${up}\x1b[J`;
  }

  #frame(): string[] {
    const now = performance.now();
    const running = [...this.#running.values()].map((each) => {
      const time = this.#paint('dim', durationWords(now - each.since).padStart(7));
      return `${time}  ${runningPlace(each)}  ${this.#paint('dim', printable(each.text))}`;
    });
    const room = Math.max(1, (this.#stream.rows ?? ROWS) - 3);
    const more = running.length - room;
    return [...running.slice(0, room), ...(more > 0 ? [`         and ${more} more`] : []), this.#bar()];
  }

  #bar(): string {
    const done = this.#ended.length;
    const filled = this.#total === 0 ? BAR : Math.round((done / this.#total) * BAR);
    const first = firstFailure(this.#ended);
    const failures = this.#ended.filter(isFailure).length;
    const said = first
      ? `  ${this.#paint('bad', `${failures} not passed`)}, first ${place(first.scenario, columnTitle(first))}`
      : '';
    return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${done}/${this.#total}${said}`;
  }
}
