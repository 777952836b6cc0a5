/** Device trees as the device tree compiler sees them. */

import { spawnSync } from 'node:child_process';

/** Why tests with dtc are skipped, or false. */
export const noDtc: string | false =
  spawnSync('dtc', ['--version']).status === 0 ? false : 'dtc (device-tree-compiler) is not installed';

/** Source text of a flattened tree, and dtc's warnings. */
export function decompile(dtb: Uint8Array): { source: string; warnings: string } {
  const { status, stdout, stderr } = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts', '-'], { input: dtb });
  if (status !== 0) throw new Error(`dtc: ${stderr}`);
  return { source: stdout.toString(), warnings: stderr.toString() };
}

export function compile(source: string): Uint8Array {
  const { status, stdout, stderr } = spawnSync('dtc', ['-I', 'dts', '-O', 'dtb', '-'], { input: source });
  if (status !== 0) throw new Error(`dtc: ${stderr}`);
  return stdout;
}
