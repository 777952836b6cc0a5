import type { Page } from '../guest/victim.ts';
import { bytesOf } from '../language/schema-values.ts';
import type { WhatOf } from '../language/verbs/index.ts';
import type { StepContext } from './context.ts';
import type { StepRun } from './step.ts';

export const poison: StepRun<'poison'> = async (what, context) => {
  const { page: names, gpa, via = 'madvise', tell } = what;
  const pages = context.values.pagesOf(names ?? []);
  const alone =
    what.storm !== true ||
    via === 'record' ||
    what.size !== undefined ||
    context.guest.vmm.means !== undefined;
  if (alone) for (const page of pages) await lose(page, what, context);
  else for (const run of runsOf(pages, context.backingPage)) await loseAtOnce(run, what, context);
  if (gpa === undefined) return;
  context.say(`the page at GPA 0x${gpa.toString(16)} is lost (via ${via}, to be told ${tell})`);
  await context.guest.inject({ gpa, via, tell });
  context.harmed();
};

async function lose(page: Page, how: WhatOf<'poison'>, context: StepContext): Promise<void> {
  const { tell, severity, size: bytes } = how;
  const via = context.guest.vmm.means ?? how.via ?? 'madvise';
  if (via === 'record') {
    const same = `${page.gpa} ${tell} ${severity ?? 'recoverable'}`;
    await context.space({ same, class: severity === 'corrected' ? 'corrected' : 'uncorrected' });
  } else if (tell === 'early' && how.storm !== true) {
    await context.space({});
  }
  context.say(
    `${page.victim}'s page at GPA 0x${page.gpa.toString(16)} is lost (via ${via}, to be told ${tell})`,
  );
  const { id, hva } = await context.guest.inject({
    gpa: page.gpa,
    via,
    tell,
    ...(severity && { severity }),
    ...(bytes && { size: bytesOf(bytes) }),
  });
  context.harmed();
  context.values.lose(page, { ...(id !== undefined && { id }), ...(hva !== undefined && { hva }) });
}

/** Pages whose backing follows one another, in one request: nothing of the harness' comes between them. */
async function loseAtOnce(run: readonly Page[], how: WhatOf<'poison'>, context: StepContext): Promise<void> {
  const { tell, via = 'madvise' } = how;
  const { backingPage } = context;
  const gpa = startOf(run[0]!, backingPage);
  const place = (page: Page) => (startOf(page, backingPage) - gpa) / backingPage;
  context.say(
    `${run.length} pages from GPA 0x${run[0]!.gpa.toString(16)} are lost (via ${via}, to be told ${tell})`,
  );
  const { id, hva } = await context.guest.inject({ gpa, count: place(run.at(-1)!) + 1, via, tell });
  context.harmed();
  for (const page of run)
    context.values.lose(page, {
      ...(id !== undefined && { id: id + place(page) }),
      ...(hva !== undefined && { hva: hva + place(page) * backingPage }),
    });
}

/** Runs of pages whose backing follows one another in guest memory, each upwards. */
function runsOf(pages: readonly Page[], backingPage: number): Page[][] {
  const runs: Page[][] = [];
  for (const page of pages.toSorted((a, b) => a.gpa - b.gpa)) {
    const run = runs.at(-1);
    const gap = run === undefined ? 0 : startOf(page, backingPage) - startOf(run.at(-1)!, backingPage);
    if (run !== undefined && gap <= backingPage) run.push(page);
    else runs.push([page]);
  }
  return runs;
}

/** GPA of the page of the backing that is lost with it. */
function startOf({ gpa }: Page, backingPage: number): number {
  return gpa - (gpa % backingPage);
}
