import { setTimeout as sleep } from 'node:timers/promises';
import { type Page, sizeOfPage } from '../guest/victim.ts';
import { judge } from '../judge/expect.ts';
import { judgeLedger } from '../judge/expect-ledger.ts';
import { matches, matchesDeep } from '../judge/expect-value.ts';
import { check } from '../judge/verdict.ts';
import { expectation } from '../language/schema-expect.ts';
import { milliseconds } from '../language/schema-values.ts';
import { pace } from '../run/pace.ts';
import type { Check } from '../run/result.ts';
import { askedOf } from '../vmm/asked.ts';
import type { StepContext } from './context.ts';
import { verb } from './verb.ts';

/** ms that what has not come yet is waited for. */
const LIMIT = 20_000;

/** ms between looks at what has come. */
const POLL = 100;

/** ms between questions. */
const PAUSE = 500;

export const expect = verb({
  schema: expectation,
  names({ since, told, signalled, ledger, ...rest }, names) {
    if (since !== undefined) names.useMark(since, 'since');
    for (const member of ['reported', 'recovered', 'notSignalled', 'hardwareCorruptedPages'] as const)
      names.usePages(rest[member] ?? [], member);
    for (const { page } of [told ?? []].flat()) names.usePages(page, 'told');
    for (const { page } of [signalled ?? []].flat()) names.usePages(page, 'signalled');
    for (const { page } of [ledger ?? []].flat()) names.usePages(page, 'ledger');
  },
  async run(given, context) {
    const { guest, values } = context;
    const { asked, notAsked } = askedOf(guest.vmm, given);
    if (notAsked.length > 0) context.say(`not asked of ${guest.vmm.title}: ${notAsked.join(', ')}`);
    const wanted = values.resolve(asked);
    const since = context.since(wanted.since);
    const usual = wanted.limit === undefined ? LIMIT : milliseconds(wanted.limit);
    const limit = pace.stretch(usual * context.patience);
    const deadline = performance.now() + limit;
    const look = () =>
      judge(
        wanted,
        {
          ...(guest.vmm.tells && { events: guest.events.items.slice(since.event) }),
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
    for (const wish of [ledger ?? []].flat()) {
      for (const page of values.pages(wish.page)) {
        await until(deadline, context, async () => judgeLedger(wish.page, page, wish, await guest.poison()));
      }
    }
    if (state !== undefined) await context.judgeGuest(state, since, limit);
  },
});

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
