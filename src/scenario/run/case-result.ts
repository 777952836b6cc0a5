/** What is reported of a case that is over: its outcome, its story and its guest's log. */

import type { EventMessage } from '../../api/events.ts';
import { RasvmError } from '../../core/errors.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { Check } from '../judge/check.ts';
import { CRASH } from '../judge/judge-guest.ts';
import { eventRows, kernelRows, mergeRows, type Row, victimRows } from '../report/timeline.ts';
import { seenWords } from '../report/words.ts';
import type { Case } from './case.ts';
import type { CaseResult, GuestLogLine, Outcome, TimelineEntry } from './result.ts';

/** A case that cannot go on, as what it asks for is not here. */
export class Skip extends Error {}

/** What is known of a case before it runs. */
export function aboutCase({ id, scenario, variant, vmm }: Case) {
  return {
    id,
    scenario: scenario.id,
    title: scenario.title,
    why: scenario.why,
    references: scenario.references,
    ...(scenario.judges === 'vmm' && { judges: scenario.judges }),
    variant: variant.name,
    ...(vmm && { vmm }),
  } satisfies Partial<CaseResult>;
}

/** Of a case that was not run to its end, as something else kept it from that. @param reason a sentence */
export function notRun(each: Case, reason: string, durationMs = 0): CaseResult {
  const { name, release } = each.kernel;
  return {
    ...aboutCase(each),
    kernel: { name, ...(release !== undefined && { release }) },
    outcome: 'broken',
    reason,
    durationMs,
    checks: [],
    timeline: [],
    log: [],
  };
}

/** Of one that went wrong in a way that none of its steps foresees. @param error what was thrown */
export function brokenCase(each: Case, error: unknown, durationMs = 0): CaseResult {
  return notRun(each, faultWords(error), durationMs);
}

function faultWords(fault: unknown): string {
  return fault instanceof RasvmError ? fault.message : String((fault as Error)?.stack ?? fault);
}

/** Of a log: what is about errors. */
const ABOUT_ERRORS =
  /Hardware Error|Memory failure|[Mm]emory error|External [Aa]bort|SError|GHES|APEI|HEST|EDAC|hwpoison|SIGBUS/;

/** @param harmed errors were made before: a guest that falls silent has failed */
export function outcomeOf(
  fault: unknown,
  checks: readonly Check[],
  harmed: boolean,
): { outcome: Outcome; reason?: string } {
  if (fault instanceof Skip) return { outcome: 'skipped', reason: fault.message };
  if (fault !== undefined) {
    const reason = faultWords(fault);
    const isSilence = fault instanceof RasvmError && fault.code === 'CONTROL';
    return { outcome: harmed && isSilence ? 'failed' : 'broken', reason };
  }
  const unproved = checks.find(({ proved }) => !proved);
  if (!unproved) return { outcome: 'passed' };
  return { outcome: 'failed', reason: `not so: ${unproved.claim}; seen: ${seenWords(unproved.seen)}` };
}

/**
 * @param began of the case, in ms of performance.now()
 * @param steps the runner's
 * @param words an event's fields in words
 * @param until the console's mark where the story ends; left out: nowhere
 */
export function timelineOf(
  guest: GuestUnderTest | undefined,
  began: number,
  steps: readonly Row[],
  words: (event: EventMessage) => string,
  until?: number,
): TimelineEntry[] {
  const entry = ({ at, actor, text }: Row): TimelineEntry => ({
    at: at - began,
    actor: actor === 'guest kernel' ? 'guest' : actor,
    text,
  });
  const own = steps.map((row): TimelineEntry => ({ ...entry(row), actor: 'runner' }));
  if (!guest) return own;
  const events = eventRows(guest.events.items, words).map((row, i) => ({
    ...entry(row),
    event: guest.events.items[i]!.event,
  }));
  // What the kernel says at boot is in the log; the story begins with the first step.
  const lines = guest.console.items.slice(0, until);
  const up = lines.findIndex(({ said }) => said?.kind === 'ready');
  const ofGuest = mergeRows(kernelRows(lines.slice(up + 1)), victimRows(lines.slice(up + 1))).map(entry);
  return [...own, ...events, ...ofGuest].sort((a, b) => a.at - b.at);
}

export function logOf(guest: GuestUnderTest | undefined, began: number): GuestLogLine[] {
  return (guest?.console.items ?? []).map(({ at, from, text }) => ({
    at: at - began,
    from,
    text,
    ras: from === 'console' && (ABOUT_ERRORS.test(text) || CRASH.test(text)),
  }));
}

/** What rasvm itself said, and how it was started. */
export function machineOutput(guest: GuestUnderTest, began: number): NonNullable<CaseResult['machine']> {
  return {
    command: [...guest.commandLine],
    log: guest.log.map(({ at, text }) => ({ at: at - began, text, ras: ABOUT_ERRORS.test(text) })),
  };
}
