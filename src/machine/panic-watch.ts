/** Recognises a Linux kernel panic in a console's output, by whole lines of the kernel's log (kernel/panic.c). */

/**
 * What a line of the kernel's log begins with (kernel/printk/printk.c, info_print_prefix): its level if it comes
 * raw, its time, and the caller with CONFIG_PRINTK_CALLER.
 */
const LOGGED = /^(?:<\d+>)?\[ *\d+\.\d+\](?:\[[^\]]*\])? (.*)/;
const BEGIN = /^Kernel panic - not syncing: (.*)/;
const END = /^---\[ end Kernel panic(?: - not syncing: )?(.*?)(?: *\]---.*)?$/;
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

  #append(part: string): void {
    this.#line += part.slice(0, LONGEST_LINE - this.#line.length);
  }

  #look(): void {
    const text = LOGGED.exec(printable(this.#line))?.[1];
    if (text === undefined) return;
    const begin = BEGIN.exec(text);
    const end = begin ? null : END.exec(text);
    const reason = (begin ?? end)?.[1];
    if (reason === undefined) return;
    // The last line has the words again, for who has missed the first.
    if (this.#reason === undefined) {
      this.#reason = reason;
      this.#options.onPanic(reason);
    }
    if (end && !this.#ended) {
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
