/** One lost page of a guest, watched from the loss to the victim's report. */

import { setTimeout as sleep } from 'node:timers/promises';
import { RasvmError } from '../../core/errors.ts';
import { type ConsoleLine, printedLines } from '../guest/console.ts';
import type { VictimSignal } from '../guest/guest-line.ts';
import { isReportHead, untilNextReport } from '../guest/kernel-report.ts';
import type { TimedEvent } from '../guest/under-test.ts';
import { type Page, sizeOfPage, type TouchKind, type TouchResult } from '../guest/victim.ts';
import type { Evidence } from '../judge/verdict.ts';
import type { RasvmGuest } from '../vmm/rasvm-guest.ts';

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

export interface LateOptions {
  via?: 'madvise' | 'uffd';
  how?: TouchKind;
}

/** The page is lost without a word to the guest; then its owner touches it. */
export function loseLate(
  guest: RasvmGuest,
  page: Page,
  { via = 'madvise', how = 'read' }: LateOptions = {},
): Promise<Story> {
  return watch(guest, page, how, async () => {
    await guest.inject({ gpa: page.gpa, via, tell: 'late' });
    return [];
  });
}

/**
 * The host loses the page by itself (hwpoison-inject: memory_failure as by the host's own hardware) and sends
 * BUS_MCEERR_AO. The victim asks for early signals, and touches the page when its own has come, or is
 * overdue.
 */
export async function loseEarly(guest: RasvmGuest, page: Page): Promise<Story> {
  await guest.command(`mcekill ${page.victim} early`);
  return watch(guest, page, 'read', async () => {
    const from = guest.console.mark;
    await guest.inject({ gpa: page.gpa, via: 'hwpoison', tell: 'early' });
    const signal = await orNothing(guest.victimSignal(page.victim, from));
    return signal ? [signal] : [];
  });
}

/** @param lose gives the signals that the victim got by it, before any touch. */
async function watch(
  guest: RasvmGuest,
  page: Page,
  how: TouchKind,
  lose: () => Promise<VictimSignal[]>,
): Promise<Story> {
  const firstLine = guest.console.mark;
  const firstEvent = guest.events.mark;
  const signals = await lose();
  const touchedAt = performance.now();
  const touch = await guest.touch(page, how);
  await settle(guest, page, firstLine, firstEvent);
  return {
    page,
    events: guest.events.items.slice(firstEvent),
    console: guest.console.items.slice(firstLine),
    signals,
    touch,
    touchedAt,
  };
}

/** Waits for what is still on its way here. Whether it came at all is for the verdict to say. */
export async function settle(
  guest: RasvmGuest,
  page: Page,
  firstLine: number,
  firstEvent: number,
): Promise<void> {
  const attributed = await orNothing(guest.event('attributed', { gpa: page.gpa }, firstEvent));
  if (attributed) await orNothing(guest.event('acknowledged', { id: attributed.id! }, firstEvent));
  const frame = `0x${(page.gpa / sizeOfPage(page)).toString(16)}`;
  await orNothing(guest.kernelLine(new RegExp(`^Memory failure: ${frame}: recovery action`), firstLine));
}

export function evidenceOf({ page, events, console, signals, touch }: Story): Evidence {
  return {
    page,
    events: events.map(({ event }) => event),
    console: printedLines(console).map(({ text }) => text),
    signals,
    touch,
  };
}

/**
 * Waits while the guest kernel would keep the next report from its log.
 *
 * @param onWait is told the ms, if there is a wait.
 */
export async function spaceReports(guest: RasvmGuest, onWait?: (ms: number) => void): Promise<void> {
  const printed = printedLines(guest.console.items)
    .filter(({ text }) => isReportHead(text))
    .map(({ at }) => at);
  const wait = untilNextReport(printed, performance.now());
  if (wait === 0) return;
  onWait?.(wait);
  await sleep(wait);
}

/** What did not come in time is missing evidence, not the end. */
export async function orNothing<T>(wanted: Promise<T>): Promise<T | undefined> {
  try {
    return await wanted;
  } catch (error) {
    if (error instanceof RasvmError && error.code === 'CONTROL') return undefined;
    throw error;
  }
}
