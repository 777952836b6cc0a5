import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { afterErrors } from '../../../src/machine/error-limit.ts';
import { fakeService, RAM_BASE } from '../ras/fake-service.ts';

const PAGE = RAM_BASE + 0x10_0000;

test('a limit is reached by different errors, each counted once, and not by what is only expected', async () => {
  const guest = fakeService({ records: false });
  let reached = 0;
  afterErrors(guest.events, 3, () => reached++);
  const { page } = { page: guest.ras.expectLoss(PAGE, 4096, 'late') };
  guest.events.emit('injected', { id: page.id, gpa: PAGE, size: 4096, via: 'uffd', tell: 'late' });
  for (let time = 0; time < 5; time++) guest.touch(PAGE);
  guest.early(PAGE + 4096);
  guest.events.flush();
  await turn();
  assert.equal(reached, 0);
  guest.ras.record(guest.ledger.nextId(), PAGE + 8192, 4096, 'corrected');
  guest.touch(PAGE + 12_288);
  guest.events.flush();
  assert.equal(reached, 0, 'those who listen are told first');
  await turn();
  assert.equal(reached, 1);
});
