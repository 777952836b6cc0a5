/** What came of a touch, held against what a scenario expects. */

import {
  codeValueOf,
  isInPage,
  type Page,
  patternOf,
  sizeOfPage,
  type TouchResult,
} from '../guest/victim.ts';
import type { Check } from '../judge/check.ts';
import { matches, UNIT } from '../language/matcher.ts';
import { SIGNAL_CODES, type TouchExpectation } from '../language/schema-expect.ts';
import { milliseconds } from '../language/schema-values.ts';
import { check } from './check.ts';
import { valueText } from './expect.ts';

const SIGBUS = 7;

/** @param what the page's name and how it was touched: "page, read" */
export function judgeTouch(what: string, page: Page, wanted: TouchExpectation, touch: TouchResult): Check {
  if (wanted === 'contents') {
    const value = page.kind === 'code' ? codeValueOf(page) : patternOf(page);
    const right = touch.outcome === 'value' && touch.value === value;
    return check(`${what}: it has what was written there`, right, touch);
  }
  if (wanted === 'killed') return check(`${what}: the process is killed`, touch.outcome === 'died', touch);
  // With the word alone the extent is a page, as of any error that Linux has handled.
  const full =
    typeof wanted === 'string'
      ? { code: wanted, ...(wanted !== 'BUS_OBJERR' && { lsb: Math.log2(sizeOfPage(page)) }) }
      : wanted;
  const { code, address, lsb, value, error, killedBy, within } = full as Exclude<TouchExpectation, string>;
  if (value !== undefined) {
    const right = touch.outcome === 'value' && matches(touch.value, value);
    return check(`${what}: it reads ${valueText(value)}`, right, touch);
  }
  if (error !== undefined) {
    const right = touch.outcome === 'value' && touch.error === error;
    return check(`${what}: the system call fails with errno ${error}`, right, touch);
  }
  if (killedBy !== undefined) {
    const right = touch.outcome === 'died' && touch.signal === killedBy;
    return check(`${what}: the process is killed by signal ${killedBy}`, right, touch);
  }
  const right =
    touch.outcome === 'signal' &&
    touch.report.signal === SIGBUS &&
    touch.report.code === SIGNAL_CODES[code!] &&
    (address === undefined ? isInPage(page, touch.report.address) : matches(touch.report.address, address)) &&
    (lsb === undefined || matches(touch.report.lsb, lsb)) &&
    (within === undefined || touch.ns <= milliseconds(within) * UNIT.ms);
  const time = within === undefined ? '' : ` within ${within}`;
  return check(`${what}: the handler runs${time}: SIGBUS, ${code}, its address`, right, touch);
}
