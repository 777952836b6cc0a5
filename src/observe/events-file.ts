/** `rasvm run --events FILE`: each event as a line of JSON, as `rasvm events --json` writes it. */

import { type FileHandle, open } from 'node:fs/promises';
import type { MachineEvents } from '../api/events.ts';
import { RasvmError } from '../core/errors.ts';
import type { RasEvent } from '../events/event.ts';
import { eventJson } from './event-text.ts';

/**
 * Events of one error that are written in a minute. A process that touches its lost page in a loop makes five
 * at each touch, some thousand a second: a file that takes them all has no bound.
 */
const MOST_OF_ONE = 500;
const MINUTE = 60e9;

/** Bytes that wait for a slow disk; more is not written. */
const MOST_KEPT = 16 * 2 ** 20;
/** ms that the last events have at the end. */
const PATIENCE = 2000;

type Destination = Pick<FileHandle, 'write' | 'close'>;

/** Opens the file; appends. @throws RasvmError FILE */
export async function openEventsFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', 0o640);
  } catch (cause) {
    throw new RasvmError('FILE', `--events: ${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** How many events of each error, or of each page of the host's, have been written in the minute that began with the first. */
class Pace {
  readonly #errors = new Map<string, { since: number; count: number }>();

  /** The event as it is to be written; the last before a pause says so; undefined: it is left out. */
  of(event: RasEvent): (RasEvent & { leavesOut?: string }) | undefined {
    const id = subjectOf(event);
    if (id === undefined) return event;
    const known = this.#errors.get(id);
    if (known === undefined || event.time - known.since >= MINUTE) {
      // In the order of their minutes: those that are over need not be kept.
      this.#errors.delete(id);
      this.#errors.set(id, { since: event.time, count: 1 });
      this.#forget(event.time - MINUTE);
      return event;
    }
    known.count++;
    if (known.count < MOST_OF_ONE) return event;
    if (known.count > MOST_OF_ONE) return undefined;
    return { ...event, leavesOut: 'what follows of this error within a minute of its first event' };
  }

  #forget(before: number): void {
    for (const [id, { since }] of this.#errors) {
      if (since > before) return;
      this.#errors.delete(id);
    }
  }
}

/** What an event is of, as far as a guest can make many: an error, or what the host told before it was one. */
function subjectOf(event: RasEvent): string | undefined {
  if ('id' in event) return `#${event.id}`;
  if (event.kind === 'signal' || event.kind === 'found') return `${event.kind} ${event.hva}`;
  return event.kind === 'sea-exit' ? `${event.kind} ${event.vcpu}` : undefined;
}

/**
 * Events that come from now on go into the file. Nobody waits for it: what it does not take is told once and left out,
 * which shows as a gap in `seq`.
 */
export class EventsFile {
  readonly #file: Destination;
  readonly #warn: (message: string) => void;
  readonly #unsubscribe: () => void;
  #lines: Buffer[] = [];
  #kept = 0;
  /** A line was written in part: the next one is not to be its end. */
  #torn = false;
  #warned = false;
  #writing: Promise<void> | undefined;
  readonly #pace = new Pace();

  /** @param warn once, when the file takes no more */
  constructor(file: Destination, events: Pick<MachineEvents, 'subscribe'>, warn: (message: string) => void) {
    this.#file = file;
    this.#warn = warn;
    this.#unsubscribe = events.subscribe((event) => {
      const told = this.#pace.of(event);
      if (told === undefined) return;
      const line = Buffer.from(`${eventJson(told)}\n`);
      if (this.#kept + line.length > MOST_KEPT) {
        this.#warnOnce('it is written too slowly');
        return;
      }
      this.#lines.push(line);
      this.#kept += line.length;
      this.#writing ??= this.#write();
    });
  }

  /** Resolves when all is written, or the file does not take it in time. */
  async close(): Promise<void> {
    this.#unsubscribe();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    const written = (this.#writing ?? Promise.resolve()).then(() => this.#file.close());
    await Promise.race([written.catch((error) => this.#warnOnce(String(error))), patience]);
    clearTimeout(timer);
  }

  async #write(): Promise<void> {
    while (this.#lines.length > 0) {
      const bytes = Buffer.concat(this.#torn ? [Buffer.from('\n'), ...this.#lines] : this.#lines);
      this.#lines = [];
      await this.#append(bytes);
      this.#kept = this.#lines.reduce((sum, { length }) => sum + length, 0);
    }
    this.#writing = undefined;
  }

  async #append(bytes: Buffer): Promise<void> {
    let done = 0;
    try {
      while (done < bytes.length) done += (await this.#file.write(bytes, done)).bytesWritten;
      this.#torn = false;
    } catch (error) {
      if (done > 0) this.#torn = bytes[done - 1] !== 0x0a;
      this.#warnOnce((error as Error).message);
    }
  }

  #warnOnce(why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(`--events: events are missing from the file: ${why}`);
  }
}
