/** What labs write: nothing outlives its owner, also where the owner's pid is used again. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { self } from '../../../src/host/ownership.ts';
import { labDirectory, processDirectory } from '../../../src/lab/runtime.ts';

const runtime = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
process.env.XDG_RUNTIME_DIR = runtime;
after(() => rmSync(runtime, { recursive: true }));

test('directories of dead processes are removed, those of living ones stay', async () => {
  const living = basename(await processDirectory());
  const { namespace } = self();
  mkdirSync(join(labDirectory(), `lab-${process.pid}.1.${namespace}-aaaaaa`));
  mkdirSync(join(labDirectory(), `lab-4194304.77.${namespace}-bbbbbb`));
  mkdirSync(join(labDirectory(), 'something-else'));
  const own = basename(await processDirectory());
  assert.deepEqual(readdirSync(labDirectory()).sort(), [living, own, 'something-else'].sort());
});
