/** What `rasvm inject memory` does to guest memory, and what of it is told if it fails. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from '../../../src/events/events.ts';
import { loseMemory } from '../../../src/machine/lose-memory.ts';
import { PoisonLedger } from '../../../src/ras/errors/ledger.ts';

const RAM = 0x4000_0000;
const HVA = 0xffff_0000_0000;
const SIZE = 0x10_0000;

/** @param most pages that the host loses; it refuses the next */
function losing(most = Infinity, pageSize = 4096) {
  const ledger = new PoisonLedger();
  const events = new EventLog();
  const told: number[] = [];
  const lost: number[] = [];
  const toldAtLosses: number[] = [];
  const memory = {
    ...{ hva: HVA, size: SIZE, pageSize },
    async poison(offset: number) {
      if (lost.length >= most) throw Object.assign(new Error('busy'), { code: 'EBUSY' });
      lost.push(RAM + offset);
      toldAtLosses.push(told.length);
      return 0;
    },
  };
  const ras = {
    expectLoss: (gpa: number, size: number) => ledger.loseRange(gpa, size, 'injection', 0),
    lossFailed: (page: Parameters<PoisonLedger['renew']>[0]) => ledger.renew(page),
    lostEarly(gpa: number) {
      told.push(gpa);
      return ledger.find(gpa)!;
    },
    record: () => assert.fail('no page is only reported'),
  };
  return {
    told,
    lost,
    toldAtLosses,
    ledger,
    of: { memory: memory as never, ramBase: RAM, ledger, events, ras },
  };
}

const gpas = (count: number, from = RAM) => Array.from({ length: count }, (_, i) => from + i * 4096);

test('several losses are errors of their own, told when all are lost', async () => {
  const { told, lost, toldAtLosses, of } = losing();
  const request = { kind: 'memory', gpa: RAM + 5, count: 5, via: 'uffd', tell: 'early' } as const;
  assert.deepEqual(await loseMemory(request, of), { id: 1, gpa: RAM, size: 4096, hva: HVA });
  assert.deepEqual(lost, gpas(5));
  assert.deepEqual(toldAtLosses, [0, 0, 0, 0, 0]);
  assert.deepEqual(told, gpas(5));
  const next = await loseMemory({ ...request, gpa: RAM + 0x8000, tell: 'late' }, of);
  assert.equal(next.id, 6);
  assert.deepEqual(told, gpas(5));
});

test('of several the host may refuse one: those before it are lost and told, the others are not', async () => {
  const { told, ledger, of } = losing(3);
  const request = { kind: 'memory', gpa: RAM, count: 5, via: 'madvise', tell: 'early' } as const;
  await assert.rejects(loseMemory(request, of), {
    code: 'CONTROL',
    message: '3 of 5 are lost; the page could not be lost: busy',
  });
  assert.deepEqual(told, gpas(3));
  assert.deepEqual(
    [...ledger].map(({ gpa }) => gpa),
    gpas(3),
  );
});

test('what a loss that failed has taken with it stays lost, and is told, late or not', async () => {
  const { told, ledger, of } = losing();
  const memory = {
    ...(of.memory as object),
    // As GuestMemory.poison: 2 pages are lost, 3 read as zeros, the others are as they were.
    async poison(offset: number) {
      const far = { offset: offset + 0x2000, length: 0x3000 };
      throw Object.assign(new Error('no memory'), { code: 'ENOMEM', ...far });
    },
  };
  const request = { kind: 'memory', gpa: RAM + 0x4000, size: 0x8000, via: 'uffd', tell: 'late' } as const;
  await assert.rejects(loseMemory(request, { ...of, memory: memory as never }), {
    code: 'CONTROL',
    message:
      '5 pages from GPA 0x40004000 on are gone, of which the guest is told; the page could not be lost: no memory',
  });
  assert.deepEqual(told, [RAM + 0x4000]);
  assert.deepEqual(
    [...ledger].map(({ gpa, size, lateOnly }) => ({ gpa, size, lateOnly })),
    [{ gpa: RAM + 0x4000, size: 0x5000, lateOnly: false }],
  );
});

test('a loss over a page that is lost already is refused, and that page stays known', async () => {
  const { lost, ledger, of } = losing(0);
  const inner = ledger.lose(RAM + 0x2000, 4096, 'signal', 0).page;
  const request = { kind: 'memory', gpa: RAM, size: 0x4000, via: 'uffd', tell: 'early' } as const;
  await assert.rejects(loseMemory(request, of), { message: 'GPA 0x40002000 is lost already (error 1)' });
  assert.deepEqual([lost, [...ledger]], [[], [inner]]);
});

test('a reset in between ends it: what was made whole is not told, and no more is lost', async () => {
  const { told, lost, ledger, of } = losing();
  const request = { kind: 'memory', gpa: RAM, count: 5, via: 'uffd', tell: 'early' } as const;
  const asked = loseMemory(request, of);
  for (const page of [...ledger]) ledger.renew(page);
  await assert.rejects(asked, {
    code: 'CONTROL',
    message: '1 of 5 are lost; the guest was reset meanwhile',
  });
  assert.deepEqual([lost, told, ledger.size], [gpas(1), [], 0]);
});

test('no loss reaches beyond guest RAM, or takes in one that is known', async () => {
  const { lost, of } = losing();
  const request = { kind: 'memory', gpa: RAM + SIZE - 0x3000, via: 'uffd', tell: 'late' } as const;
  await assert.rejects(loseMemory({ ...request, count: 4 }, of), { code: 'USAGE', message: /which is 3$/ });
  await loseMemory({ ...request, count: 3 }, of);
  await assert.rejects(loseMemory({ ...request, gpa: RAM + SIZE - 0x4000, count: 2 }, of), {
    code: 'CONTROL',
    message: 'GPA 0x400fd000 is lost already (error 1)',
  });
  assert.equal(lost.length, 3);
});

test('a loss inside a huge page is one of the whole page', async () => {
  const { lost, of } = losing(Infinity, 0x8_0000);
  const request = { kind: 'memory', gpa: RAM + 0x8_1000, via: 'uffd', tell: 'late' } as const;
  assert.deepEqual(await loseMemory(request, of), {
    ...{ id: 1, gpa: RAM + 0x8_0000, size: 0x8_0000, hva: HVA + 0x8_0000 },
  });
  assert.deepEqual(lost, [RAM + 0x8_0000]);
  await assert.rejects(loseMemory({ ...request, gpa: RAM, size: 0x10_0000, via: 'hwpoison' }, of), {
    code: 'USAGE',
  });
});
