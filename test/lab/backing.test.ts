/** Guest RAM of each kind loses pages in the same way. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';
import { evidenceOf, loseEarly, loseLate, spaceReports } from '../../src/scenario/loss.ts';
import { judgeEarly, judgeLate } from '../../src/scenario/verdict.ts';
import type { Page } from '../../src/scenario/victim.ts';
import { anyKernel, assertProved, assertSigbus, withGuest } from './support.ts';

const MiB = 2 ** 20;
const kernel = anyKernel().path;

test('--shared: late and early, as with anonymous memory', { timeout: 180_000 }, async () => {
  await withGuest({ kernel, arguments: ['--shared'] }, async (guest) => {
    assert.equal((await guest.status()).backing, 'memfd');
    const [late, early] = await guest.allocate('victim', 'anon', 2);
    assertProved(judgeLate(evidenceOf(await loseLate(guest, late!))));
    assertProved(judgeEarly(evidenceOf(await loseEarly(guest, early!))));
  });
});

const [major, minor] = release().split('.').map(Number);
const hasUffdPoison = major! > 6 || (major === 6 && minor! >= 6);

test('UFFDIO_POISON loses a page as memory_failure does', {
  timeout: 180_000,
  skip: hasUffdPoison ? false : 'UFFDIO_POISON needs Linux 6.6 on the host',
}, async () => {
  await withGuest({ kernel }, async (guest) => {
    const [first, second] = await guest.allocate('victim', 'anon', 2);
    assertProved(judgeLate(evidenceOf(await loseLate(guest, first!, { via: 'uffd' }))));
    await spaceReports(guest);
    assertProved(judgeLate(evidenceOf(await loseLate(guest, second!, { via: 'uffd', how: 'write' }))));
  });
});

const POOL = '/proc/sys/vm/nr_hugepages';

/** Reserves huge pages of 2 MiB for as long as `body` runs; false if the host has not so many. */
async function withHugePages(count: number, body: () => Promise<void>): Promise<boolean> {
  const before = readFileSync(POOL, 'utf8').trim();
  writeFileSync(POOL, `${count}`);
  try {
    if (Number(readFileSync(POOL, 'utf8')) < count) return false;
    await body();
    return true;
  } finally {
    writeFileSync(POOL, before);
  }
}

/** The first page of a huge page of the host that the victim owns whole, so that nothing of the guest's kernel is in it. */
function wholeHugePage(pages: readonly Page[]): Page | undefined {
  const owned = new Set(pages.map(({ gpa }) => gpa));
  const isWhole = (gpa: number) =>
    Array.from({ length: 512 }, (_, i) => gpa + 4096 * i).every((each) => owned.has(each));
  return pages.find(({ gpa }) => gpa % (2 * MiB) === 0 && isWhole(gpa));
}

test('--hugepages 2M: a lost page takes its huge page along, and is told with its whole extent', {
  timeout: 240_000,
}, async (t) => {
  const had = await withHugePages(130, async () => {
    await withGuest({ kernel, memory: '256M', arguments: ['--hugepages', '2M'] }, async (guest) => {
      // Single pages: where a kernel of 6.12 or later splits its own huge page, it reads all of it, lost or not.
      const pages = await guest.allocate('victim', 'anon', 4096);
      const own = wholeHugePage(pages);
      assert.ok(own, 'the victim owns no whole huge page');
      const mark = guest.events.mark;

      const { size } = await guest.inject({ gpa: own.gpa, via: 'madvise', tell: 'late' });
      const touch = await guest.touch(own);

      assert.equal(size, 2 * MiB);
      assertSigbus(touch, own, 4);
      assert.equal((await guest.event('signal', { code: 'BUS_MCEERR_AR' }, mark)).size, 2 * MiB);
      const recorded = await guest.event('recorded', {}, mark);
      assert.equal(recorded.physicalAddress, own.gpa);
      assert.equal(recorded.physicalAddressMask, '0xffffffffffe00000');
      await guest.event('acknowledged', {}, mark);
      await guest.kernelLine(/^Memory failure: .*recovery action for .*: Recovered/);

      // Another page of the same loss: the record names the page that was touched.
      const other = pages.find(({ gpa }) => gpa === own.gpa + 7 * 4096)!;
      const later = guest.events.mark;
      assertSigbus(await guest.touch(other), other, 4);
      assert.equal((await guest.event('recorded', {}, later)).physicalAddress, other.gpa);
    });
  });
  if (!had) t.skip('the host has not 130 huge pages to give');
});
