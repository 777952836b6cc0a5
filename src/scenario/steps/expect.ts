import { setTimeout as sleep } from 'node:timers/promises';
import { pace } from '../guest/pace.ts';
import { type Page, sizeOfPage } from '../guest/victim.ts';
import { type Check, check } from '../judge/check.ts';
import { judge } from '../judge/expect.ts';
import { judgeLedger } from '../judge/expect-ledger.ts';
import { expectedOf } from '../judge/expected-of.ts';
import { matches, matchesDeep } from '../language/matcher.ts';
import { milliseconds } from '../language/schema-values.ts';
import type { StepContext } from './context.ts';
import type { StepRun } from './step.ts';

/** ms that what has not come yet is waited for. */
const LIMIT = 20_000;

/** ms between looks at what has come. */
const POLL = 100;

/** ms between questions. */
const PAUSE = 500;

export const expect: StepRun<'expect'> = async (given, context) => {
  const { guest, values } = context;
  const { expected, leftOut } = expectedOf(guest.vmm, given);
  if (leftOut.length > 0) context.say(`not asked of ${guest.vmm.title}: ${leftOut.join(', ')}`);
  const wanted = values.resolve(expected);
  const since = context.since(wanted.since);
  const usual = wanted.limit === undefined ? LIMIT : milliseconds(wanted.limit);
  const limit = pace.stretch(usual * context.patience);
  const deadline = performance.now() + limit;
  const look = () =>
    judge(
      wanted,
      {
        ...(guest.vmm.reports && { events: guest.events.items.slice(since.event) }),
        console: guest.console.items.slice(since.line),
      },
      values,
    );
  let checks = look();
  while (checks.some(({ proved }) => !proved) && performance.now() < deadline && !context.over) {
    await sleep(POLL);
    checks = look();
  }
  if (wanted.notSignalled !== undefined && !context.over) {
    await heardOf(values.pagesOf(wanted.notSignalled), guest);
    checks = look();
  }
  context.judged(...checks);
  const { hardwareCorruptedPages: gone, status, ledger, guest: state } = wanted;
  const corrupted = gone
    ? `${values.pagesOf(gone).reduce((sum, page) => sum + sizeOfPage(page), 0) / 1024}K`
    : wanted.hardwareCorrupted;
  if (corrupted !== undefined) {
    await until(deadline, context, async () => {
      const bytes = await guest.hardwareCorrupted();
      const claim = `HardwareCorrupted is ${corrupted}`;
      return check(claim, matches(bytes, corrupted), { bytes });
    });
  }
  if (status !== undefined) {
    await until(deadline, context, async () => {
      const seen = await guest.status();
      return check(`rasvm's status has ${JSON.stringify(status)}`, matchesDeep(seen, status), seen);
    });
  }
  for (const row of [ledger ?? []].flat()) {
    for (const page of values.pages(row.page)) {
      await until(deadline, context, async () => judgeLedger(row.page, page, row, await guest.poison()));
    }
  }
  if (state !== undefined) await context.judgeGuest(state, since, limit);
};

/** A process that was sent a signal tells of it as soon as it runs, and so before it answers anything. */
async function heardOf(pages: readonly Page[], guest: StepContext['guest']): Promise<void> {
  for (const { victim, index, va } of pages) if (va) await guest.command(`where ${victim} ${index} 1`);
}

/** Asks until the answer is right, or it is too late: once at least. */
async function until(deadline: number, context: StepContext, ask: () => Promise<Check>): Promise<void> {
  let last = await ask();
  while (!last.proved && performance.now() < deadline && !context.over) {
    await sleep(PAUSE);
    last = await ask();
  }
  context.judged(last);
}
