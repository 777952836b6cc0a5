/** What a scenario expects of the poison ledger (`rasvm poison list`), page by page. */

import type { PoisonedPage } from '../../api/poison.ts';
import type { Page } from '../guest/victim.ts';
import type { LedgerWish } from '../language/schema-expect.ts';
import type { Check } from '../run/result.ts';
import { type Matcher, matches } from './expect-value.ts';
import { check } from './verdict.ts';

/** @param name of the page, in the scenario */
export function judgeLedger(
  name: string,
  page: Page,
  wish: LedgerWish,
  rows: readonly PoisonedPage[],
): Check {
  const { page: _, lost = true, toldEarly, ...wanted } = wish;
  const row = rows.find(({ gpa, size }) => page.gpa >= gpa && page.gpa < gpa + size);
  if (!lost) return check(`${name}: is not in the ledger`, row === undefined, row);
  const fields = Object.entries(wanted).filter(([, value]) => value !== undefined) as [
    keyof typeof wanted,
    Matcher,
  ][];
  const proved =
    row !== undefined &&
    (toldEarly === undefined || toldEarly === (row.toldEarly !== undefined)) &&
    fields.every(([field, value]) => matches(row[field], value));
  const words = [
    ...(toldEarly === undefined ? [] : [toldEarly ? 'told early' : 'not told early']),
    ...fields.map(([field, value]) => `${field} ${value}`),
  ];
  const claim = `${name}: the ledger has it${words.length === 0 ? '' : ` with ${words.join(', ')}`}`;
  return check(claim, proved, row ?? { pages: rows.length });
}
