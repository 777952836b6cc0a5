import type { StepRun } from './step.ts';

export const allocate: StepRun<'allocate'> = async (
  { page, pages, count, kind = 'anon', victim },
  { guest, values, say },
) => {
  const names = pages ?? [page!];
  const owner = victim ?? names[0]!;
  const number = pages?.length ?? count ?? 1;
  say(`${owner} allocates ${number === 1 ? 'a page' : `${number} pages`} (${kind})`);
  const got = await guest.allocate(owner, kind, number);
  if (pages) for (const [i, each] of pages.entries()) values.name(each, [got[i]!]);
  else values.name(page!, got);
};
