/** A run as it goes, on standard error: what runs, how far, what failed first. In CI a line a case. */

import type { Case, Observer } from './case.ts';
import { columnTitle, firstFailure, OUTCOME_WORDS, SYMBOLS } from './report/summary.ts';
import { durationWords, printable } from './report/text.ts';
import { seenWords } from './report/words.ts';
import type { CaseResult } from './result.ts';
import { type Paint, plain } from './timeline.ts';

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

function lines(total: number, paint: Paint, stream: LiveStream): LiveView {
  const width = String(total).length;
  let ended = 0;
  return {
    caseStarted() {},
    step() {},
    caseEnded(result) {
      const number = `${String(++ended).padStart(width)}/${total}`;
      for (const line of endLines(result, paint)) stream.write(`${number}  ${line}\n`);
    },
    end() {},
  };
}

/** How a case ended; of one that did not pass why, with what was not proved. */
function endLines(result: CaseResult, paint: Paint): string[] {
  const { outcome, scenario, reason, durationMs, checks } = result;
  const failed = outcome === 'failed' || outcome === 'broken';
  const word = paint(
    failed ? 'bad' : outcome === 'passed' ? 'good' : 'dim',
    `${SYMBOLS[outcome]} ${OUTCOME_WORDS[outcome]}`,
  );
  const time = outcome === 'skipped' ? '' : ` (${durationWords(durationMs)})`;
  const why = reason === undefined ? '' : `: ${printable(reason)}`;
  return [
    `${word}  ${place(scenario, columnTitle(result))}${time}${why}`,
    ...(failed ? checks.filter(({ proved }) => !proved) : []).flatMap(({ claim, seen }) => [
      `  ${paint('bad', SYMBOLS.failed)} ${printable(claim)}`,
      `    ${paint('dim', 'seen:')} ${printable(seenWords(seen))}`,
    ]),
  ];
}

function place(scenario: string, column: string): string {
  return `${printable(scenario)} on ${printable(column)}`;
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
    const failed = result.outcome === 'failed' || result.outcome === 'broken';
    this.#draw(failed ? endLines(result, this.#paint) : []);
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
    const running = [...this.#running.values()].map(
      ({ case: { scenario, kernel, variant }, since, text }) => {
        const column = columnTitle({ kernel, variant: variant.name });
        const time = this.#paint('dim', durationWords(now - since).padStart(7));
        return `${time}  ${place(scenario.id, column)}  ${this.#paint('dim', printable(text))}`;
      },
    );
    const room = Math.max(1, (this.#stream.rows ?? ROWS) - 3);
    const more = running.length - room;
    return [...running.slice(0, room), ...(more > 0 ? [`         and ${more} more`] : []), this.#bar()];
  }

  #bar(): string {
    const done = this.#ended.length;
    const filled = this.#total === 0 ? BAR : Math.round((done / this.#total) * BAR);
    const first = firstFailure(this.#ended);
    const failures = this.#ended.filter(({ outcome }) => outcome === 'failed' || outcome === 'broken').length;
    const said = first
      ? `  ${this.#paint('bad', `${failures} not passed`)}, first ${place(first.scenario, columnTitle(first))}`
      : '';
    return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${done}/${this.#total}${said}`;
  }
}
