/** How a guest is, or how it ended, held against what is expected of it. */

import { type ConsoleLine, parseKernelLine } from './console.ts';
import { isMatch } from './expect-value.ts';
import type { Exit } from './guest.ts';
import type { Check } from './result.ts';
import type { GuestState } from './schema-expect.ts';
import type { GuestUnderTest, Mark } from './steps/context.ts';
import { check } from './verdict.ts';

/** rasvm's exit status when the guest panicked. */
const PANIC_STATUS = 3;

/**
 * What no guest's log may have if the guest is to have lived well. Lockups and stalls are not in it: on a host that is
 * busy with other things vCPUs stand still for long, and a guest that really hangs does not answer.
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
  const lines = () => guest.console.items.slice(since.line);
  const ends = async (claim: string, status: number, most?: number) => {
    const exit: Exit = await guest.exit(most);
    judged(check(claim, exit.status === status, exit));
  };
  if (state === 'runs' || state === 'powersOff') {
    await guest.command('cpus');
    judged(unharmed(lines()));
    if (state === 'runs') return;
    guest.send('poweroff');
    await ends('the guest powers off when asked to; rasvm ends with 0', 0);
  } else if ('oopses' in state) {
    judged(crashSays("the guest's kernel oopses with", state.oopses, lines()));
    // It has survived it.
    await guest.command('cpus');
  } else if ('endsWith' in state) {
    await ends(`rasvm ends with ${state.endsWith}`, state.endsWith, limit);
  } else {
    await ends("the guest's kernel panics; rasvm ends with 3", PANIC_STATUS, limit);
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
