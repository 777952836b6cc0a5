/** Recognises a Linux kernel panic in the console's output (kernel/panic.c). */

const BEGIN = 'Kernel panic - not syncing: ';
const END = '---[ end Kernel panic';
/** More of a line is not kept; Linux' panic message has at most 1024 characters. */
const LONGEST_LINE = 2048;

export interface PanicWatchOptions {
  /** The panic's message has been printed; `reason` is what follows "not syncing:". */
  onPanic(reason: string): void;
  /** The kernel has said all it has to say: nothing but a reset timeout follows. */
  onEnd?(reason: string): void;
}

export class PanicWatch {
  readonly #options: PanicWatchOptions;
  #line = '';
  #reason: string | undefined;
  #ended = false;

  constructor(options: PanicWatchOptions) {
    this.#options = options;
  }

  /** The reason of the panic that was seen, if one was. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The next part of the console's output, cut anywhere. */
  push(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end));
      this.#look();
      this.#line = '';
      start = end + 1;
    }
    this.#append(text.slice(start));
  }

  /** A guest that is reset can panic anew. */
  reset(): void {
    this.#line = '';
    this.#reason = undefined;
    this.#ended = false;
  }

  #append(part: string): void {
    const line = this.#line + part;
    if (line.length <= LONGEST_LINE) {
      this.#line = line;
      return;
    }
    // Of a line too long, what counts starts at the message, or could still start at its end.
    const at = [END, BEGIN].map((mark) => line.indexOf(mark)).find((index) => index >= 0);
    this.#line = at === undefined ? line.slice(-BEGIN.length) : line.slice(at, at + LONGEST_LINE);
  }

  #look(): void {
    const ending = this.#line.includes(END);
    const at = this.#line.indexOf(BEGIN);
    if (at >= 0 && this.#reason === undefined) {
      const words = this.#line.slice(at + BEGIN.length, at + BEGIN.length + LONGEST_LINE);
      this.#reason = printable(ending ? words.replace(/ *\]---.*$/, '') : words);
      this.#options.onPanic(this.#reason);
    }
    if (ending && this.#reason !== undefined && !this.#ended) {
      this.#ended = true;
      this.#options.onEnd?.(this.#reason);
    }
  }
}

/** Without colours and whatever else is not printable ASCII. */
function printable(text: string): string {
  return text
    .replace(/[^ -~]\[[0-9;?]*[@-~]/g, '')
    .replace(/[^ -~]/g, '')
    .trim();
}
