import { expectation } from '../schema-expect.ts';
import { verb } from './verb.ts';

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
});
