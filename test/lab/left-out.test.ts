/** Memory that the host cannot give again: the guest boots without it after a reset, and is told nothing wrong. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { evidenceOf, loseLate } from '../../src/scenario/demo/page-story.ts';
import { type Page, wholeBlock } from '../../src/scenario/guest/victim.ts';
import { judgePath } from '../../src/scenario/judge/verdict.ts';
import { reserveHugePages } from '../../src/scenario/run/huge-pages.ts';
import type { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { anyKernel, assertProved, withGuest } from './support.ts';

const HUGE = 0x20_0000;
const MEMORY = 0x1000_0000;
const POOL = '/sys/kernel/mm/hugepages/hugepages-2048kB';

/** Takes from the host what nobody uses: no huge page can be had from now on. */
function emptyPool(): void {
  writeFileSync(`${POOL}/nr_hugepages`, '0');
  const count = (of: string) => readFileSync(`${POOL}/${of}_hugepages`, 'utf8');
  assert.equal(
    count('free'),
    count('resv'),
    "what is free is of the guest's RAM that it has not touched yet",
  );
}

/** Ranges of System RAM as the guest's kernel has them. */
async function systemRam(guest: RasvmGuest): Promise<{ first: number; last: number }[]> {
  const text = (await guest.readFile('/proc/iomem')).toString();
  return [...text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm)].map(([, first, last]) => ({
    first: Number.parseInt(first!, 16),
    last: Number.parseInt(last!, 16),
  }));
}

/** A page whose huge page of the host's is the victim's whole: none of the kernel's is lost with it. */
async function ownBlock(guest: RasvmGuest, victim: string): Promise<Page> {
  const page = wholeBlock(await guest.allocate(victim, 'anon', 4096), HUGE);
  assert.ok(page, 'the victim has all of a huge page');
  return page;
}

const covers = (ranges: Awaited<ReturnType<typeof systemRam>>, gpa: number, size: number) =>
  ranges.some(({ first, last }) => gpa <= last && gpa + size > first);

test('a huge page that the host has no other for: the next boot has less memory, and works', {
  timeout: 240_000,
}, async () => {
  const giveBack = reserveHugePages('2M', MEMORY);
  try {
    const options = {
      kernel: anyKernel().path,
      cpus: 2,
      arguments: ['--hugepages', '2M', '--log-level', 'info'],
    };
    await withGuest(options, async (guest) => {
      const page = await ownBlock(guest, 'victim');
      await loseLate(guest, page);
      const lost = page.gpa;
      assert.ok(covers(await systemRam(guest), lost, HUGE));
      const total = (await guest.command('meminfo MemTotal')).number('kB');

      emptyPool();
      const from = guest.console.mark;
      guest.send('reboot');
      await guest.readyAgain(from);

      const leftOut = await guest.event('left-out', { gpa: lost, size: HUGE });
      assert.equal(guest.events.items.filter(({ event }) => event.kind === 'renewed').length, 0);
      assert.match(
        guest.log.find(({ text }) => text.includes('left out'))?.text ?? '',
        /^rasvm: warn: memory cannot be backed anew, and is left out of what the guest has/,
      );
      assert.deepEqual(
        (await guest.poison()).map(({ id, gpa, size, offlined }) => ({ id, gpa, size, offlined })),
        [{ id: leftOut.id, gpa: lost, size: HUGE, offlined: 'left-out' }],
      );
      assert.equal((await guest.status()).leftOut, HUGE);
      assert.ok(!covers(await systemRam(guest), lost, HUGE), 'the guest has none of it');
      const less = total - (await guest.command('meminfo MemTotal')).number('kB');
      assert.ok(Math.abs(less - HUGE / 1024) < 256, `${less} KiB less than before`);

      const again = await ownBlock(guest, 'again');
      const story = await loseLate(guest, again);
      assertProved(judgePath(evidenceOf(story), 'late').filter(({ claim }) => !/physical/.test(claim)));
      assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
    });
  } finally {
    giveBack();
  }
});
