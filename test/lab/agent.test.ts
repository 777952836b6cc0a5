/** The agent in the guest: pages of each kind, touched in each way, and what else it can be asked for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf, loseLate, spaceReports } from '../../src/scenario/demo/page-story.ts';
import {
  codeValueOf,
  PAGE_KINDS,
  type Page,
  type PageKind,
  patternOf,
  type TouchKind,
} from '../../src/scenario/guest/victim.ts';
import { judgeLate } from '../../src/scenario/judge/verdict.ts';
import type { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { anyKernel, assertProved, assertSigbus, withGuest } from './support.ts';

const kernel = anyKernel().path;
const HUGE = 512;
const WRITTEN = ~0x5241530000000000n & 0xffff_ffff_ffff_ffffn;
/** errno */
const EAGAIN = 11;

const UNMAPPED: readonly PageKind[] = ['cache', 'cache-dirty'];
const FILES: readonly PageKind[] = ['tmpfs', 'file', 'file-dirty', ...UNMAPPED];

/** The kernel's own pages: how each is touched, and the bit of /proc/kpageflags that it has for sure. */
const KERNEL: Partial<Record<PageKind, { how: TouchKind; flag?: bigint }>> = {
  pagetable: { how: 'read', flag: 26n },
  slab: { how: 'receive' },
  pipe: { how: 'receive' },
  text: { how: 'call' },
  free: { how: 'claim', flag: 10n },
};

async function reads(guest: RasvmGuest, page: Page, how: TouchKind, value: bigint): Promise<void> {
  const touch = await guest.touch(page, how);
  assert.ok(touch.outcome === 'value', `${page.kind}, ${how}: ${touch.outcome}`);
  assert.equal(touch.error, undefined, `${page.kind}, ${how}`);
  assert.equal(touch.value, value, `${page.kind}, ${how}`);
}

/** A page that is mapped, and not code. */
async function touchEachWay(guest: RasvmGuest, page: Page): Promise<void> {
  const pattern = patternOf(page);
  for (const how of ['read', 'lse', 'llsc', 'write-from'] as const) await reads(guest, page, how, pattern);
  const futex = await guest.touch(page, 'futex');
  assert.ok(futex.outcome === 'value' && futex.error === EAGAIN, 'the word is read, and is another');
  for (const touch of await guest.crowd(page, 'read', 4))
    assert.ok(touch.outcome === 'value' && touch.value === pattern, 'each thread reads the page');
  await reads(guest, page, 'write', 0n);
  await reads(guest, page, 'read', WRITTEN);
  await reads(guest, page, 'read-into', 0n);
  await reads(guest, page, 'read', WRITTEN);
}

test('each kind of page is had, where it is said to be, and touched in each way', {
  timeout: 240_000,
}, async (t) => {
  await withGuest(
    { kernel, cpus: 2, memory: '512M' },
    async (guest, step) => {
      for (const kind of PAGE_KINDS.filter((each) => !(each in KERNEL))) {
        await step(kind, async () => {
          const huge = kind === 'huge' || kind === 'hugetlb';
          const pages = await guest.allocate(kind, kind, huge ? HUGE : 2);
          const page = pages[1]!;
          assert.equal(new Set(pages.map(({ gpa }) => gpa)).size, pages.length);
          assert.ok(pages.every(({ gpa }) => gpa >= 0x4000_0000 && gpa % 4096 === 0));
          if (huge) assert.equal(page.gpa, pages[0]!.gpa + 4096);
          await flagsAreRight(guest, page);
          if (kind === 'code') {
            await reads(guest, page, 'exec', codeValueOf(page));
          } else if (UNMAPPED.includes(kind)) {
            await reads(guest, page, 'pread', patternOf(page));
            await reads(guest, page, 'pwrite', 0n);
            await reads(guest, page, 'pread', WRITTEN);
          } else {
            if (FILES.includes(kind)) await reads(guest, page, 'pread', patternOf(page));
            await touchEachWay(guest, page);
          }
          await guest.command(`end ${kind}`);
        });
      }
    },
    t,
  );
});

test('pages of the kernel are had and touched', { timeout: 240_000 }, async (t) => {
  await withGuest(
    { kernel, cpus: 2 },
    async (guest, step) => {
      for (const [name, { how, flag }] of Object.entries(KERNEL)) {
        const kind = name as PageKind;
        await step(kind, async () => {
          const pages = await guest.allocate(kind, kind, kind === 'text' ? 1 : 2);
          assert.equal(new Set(pages.map(({ gpa }) => gpa)).size, pages.length);
          for (const page of pages) {
            assert.ok(page.gpa >= 0x4000_0000 && page.gpa % 4096 === 0);
            const flags = await flagsOf(guest, page);
            if (flag !== undefined) assert.equal((flags >> flag) & 1n, 1n, `0x${flags.toString(16)}`);
            assert.equal(hasFlag(flags, 'mmap') || hasFlag(flags, 'anon'), false);
          }
          // To claim one, a process takes whatever is free, the other with it.
          const touched = how === 'claim' ? pages.slice(0, 1) : pages;
          for (const page of touched) await reads(guest, page, how, patternOf(page));
          await guest.command(`end ${kind}`);
        });
      }
      await step('what has nothing of the kind is not touched so', async () => {
        const [page] = await guest.allocate('plain', 'anon');
        for (const how of ['receive', 'call', 'claim', 'pread'] as const)
          await assert.rejects(guest.touch(page!, how), /No such device or address/);
      });
    },
    t,
  );
});

/** Bits of /proc/kpageflags (include/uapi/linux/kernel-page-flags.h, include/linux/kernel-page-flags.h). */
const FLAG = { mmap: 11, anon: 12, huge: 17, thp: 22, mlocked: 33 } as const;

async function flagsOf(guest: RasvmGuest, { gpa }: Page): Promise<bigint> {
  return (await guest.command(`pageflags ${gpa}`)).word('flags');
}

function hasFlag(flags: bigint, name: keyof typeof FLAG): boolean {
  return ((flags >> BigInt(FLAG[name])) & 1n) === 1n;
}

/** What the kernel itself says of the page. */
async function flagsAreRight(guest: RasvmGuest, page: Page): Promise<void> {
  const { kind } = page;
  const flags = await flagsOf(guest, page);
  const expected = {
    anon: ['anon', 'huge', 'hugetlb', 'locked', 'code'].includes(kind),
    mmap: !UNMAPPED.includes(kind),
    thp: kind === 'huge',
    huge: kind === 'hugetlb',
    mlocked: kind === 'locked',
  };
  for (const [name, value] of Object.entries(expected))
    assert.equal(hasFlag(flags, name as keyof typeof FLAG), value, `${name} in 0x${flags.toString(16)}`);
}

test('files, programs, trace events, children and locks', { timeout: 180_000 }, async (t) => {
  const script = Buffer.from('#!/nowhere\n');
  await withGuest(
    { kernel, files: { 'etc/script': script } },
    async (guest, step) => {
      await step('a file goes in and out as it is', async () => {
        const bytes = Uint8Array.from({ length: 1700 }, (_, i) => (i * 7) & 0xff);
        await guest.writeFile('/tmp/a file%', bytes);
        assert.deepEqual([...(await guest.readFile('/tmp/a file%'))], [...bytes]);
        assert.deepEqual(await guest.readFile('/etc/script'), script);
        assert.match((await guest.readFile('/proc/meminfo')).toString(), /^MemTotal: +\d+ kB\nMemFree:/);
        await assert.rejects(guest.readFile('/nothing'), /No such file/);
      });
      await step('what the kernel is told is heeded', async () => {
        await guest.writeFile('/proc/sys/kernel/printk_ratelimit', '7');
        assert.equal((await guest.readFile('/proc/sys/kernel/printk_ratelimit')).toString(), '7\n');
      });
      await step('a program runs, and its output and end are told', async () => {
        // The agent is the one program that there is: not the first process, and without a terminal, it ends with 1.
        const { exit, output } = await guest.run('/init', '/dev/null/x');
        assert.equal(exit, 1);
        assert.match(output, /^rasvm-agent: no terminal.*: Not a directory\n$/);
        await assert.rejects(guest.run('/etc/script'), /No such file/);
      });
      await step('a module that is none is refused by the kernel', async () => {
        await assert.rejects(guest.command('insmod /etc/script'), /Exec format error/);
      });
      await step('a child shares its page until one of both writes', async () => {
        const [page] = await guest.allocate('parent', 'anon');
        const [shared] = await guest.fork([page!], 'child');
        const where = async (victim: string) => (await guest.command(`where ${victim} 0 1`)).number('gpa');
        assert.equal(await where('child'), page!.gpa);
        await reads(guest, shared!, 'read', patternOf(page!));
        await reads(guest, shared!, 'write', 0n);
        assert.notEqual(await where('child'), page!.gpa);
        await reads(guest, page!, 'read', patternOf(page!));
        await guest.command('end parent');
        await reads(guest, shared!, 'read', WRITTEN);
      });
      await step('a page is locked and let go', async () => {
        const [page] = await guest.allocate('locker', 'anon');
        const locked = async () => hasFlag(await flagsOf(guest, page!), 'mlocked');
        assert.equal(await locked(), false);
        await guest.command('lock locker 0 1');
        assert.equal(await locked(), true);
        await guest.command('lock locker 0 1 off');
        assert.equal(await locked(), false);
      });
      await step('a trace event is told as it happens', async () => {
        await guest.command('trace on ras:memory_failure_event');
        const [page] = await guest.allocate('traced', 'anon');
        const mark = guest.console.mark;
        assertProved(judgeLate(evidenceOf(await loseLate(guest, page!))));
        const frame = (page!.gpa / 4096).toString(16);
        const event = await guest.traceEvent(new RegExp(`memory_failure_event: pfn 0x${frame}: `), mark);
        assert.match(event, /recovery action for .*: Recovered$/);
        await guest.command('trace off');
      });
    },
    t,
  );
});

test('lost pages of several kinds', { timeout: 240_000 }, async (t) => {
  await withGuest(
    { kernel, cpus: 2, memory: '512M' },
    async (guest, step) => {
      await step('locked, met by an atomic addition', async () => {
        const [page] = await guest.allocate('locked', 'locked');
        assertProved(judgeLate(evidenceOf(await loseLate(guest, page!, { how: 'lse' }))));
      });
      await step('shared with a child: the parent is told late, the child when it touches', async () => {
        const [page] = await guest.allocate('parent', 'anon');
        const [shared] = await guest.fork([page!], 'child');
        await spaceReports(guest);
        assertProved(judgeLate(evidenceOf(await loseLate(guest, page!))));
        assertSigbus(await guest.touch(shared!), shared!, 4);
      });
      await step('early, to the thread that asked for it', async () => {
        const [page] = await guest.allocate('threads', 'anon');
        const mark = guest.console.mark;
        await guest.command('mcekill threads early thread');
        await guest.inject({ gpa: page!.gpa, via: 'hwpoison', tell: 'early' });
        const signal = await guest.victimSignal('threads', mark);
        assert.equal(signal.code, 5);
        assert.equal(signal.address, page!.va);
        const main = (await guest.touch(page!)) as { report?: { thread?: number } };
        assert.notEqual(main.report?.thread, signal.thread);
      });
      await step('several threads at once: each gets its signal', async () => {
        const [page] = await guest.allocate('crowd', 'anon');
        await guest.inject({ gpa: page!.gpa, via: 'madvise', tell: 'late' });
        const touches = await guest.crowd(page!, 'read', 3);
        for (const touch of touches) assertSigbus(touch, page!, 4);
      });
    },
    t,
  );
});
