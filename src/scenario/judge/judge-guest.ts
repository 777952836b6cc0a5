/** How a guest is, or how it ended, held against what is expected of it. */

import { type ConsoleLine, parseKernelLine, printedLines } from '../guest/console.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { Check } from '../judge/check.ts';
import { isMatch } from '../language/matcher.ts';
import type { GuestState } from '../language/schema-expect.ts';
import type { Exit } from '../vmm/child.ts';
import { isPanic } from '../vmm/vmm.ts';
import { check } from './check.ts';

/** A moment: how much had been seen by then. */
export interface Mark {
  event: number;
  line: number;
}

/**
 * What no guest's log may have if the guest is to have lived well. Lockups and stalls are not in it: on a
 * host that is busy with other things vCPUs stand still for long, and a guest that really hangs does not
 * answer.
 */
export const CRASH =
  /Kernel panic|Internal error|BUG:(?! (soft|workqueue) lockup)|Oops|WARNING: (CPU|.* at )/;

/**
 * @param limit ms that its end may take
 * @param judged is given the checks as they are made: the guest may not answer any more
 */
export async function judgeGuest(
  state: GuestState,
  guest: GuestUnderTest,
  since: Mark,
  limit: number,
  judged: (check: Check) => void,
): Promise<void> {
  const lines = () => printedLines(guest.console.items.slice(since.line));
  const { vmm } = guest;
  const ends = async (claim: string, isRight: (exit: Exit) => boolean, most?: number) => {
    const exit = await guest.exit(most);
    const right = isRight(exit);
    // Why it ended otherwise is in its own last words.
    const says = right ? undefined : guest.log.at(-1)?.text;
    judged(check(claim, right, says === undefined ? exit : { ...exit, says }));
  };
  if (state === 'runs' || state === 'powersOff') {
    await guest.command('cpus');
    judged(unharmed(lines()));
    if (state === 'runs') return;
    guest.send('poweroff');
    const claim = `the guest powers off when asked to; ${vmm.title} ends with 0`;
    await ends(claim, (exit) => exit.status === 0 && !isPanic(vmm, exit));
  } else if ('oopses' in state) {
    judged(crashSays("the guest's kernel oopses with", state.oopses, lines()));
    // It has survived it.
    await guest.command('cpus');
  } else if ('endsWith' in state) {
    const status = state.endsWith;
    await ends(`rasvm ends with ${status}`, (exit) => exit.status === status, limit);
  } else {
    const { panicStatus } = vmm;
    const status = panicStatus === undefined ? '' : `; ${vmm.title} ends with ${panicStatus}`;
    await ends(`the guest's kernel panics${status}`, (exit) => isPanic(vmm, exit), limit);
    judged(crashSays('the panic says', state.panics, lines()));
  }
}

function unharmed(lines: readonly ConsoleLine[]): Check {
  const bad = lines.find(({ text }) => CRASH.test(text));
  return check(
    "the guest's kernel neither panicked nor oopsed",
    bad === undefined,
    bad && { line: bad.text },
  );
}

function crashSays(claim: string, words: string, lines: readonly ConsoleLine[]): Check {
  const said = lines
    .flatMap(({ text }) => parseKernelLine(text)?.text ?? [])
    .filter((line) => CRASH.test(line));
  const found = said.find((line) => isMatch(line, words));
  const seen = found ?? said[0];
  return check(`${claim} '${words}'`, found !== undefined, seen === undefined ? seen : { line: seen });
}
