/** An initrd of `rasvm acpi override`: the kernel takes its tables in place of the firmware's, and works by them. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildMachine, Hest, overrideInitrd, Slit } from '@rasvm/acpi';
import { GiB } from '../../src/core/region.ts';
import { virtMachine } from '../../src/machine/preset.ts';
import { guestInitramfs } from '../../src/scenario/guest/initramfs.ts';
import { assertSigbus, comparedKernels, withGuest } from './support.ts';

/** The guest's own HEST with more room for sections, and a SLIT, which the guest has not. */
function changedTables() {
  const { tables } = buildMachine(virtMachine(1, GiB));
  const own = tables.find(({ signature }) => signature === 'HEST')!.bytes;
  const { sources, ...hest } = Hest.decode(own);
  const changed = Hest.encode({
    ...hest,
    sources: sources.map((source) => ({ ...source, maxSections: 4 })) as never,
  });
  return {
    running: tables.map(({ bytes }) => bytes),
    tables: [
      { name: 'HEST', bytes: changed },
      { name: 'SLIT', bytes: Slit.encode({ distances: [[10]] }) },
    ],
  };
}

for (const { series, path: kernel } of comparedKernels()) {
  test(`tables of an initrd, guest ${series}`, { timeout: 240_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rasvm-override-'));
    try {
      const { tables, running } = changedTables();
      const { initrd } = overrideInitrd(tables, { running });
      const path = join(directory, 'initrd');
      writeFileSync(path, Buffer.concat([initrd, readFileSync(await guestInitramfs())]));
      const options = { kernel, initrd: path, memory: '1G', append: 'loglevel=7' };
      await withGuest(options, async (guest) => {
        await guest.kernelLine(/HEST ACPI table found in initrd/);
        await guest.kernelLine(/Table Upgrade: override \[HEST-/);
        await guest.kernelLine(/Table Upgrade: install \[SLIT-/);
        await guest.kernelLine(/HEST: Table parsing has been initialized/);
        // What is told by the changed table is heard.
        const [page] = await guest.allocate('victim', 'anon');
        await guest.inject({ gpa: page!.gpa, via: 'uffd', tell: 'late' });
        assertSigbus(await guest.touch(page!), page!, 4);
        await guest.kernelLine(/Hardware error from APEI Generic Hardware Error Source: 0/);
      });
      assert.ok(initrd.length % 512 === 0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
