/** Why a case ended as it did, as lines of plain text: what was to be proved, and the timeline. */

import type { Check } from '../judge/check.ts';
import type { CaseResult, TimelineEntry } from '../run/result.ts';
import { JUDGES_VMM } from './summary.ts';
import { visible } from './text.ts';
import { seenWords, stuckLines } from './words.ts';

export function evidenceLines(result: CaseResult): string[] {
  const { title, why, references, reason, cause, checks, stuck, timeline, judges } = result;
  return [
    title,
    ...(judges === 'vmm' ? [JUDGES_VMM] : []),
    ...(reason === undefined ? [] : [reason]),
    ...(cause === undefined ? [] : [`cause: ${cause.text}`, `See ${cause.reference}`]),
    '',
    ...checks.flatMap(checkLines),
    ...(stuck === undefined ? [] : ['', 'Where it stood:', ...stuckLines(stuck)]),
    '',
    `Why it matters: ${why}`,
    ...references.map((each) => `See ${each}`),
    '',
    'Timeline (ms since the case began):',
    ...timelineLines(timeline),
  ].map(visible);
}

function checkLines({ claim, proved, seen }: Check): string[] {
  return [`${proved ? 'proved    ' : 'NOT PROVED'}  ${claim}`, `            seen: ${seenWords(seen)}`];
}

/** A line an entry: when, who, what. */
export function timelineLines(timeline: readonly TimelineEntry[]): string[] {
  const times = timeline.map(({ at }) => at.toFixed(1));
  const width = Math.max(0, ...times.map((time) => time.length));
  return timeline.map(({ actor, text }, i) => `${times[i]!.padStart(width)}  ${actor.padEnd(6)}  ${text}`);
}
