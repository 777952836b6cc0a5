/** What became of a scenario on a VMM: a verdict to count, and words for a cell. */

import { CRASH } from '../../src/scenario/judge/judge-guest.ts';
import type { Scenario } from '../../src/scenario/language/schema.ts';
import { seenWords } from '../../src/scenario/report/words.ts';
import type { CaseResult } from '../../src/scenario/run/result.ts';
import type { Exit } from '../../src/scenario/vmm/child.ts';
import { lackOf } from '../../src/scenario/vmm/lacks.ts';
import type { Vmm } from '../../src/scenario/vmm/vmm.ts';

/** In the order of the summary, each with its words there. */
export const VERDICTS = {
  passed: 'passed',
  died: 'failed: the VMM died',
  silent: 'failed: the guest was not told of the loss until it touched the page, or at all',
  failed: 'failed otherwise',
  lacking: 'it cannot be asked',
  skipped: 'left out on this host or kernel',
  broken: 'could not be tested',
  'not-run': 'not run',
} as const;
export type Verdict = keyof typeof VERDICTS;

export interface Outcome {
  verdict: Verdict;
  /** Of a cell of a table in Markdown. */
  words: string;
  /** The VMM's own, without its name, where it died. */
  lastWords?: string;
  /** The same, where it died of this in a guest that had served others, and then lived in one of its own. */
  lastWordsBefore?: string;
}

/** @param result left out: it was not run */
export function outcomeOf(
  scenario: Pick<Scenario, 'steps' | 'machine'>,
  vmm: Vmm,
  result?: CaseResult,
): Outcome {
  const lack = !result || result.outcome === 'skipped' ? lackOf(vmm.name, scenario) : undefined;
  if (lack !== undefined) return { verdict: 'lacking', words: `– ${plain(lackWords(lack, vmm))}` };
  if (!result) return { verdict: 'not-run', words: 'not run' };
  const { outcome, checks, reason = '', before } = result;
  const claims = `${checks.length} ${checks.length === 1 ? 'claim' : 'claims'}`;
  if (outcome === 'passed') {
    if (!before) return { verdict: 'passed', words: `✓ ${claims}` };
    const others = before.served === 1 ? '1 other' : `${before.served} others`;
    const death = endIn(before.reason, vmm);
    return {
      verdict: 'passed',
      // A VMM that dies now and then would not show.
      words: `✓ ${claims}; before, in a guest that had served ${others}: ${plain(death ?? before.reason)}`,
      ...(death !== undefined && { lastWordsBefore: wordsIn(death) }),
    };
  }
  if (outcome !== 'failed') {
    const mark = outcome === 'skipped' ? '–' : '!';
    return { verdict: outcome, words: `${mark} ${plain(reason)}` };
  }
  const unproved = checks.filter(({ proved }) => !proved);
  const death = endIn(reason, vmm) ?? unproved.flatMap(({ seen }) => endSeen(seen, vmm) ?? [])[0];
  if (death !== undefined) return { verdict: 'died', words: `✗ ${plain(death)}`, lastWords: wordsIn(death) };
  const proved = `${checks.length - unproved.length} of ${claims}`;
  if (isSilent(result)) {
    const crash = result.log.some(({ text }) => CRASH.test(text)) ? ", then the guest's kernel crashed" : '';
    return { verdict: 'silent', words: `✗ silent${crash}${checks.length > 0 ? `: ${proved}` : ''}` };
  }
  const [first, ...more] = unproved;
  if (!first) return { verdict: 'failed', words: `✗ ${plain(reason)}` };
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  return {
    verdict: 'failed',
    words: `✗ ${proved}; not so: ${plain(first.claim)}${others}; seen: ${plain(seenWords(first.seen))}`,
  };
}

/** How the VMM ended by itself, in a reason; a guest's panic is no death of its VMM (src/scenario/vmm/child.ts). */
function endIn(reason: string, { title, panicStatus }: Vmm): string | undefined {
  const words = /did not come: (.*)$/s.exec(reason)?.[1];
  if (!words?.startsWith(title)) return undefined;
  const how = /^ (?:aborted|ended with (?:SIG\w+|status (\d+)))/.exec(words.slice(title.length));
  if (!how) return undefined;
  const status = Number(how[1] ?? Number.NaN);
  return status === 0 || status === panicStatus ? undefined : words;
}

/** The same, of a check of how the guest ended (src/scenario/judge/judge-guest.ts). */
function endSeen(seen: string, vmm: Vmm): string | undefined {
  const { status, signal, panic, says } = endOf(seen);
  if (panic !== undefined || (typeof status !== 'number' && typeof signal !== 'string')) return undefined;
  const how = signal === 'SIGABRT' ? 'aborted' : `ended with ${signal ?? `status ${status}`}`;
  return endIn(`did not come: ${vmm.title} ${how}${says === undefined ? '' : ` (${says})`}`, vmm);
}

function endOf(seen: string): Partial<Exit> & { says?: string } {
  try {
    const value: unknown = JSON.parse(seen);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** 'QEMU aborted (qemu-system-aarch64: last words)' */
function wordsIn(death: string): string {
  return /\((?:[\w-]+: )?(.*)\)$/s.exec(death)?.[1] ?? death;
}

/** Lines of a guest's kernel that was told, or met the loss. */
const TOLD = /\[Hardware Error\]|Memory failure:|synchronous external abort|SError/;

/**
 * After an early loss the guest's kernel said nothing of it, until something in the guest touched lost pages or the case was over.
 * By the runner's own words (src/scenario/steps/); where they are others, nothing counts as silence.
 */
function isSilent({ timeline, log, checks, reason = '' }: CaseResult): boolean {
  // Not so where the harness itself came to nothing.
  if (checks.every(({ proved }) => proved) && !/did not end within/.test(reason)) return false;
  const did = timeline.filter(({ actor }) => actor === 'runner');
  const lost = did.findIndex(({ text }) =>
    /to be told early\)$|^the host loses \d+ pages at once$/.test(text),
  );
  if (lost === -1) return false;
  const touched = did.slice(lost).find(({ text }) => /touch|^the guest runs '(claim|latency) /.test(text));
  const from = did[lost]!.at;
  const to = touched?.at ?? Number.POSITIVE_INFINITY;
  return !log.some(({ at, text }) => at >= from && at < to && TOLD.test(text));
}

/** 'QEMU has no poison by userfaultfd (via: uffd)' as 'no poison by userfaultfd'. */
function lackWords(lack: string, { title }: Vmm): string {
  return lack.replace(/ \([^)]*\)$/, '').replace(`${title} has no `, 'no ');
}

/** A cell is one line, and what a guest or a VMM printed no markup. */
function plain(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.replace(/[\\`*_<>[\]]/g, '\\$&');
}
