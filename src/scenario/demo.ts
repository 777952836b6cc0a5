/** `rasvm demo`: a page of a guest's memory is lost for real, twice, and the guest lives. */

import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage } from '../control/messages.ts';
import { RasvmError } from '../errors.ts';
import { type ConsoleLine, parseKernelLine, type VictimSignal } from './console.ts';
import { Guest, type TimedEvent } from './guest.ts';
import { isReportHead, untilNextReport } from './kernel-report.ts';
import {
  eventRows,
  formatRows,
  kernelRows,
  mergeRows,
  type Paint,
  type Row,
  victimRows,
} from './timeline.ts';
import { type Check, check, judgeEarly, judgeLate } from './verdict.ts';
import type { Page, TouchResult } from './victim.ts';

export interface DemoOptions {
  /** Path of the guest's arm64 Image. */
  kernel: string;
  cpus: number;
  /** As for --memory. */
  memory: string;
  /** Program and first arguments that stand for `rasvm`. */
  entry?: readonly string[];
  print(line: string): void;
  paint: Paint;
  /** An event's fields in words. */
  words(event: EventMessage): string;
}

/** All that was seen of one lost page. */
export interface Story {
  page: Page;
  events: readonly TimedEvent[];
  console: readonly ConsoleLine[];
  /** Signals that came to the victim before its touch. */
  signals: readonly VictimSignal[];
  touch: TouchResult;
  /** When the victim was told to touch its page, in ms of performance.now(). */
  touchedAt: number;
}

/** @returns whether both losses, late and early, were proved to have gone all the way. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { print, paint, cpus, memory } = options;
  print(
    paint('title', 'rasvm demo: memory under a guest fails for real; the guest loses that page and lives'),
  );
  print(
    `  host kernel ${release()}; guest: ${cpus} vCPUs, ${memory}, booted with ACPI and no firmware image`,
  );
  const began = performance.now();
  const guest = await Guest.start(options);
  try {
    const ready = await guest.ready();
    print(`  guest kernel ${ready.release}, in user space after ${seconds(performance.now() - began)}`);
    print(paint('dim', '  times are since the loss of the page; console lines by their arrival on the host'));

    print(
      paint('title', '\nLate (AR): the page is lost in silence, then a process in the guest loads from it'),
    );
    const late = await loseLate(guest);
    for (const line of storyLines(late, options)) print(line);

    await spaceReports(guest, options);
    print(
      paint(
        'title',
        '\nEarly (AO): the host tells that the page is lost before anything in the guest touches it',
      ),
    );
    const early = await loseEarly(guest);
    for (const line of storyLines(early, options)) print(line);

    return verdict(
      {
        late: judgeLate(evidenceOf(late)),
        early: judgeEarly(evidenceOf(early)),
        guest: await judgeGuest(guest),
      },
      options,
    );
  } finally {
    await guest.kill();
  }
}

async function loseLate(guest: Guest): Promise<Story> {
  const [page] = await guest.allocate('late', 'anon');
  return lose(guest, page!, async () => {
    // MADV_HWPOISON in rasvm: memory_failure, of which only the page's next user learns.
    await guest.inject({ gpa: page!.gpa, via: 'madvise', tell: 'late' });
    return [];
  });
}

async function loseEarly(guest: Guest): Promise<Story> {
  const [page] = await guest.allocate('early', 'anon');
  await guest.command('mcekill early early');
  return lose(guest, page!, async () => {
    const from = guest.console.mark;
    // The host's hwpoison-inject: memory_failure as the host's own hardware would cause it, BUS_MCEERR_AO to rasvm.
    await guest.inject({ gpa: page!.gpa, via: 'hwpoison', tell: 'early' });
    const signal = await orNothing(guest.victimSignal('early', from));
    return signal ? [signal] : [];
  });
}

/** @param poison gives the signals that the victim got by it, before any touch. */
async function lose(guest: Guest, page: Page, poison: () => Promise<VictimSignal[]>): Promise<Story> {
  const firstLine = guest.console.mark;
  const firstEvent = guest.events.mark;
  const signals = await poison();
  const touchedAt = performance.now();
  const touch = await guest.touch(page, 'read');
  // What is still on its way here. Whether it came at all is for the verdict to say.
  const attributed = await orNothing(guest.event('attributed', { gpa: page.gpa }, firstEvent));
  if (attributed) await orNothing(guest.event('acknowledged', { id: attributed.id! }, firstEvent));
  const frame = `0x${(page.gpa / 4096).toString(16)}`;
  await orNothing(guest.kernelLine(new RegExp(`^Memory failure: ${frame}: recovery action`), firstLine));
  return {
    page,
    events: guest.events.items.slice(firstEvent),
    console: guest.console.items.slice(firstLine),
    signals,
    touch,
    touchedAt,
  };
}

function evidenceOf({ page, events, console, signals, touch }: Story) {
  return {
    page,
    events: events.map(({ event }) => event),
    console: console.map(({ text }) => text),
    signals,
    touch,
  };
}

/** The story of one lost page as a timeline. */
export function storyLines(story: Story, { paint, words }: Pick<DemoOptions, 'paint' | 'words'>): string[] {
  const { page, events, console, touchedAt } = story;
  const address = `VA 0x${page.va.toString(16)}, GPA 0x${page.gpa.toString(16)}`;
  const touch: Row = { at: touchedAt, actor: 'victim', text: `is told to load from its page (${address})` };
  const rows = mergeRows(eventRows(events, words), [touch], kernelRows(console), victimRows(console));
  const lost = events.find(({ event }) => event.kind === 'injected');
  return formatRows(rows, lost?.at ?? touchedAt, paint).map((line) => `  ${line}`);
}

/** Waits where the guest kernel would keep the next report from its log. */
async function spaceReports(guest: Guest, { print, paint }: DemoOptions): Promise<void> {
  const printed = guest.console.items.filter(({ text }) => isReportHead(text)).map(({ at }) => at);
  const wait = untilNextReport(printed, performance.now());
  if (wait === 0) return;
  const why = 'the guest kernel prints at most two reports in five seconds';
  print(paint('dim', `\n  waiting ${seconds(wait)}: ${why}`));
  await sleep(wait);
}

/** After both losses: the guest answers, counts the pages that it lost, and ends as it is asked to. */
async function judgeGuest(guest: Guest): Promise<Check[]> {
  const corrupted = await orNothing(guest.hardwareCorrupted());
  const panic = guest.console.items.find(({ text }) => /Kernel panic|Internal error|BUG:/.test(text));
  const exit = await orNothing(guest.powerOff());
  return [
    check('it lost two pages of 4 KiB (HardwareCorrupted)', corrupted === 2 * 4096, {
      bytes: corrupted ?? null,
    }),
    check(
      'its kernel neither panicked nor oopsed',
      panic === undefined,
      panic && { line: parseKernelLine(panic.text) },
    ),
    check('it powered off when asked to; rasvm ended with 0', exit?.status === 0, exit),
  ];
}

function verdict(parts: Readonly<Record<string, readonly Check[]>>, { print, paint }: DemoOptions): boolean {
  print(paint('title', '\nVerdict'));
  let proved = true;
  for (const [name, checks] of Object.entries(parts)) {
    for (const each of checks) {
      proved &&= each.proved;
      const mark = each.proved ? paint('good', 'proved ') : paint('bad', 'MISSING');
      print(`  ${name.padEnd(5)}  ${mark}  ${each.claim}`);
      if (!each.proved) print(`                  seen: ${each.seen}`);
    }
  }
  print(
    proved
      ? paint('good', '\nBoth errors went all the way; the guest lost two pages and lived.')
      : paint('bad', '\nNot proved: see what is missing above.'),
  );
  return proved;
}

/** What did not come in time is missing evidence, not the demo's end. */
async function orNothing<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof RasvmError && error.code === 'CONTROL') return undefined;
    throw error;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
