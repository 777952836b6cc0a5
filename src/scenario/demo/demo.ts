/** `rasvm demo`: a page of a guest's memory is lost for real, twice, and the guest lives. */

import { release } from 'node:os';
import type { EventMessage } from '../../api/events.ts';
import { parseKernelLine, printedLines } from '../guest/console.ts';
import { type Check, check } from '../judge/check.ts';
import { judgeEarly, judgeLate } from '../judge/verdict.ts';
import { printable } from '../report/text.ts';
import {
  eventRows,
  formatRows,
  kernelRows,
  mergeRows,
  type Paint,
  type Row,
  victimRows,
} from '../report/timeline.ts';
import { RasvmGuest } from '../vmm/rasvm-guest.ts';
import { evidenceOf, loseEarly, loseLate, orNothing, type Story, spaceReports } from './page-story.ts';

export interface DemoOptions {
  /** Path of the guest's arm64 Image. */
  kernel: string;
  cpus: number;
  /** As for --memory. */
  memory: string;
  /** Program and first arguments that stand for `rasvm`. */
  entry?: readonly string[];
  print(line: string): void;
  /** Of the terminal; left out: lines as long as they are. */
  columns?: number | undefined;
  paint: Paint;
  /** An event's fields in words. */
  words(event: EventMessage): string;
}

/** @returns whether both losses, late and early, were proved to have gone all the way. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { print, paint, cpus, memory } = options;
  print(paint('title', "rasvm demo: a guest's memory fails for real; it loses two pages and lives"));
  print(
    `  host kernel ${release()}; guest: ${cpus} vCPUs, ${memory}, booted with ACPI and no firmware image`,
  );
  const began = performance.now();
  const guest = await RasvmGuest.start(options);
  try {
    const ready = await guest.ready();
    print(
      `  guest kernel ${printable(ready.release)}, in user space after ${seconds(performance.now() - began)}`,
    );
    print(paint('dim', '  times count from the loss of the page; console lines count as they arrive'));

    print(
      paint('title', '\nLate (AR): a page is lost in silence, then a process in the guest loads from it'),
    );
    const [latePage] = await guest.allocate('late', 'anon');
    const late = await loseLate(guest, latePage!);
    for (const line of storyLines(late, options)) print(line);

    await spaceReports(guest, (ms) => {
      print(
        paint(
          'dim',
          `\n  waiting ${seconds(ms)}: the guest kernel prints at most two reports in five seconds`,
        ),
      );
    });
    print(
      paint('title', '\nEarly (AO): the host tells of a lost page before anything in the guest touches it'),
    );
    const [earlyPage] = await guest.allocate('early', 'anon');
    const early = await loseEarly(guest, earlyPage!);
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

const INDENT = '  ';

/** The story of one lost page as a timeline. */
export function storyLines(
  story: Story,
  { paint, words, columns = Number.POSITIVE_INFINITY }: Pick<DemoOptions, 'paint' | 'words' | 'columns'>,
): string[] {
  const { page, events, console, touchedAt } = story;
  const address = `VA 0x${page.va.toString(16)}, GPA 0x${page.gpa.toString(16)}`;
  const touch: Row = { at: touchedAt, actor: 'victim', text: `is told to load from its page (${address})` };
  const rows = mergeRows(eventRows(events, words), [touch], kernelRows(console), victimRows(console));
  const lost = events.find(({ event }) => event.kind === 'injected');
  return formatRows(rows, lost?.at ?? touchedAt, paint, columns - INDENT.length).map((line) => INDENT + line);
}

/** After both losses: the guest answers, counts the pages that it lost, and ends as it is asked to. */
async function judgeGuest(guest: RasvmGuest): Promise<Check[]> {
  const corrupted = await orNothing(guest.hardwareCorrupted());
  const panic = printedLines(guest.console.items).find(({ text }) =>
    /Kernel panic|Internal error|BUG:/.test(text),
  );
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
      if (!each.proved) print(`                  seen: ${printable(each.seen)}`);
    }
  }
  print(
    proved
      ? paint('good', '\nBoth errors went all the way; the guest lost two pages and lived.')
      : paint('bad', '\nNot proved: see what is missing above.'),
  );
  return proved;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
