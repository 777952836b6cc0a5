import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from '../../../src/scenario/guest/victim.ts';
import type { StepContext } from '../../../src/scenario/steps/context.ts';
import { poison } from '../../../src/scenario/steps/poison.ts';

const MIB = 1024 * 1024;

/** A storm over pages at these addresses. @returns the requests, and what is known of each page's loss */
async function storm(backingPage: number, gpas: readonly number[]) {
  const asked: { gpa: number; count?: number }[] = [];
  const losses = new Map<number, { id?: number; hva?: number }>();
  const context = {
    backingPage,
    values: {
      // Two processes, in turn: whose a page is does not matter to its backing.
      pagesOf: () => gpas.map((gpa, i) => ({ gpa, victim: i % 2 ? 'w' : 'v' }) as Page),
      lose: (page: Page, loss: { id?: number; hva?: number }) => losses.set(page.gpa, loss),
    },
    guest: {
      vmm: {},
      inject: async ({ gpa, count }: { gpa: number; count?: number }) => {
        asked.push({ gpa, ...(count && { count }) });
        return { id: 10 * asked.length, hva: 0x7000_0000_0000 + gpa };
      },
    },
    say: () => {},
    harmed: () => {},
  } as unknown as StepContext;
  await poison({ page: ['v'], tell: 'early', storm: true }, context);
  return { asked, losses };
}

test('a storm: pages that follow one another are lost by one request, whatever their order', async () => {
  const { asked, losses } = await storm(4096, [0x4000_2000, 0x4000_0000, 0x4000_1000, 0x4000_8000]);
  assert.deepEqual(asked, [
    { gpa: 0x4000_0000, count: 3 },
    { gpa: 0x4000_8000, count: 1 },
  ]);
  assert.deepEqual(losses.get(0x4000_2000), { id: 12, hva: 0x7000_4000_2000 });
  assert.deepEqual(losses.get(0x4000_8000), { id: 20, hva: 0x7000_4000_8000 });
});

test('a storm where guest RAM has huge pages: each is lost once, with all that are named in it', async () => {
  const base = 0x4000_0000;
  const { asked, losses } = await storm(2 * MIB, [
    base + 0x5000,
    base + 0x6000,
    base + 2 * MIB + 0x1000,
    base + 8 * MIB,
  ]);
  assert.deepEqual(asked, [
    { gpa: base, count: 2 },
    { gpa: base + 8 * MIB, count: 1 },
  ]);
  assert.deepEqual(losses.get(base + 0x6000), { id: 10, hva: 0x7000_0000_0000 + base });
  assert.deepEqual(losses.get(base + 2 * MIB + 0x1000), {
    id: 11,
    hva: 0x7000_0000_0000 + base + 2 * MIB,
  });
});
