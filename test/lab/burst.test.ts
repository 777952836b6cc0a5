/** Many pages at once. The kernel keeps one SIGBUS pending and drops the others: what no signal names is found. */

import assert from 'node:assert/strict';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { anyKernel, withGuest } from './support.ts';

const CORRUPT_PFN = '/sys/kernel/debug/hwpoison/corrupt-pfn';
const PAGES = 8;

/** The page frame behind an address of a process (Documentation/admin-guide/mm/pagemap.rst: bits 0 to 54). */
function frameOf(pid: number, address: number): bigint {
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const entry = Buffer.alloc(8);
    assert.equal(readSync(fd, entry, 0, 8, (address / 4096) * 8), 8);
    return entry.readBigUInt64LE() & ((1n << 55n) - 1n);
  } finally {
    closeSync(fd);
  }
}

test('pages lost while one signal is pending: each is told once', { timeout: 180_000 }, async () => {
  await withGuest({ kernel: anyKernel().path, cpus: 2 }, async (guest) => {
    const [first, ...others] = await guest.allocate('victim', 'anon', PAGES + 1);
    const { hva } = await guest.inject({ gpa: first!.gpa, via: 'madvise', tell: 'late' });
    const { pid } = await guest.status();
    const frames = others.map(({ gpa }) => frameOf(pid, hva! + gpa - first!.gpa));
    assert.ok(
      frames.every((frame) => frame > 0n),
      'a page of the victim has no frame',
    );
    const mark = guest.events.mark;

    // Stopped, rasvm takes no signal: all but the first that comes are dropped.
    process.kill(pid, 'SIGSTOP');
    for (const frame of frames) writeFileSync(CORRUPT_PFN, `${frame}`);
    process.kill(pid, 'SIGCONT');

    for (const { gpa } of others) {
      const { id } = await guest.event('attributed', { gpa, timing: 'early' }, mark);
      await guest.event('acknowledged', { id: id! }, mark);
    }
    const events = guest.events.items.slice(mark).map(({ event }) => event);
    const count = (kind: string) => events.filter((event) => event.kind === kind).length;
    assert.equal(count('recorded'), PAGES);
    assert.equal(count('notified'), PAGES);
    assert.ok(count('found') > 0, 'no signal was lost: the test shows nothing');
    assert.deepEqual(
      events
        .filter(({ kind }) => kind === 'recorded')
        .map(({ physicalAddress }) => physicalAddress)
        .sort(),
      others.map(({ gpa }) => gpa).sort(),
    );
    for (const { gpa } of others) {
      const line = new RegExp(
        `^Memory failure: 0x${(gpa / 4096).toString(16)}: recovery action for .*: Recovered`,
      );
      await guest.kernelLine(line);
    }
    assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
  });
});
