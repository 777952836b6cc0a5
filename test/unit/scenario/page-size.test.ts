/** A guest whose kernel has pages of 16 or 64 KiB: its words are judged by its own pages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGuestLine } from '../../../src/scenario/guest/guest-line.ts';
import {
  addressList,
  isInPage,
  type Page,
  sizeOfPage,
  type TouchResult,
  wholeBlock,
} from '../../../src/scenario/guest/victim.ts';
import { judgeTouch } from '../../../src/scenario/judge/expect-touch.ts';
import { judgeRecovered } from '../../../src/scenario/judge/verdict.ts';

const pageOf = (size?: number): Page => ({
  ...{ victim: 'process', index: 0, va: 0xffff_0000_0000, gpa: 0x5000_0000, kind: 'anon' },
  ...(size !== undefined && { size }),
});

function sigbus(address: number, lsb: number): TouchResult {
  return {
    outcome: 'signal',
    report: { signal: 7, code: 4, address, lsb, thread: 1 },
    va: address,
    ns: 1,
  } as TouchResult;
}

test('the agent says the size first; one that does not has 4 KiB', () => {
  const ready = (words: string) => parseGuestLine(`rasvm-guest: ready uname=6.12.0 cpus=2${words}`);
  assert.deepEqual(ready(' page=16384'), { kind: 'ready', release: '6.12.0', cpus: 2, pageSize: 16384 });
  assert.deepEqual(ready(''), { kind: 'ready', release: '6.12.0', cpus: 2, pageSize: 4096 });
  assert.equal(sizeOfPage(pageOf()), 4096);
});

for (const size of [0x1000, 0x4000, 0x1_0000]) {
  const page = pageOf(size);
  const lsb = Math.log2(size);

  test(`${size / 1024} KiB: addresses, blocks`, () => {
    const gpas = addressList('0x50000000+3', size);
    assert.deepEqual(
      gpas,
      [0, 1, 2, 3].map((i) => 0x5000_0000 + i * size),
    );
    assert.deepEqual(addressList('0x50000000-1', size), [0x5000_0000, 0x5000_0000 - size]);
    const pages = gpas.map((gpa) => ({ ...page, gpa }));
    assert.equal(wholeBlock(pages, 4 * size), pages[0]);
    assert.equal(wholeBlock(pages.slice(0, 3), 4 * size), undefined);
    assert.ok(isInPage(page, page.va + size - 1) && !isInPage(page, page.va + size));
  });

  test(`${size / 1024} KiB: the signal's extent and memory_failure's frame are those of the guest's page`, () => {
    const proved = (touch: TouchResult) => judgeTouch('page, read', page, 'BUS_MCEERR_AR', touch).proved;
    assert.equal(proved(sigbus(page.va + size - 8, lsb)), true);
    assert.equal(proved(sigbus(page.va + size, lsb)), false);
    assert.equal(proved(sigbus(page.va, lsb + 1)), false);
    const frame = (page.gpa / size).toString(16);
    const line = (text: string) =>
      `[    9.000000] Memory failure: 0x${text}: recovery action for dirty LRU page: Recovered`;
    assert.equal(judgeRecovered({ page, console: [line(frame)] }).proved, true);
    assert.equal(judgeRecovered({ page, console: [line(`${frame}1`)] }).proved, false);
  });
}
