/** iasl as a judge of tables: what it disassembles and compiles again must be what we made. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasIasl = spawnSync('iasl', ['-v']).status === 0;

/** Byte ranges that iasl signs with its own name: the checksum, and the creator's id and revision. */
const SIGNED = [
  [9, 10],
  [28, 36],
] as const;

function withoutSignature(table: Uint8Array): string {
  const bytes = Uint8Array.from(table);
  for (const [from, to] of SIGNED) bytes.fill(0, from, to);
  return Buffer.from(bytes).toString('hex');
}

/**
 * Runs iasl, which must find no fault; gives what it says.
 * @param accept `remarks`: warnings are no fault.
 */
export function iasl(directory: string, args: string[], accept: 'nothing' | 'remarks' = 'nothing'): string {
  const result = spawnSync('iasl', args, { cwd: directory, encoding: 'utf8' });
  const output = `${result.stdout}${result.stderr}`;
  assert.equal(result.status, 0, output);
  if (accept === 'nothing')
    assert.doesNotMatch(
      output,
      /^(Error|Warning)\b|\b[1-9]\d* (Errors|Warnings)\b|\bACPI (Error|Warning)/m,
      output,
    );
  return output;
}

/**
 * Holds that iasl disassembles the table and compiles it again to the same bytes (but for its own signature)
 * without an error or a warning.
 *
 * @param name for files and messages.
 */
export function assertIaslAgrees(name: string, bytes: Uint8Array): void {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-iasl-'));
  try {
    writeFileSync(join(directory, `${name}.dat`), bytes);
    iasl(directory, ['-d', `${name}.dat`]);
    // -oa: no optimization, so that names stay as long as we wrote them.
    const output = iasl(directory, ['-oa', `${name}.dsl`]);
    assert.match(output, /Compilation successful\. 0 Errors, 0 Warnings/);
    const again = readFileSync(join(directory, `${name}.aml`));
    assert.equal(withoutSignature(again), withoutSignature(bytes), `${name}: iasl makes other bytes`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
