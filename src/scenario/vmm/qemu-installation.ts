/** The QEMU of this host, and the UEFI firmware for its guests. */

import { existsSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';
import { run } from '../../host/run.ts';
import { findProgram } from '../../host/system-packages.ts';

export interface QemuInstallation {
  program: string;
  firmware: string;
  /** 10.0.2 */
  version: string;
}

/** Of Debian's qemu-efi-aarch64, of Fedora's edk2-aarch64. */
const FIRMWARE = ['/usr/share/qemu-efi-aarch64/QEMU_EFI.fd', '/usr/share/edk2/aarch64/QEMU_EFI.fd'];

let found: Promise<QemuInstallation> | undefined;

/** @throws RasvmError LAB, FILE with the package to install */
export function qemuInstallation(): Promise<QemuInstallation> {
  found ??= find();
  return found;
}

async function find(): Promise<QemuInstallation> {
  const program = findProgram('qemu-system-aarch64');
  const firmware = FIRMWARE.find(existsSync);
  if (firmware === undefined)
    throw new RasvmError('FILE', `${FIRMWARE[0]} is missing: sudo apt-get install qemu-efi-aarch64`);
  const said = (await run('qemu-system-aarch64', ['--version'])).toString();
  return { program, firmware, version: /version (\S+)/.exec(said)?.[1] ?? said.trim() };
}
