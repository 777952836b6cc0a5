import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** An Image of nothing: Documentation/arch/arm64/booting.rst, "Call the kernel image". */
export function kernelFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const image = Buffer.alloc(4096);
  image.writeBigUInt64LE(4096n, 16);
  image.writeBigUInt64LE(0xan, 24);
  image.write('ARM\x64', 56, 'latin1');
  writeFileSync(join(folder, 'Image'), image);
  return join(folder, 'Image');
}
