/** ACPI tables as Intel's compiler sees them. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why tests with iasl are skipped, or false. */
export const noIasl: string | false =
  spawnSync('iasl', ['-v']).status === 0 ? false : 'iasl (acpica-tools) is not installed';

export interface Recompiled {
  /** Disassembled. */
  source: string;
  /** Of the disassembler and the compiler. */
  output: string;
  /** What the compiler made of the source. */
  bytes: Uint8Array;
}

/** Disassembles a table and compiles the result again. */
export function recompile(table: Uint8Array): Recompiled {
  const folder = mkdtempSync(join(tmpdir(), 'rasvm-iasl-'));
  try {
    const run = (...args: string[]) => {
      const { stdout, stderr } = spawnSync('iasl', args, { cwd: folder, encoding: 'utf8' });
      return stdout + stderr;
    };
    writeFileSync(join(folder, 'table.dat'), table);
    const disassembled = run('-d', 'table.dat');
    const compiled = run('-p', 'again', 'table.dsl');
    return {
      source: readFileSync(join(folder, 'table.dsl'), 'utf8'),
      output: disassembled + compiled,
      bytes: readFileSync(join(folder, 'again.aml')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
