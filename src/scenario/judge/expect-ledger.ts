/** What a scenario expects of the poison ledger (`rasvm poison list`), page by page. */

import type { PoisonedPage } from '../../api/poison.ts';
import type { Page } from '../guest/victim.ts';
import type { Check } from '../judge/check.ts';
import { type Matcher, matches } from '../language/matcher.ts';
import type { LedgerExpectation } from '../language/schema-expect.ts';
import { check } from './check.ts';

/** @param name of the page, in the scenario */
export function judgeLedger(
  name: string,
  page: Page,
  expected: LedgerExpectation,
  rows: readonly PoisonedPage[],
): Check {
  const { page: _, lost = true, toldEarly, ...wanted } = expected;
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
