/** What is measured: rasvm, and QEMU in the two ways that it boots. The guest is the same in all. */

import { MiB } from '../../src/board/address-map.ts';
import { qemuCommand } from '../../src/scenario/vmm/qemu-command.ts';
import { FILES } from './host.ts';

export const GUEST_MEMORY = 512 * MiB;
/** A line of kernel log is about eighty exits: none, so that the VMM and not the console is measured. */
const APPEND = 'console=ttyAMA0 loglevel=1';

export interface Subject {
  readonly name: string;
  readonly argv: readonly string[];
}

export const RASVM: Subject = { name: 'rasvm', argv: rasvm() };

/** As RASVM; the guest hears of a loss only when it touches the page, as with QEMU, which knows no other way. */
export const RASVM_LATE: Subject = { name: 'rasvm', argv: rasvm('--ras', 'on,early=off') };

function rasvm(...options: string[]): string[] {
  return [
    ...['/opt/rasvm/bin/rasvm', 'run', '--kernel', FILES.kernel, '--initrd', FILES.initramfs],
    ...['--memory', '512M', '--append', APPEND, ...options],
  ];
}

export const QEMU_DIRECT: Subject = {
  name: 'QEMU, direct boot, device tree',
  argv: qemu(),
};

export const QEMU_UEFI: Subject = {
  name: 'QEMU, UEFI + ACPI, ras=on',
  argv: qemu('/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'),
};

function qemu(firmware?: string): string[] {
  return qemuCommand({
    kernel: FILES.kernel,
    initrd: FILES.initramfs,
    machine: { memory: `${GUEST_MEMORY / MiB}M` },
    append: APPEND,
    ...(firmware !== undefined && { firmware }),
  });
}
