/** What is measured: rasvm, and QEMU in the two ways that it boots. The guest is the same in all. */

import { MiB } from '../../src/core/region.ts';
import { qemuCommand } from '../../src/scenario/vmm/qemu-command.ts';
import { FILES } from './host.ts';

export const GUEST_MEMORY = 512 * MiB;
/** A line of kernel log is about eighty exits: none, so that the VMM and not the console is measured. */
const QUIET = 'loglevel=1';
const APPEND = `console=ttyAMA0 ${QUIET}`;

export interface Subject {
  readonly name: string;
  readonly argv: readonly string[];
}

export const RASVM: Subject = { name: 'rasvm', argv: rasvm() };

/** The guest hears of a loss only when it touches the page, as with QEMU, which knows no other way. */
const LATE_ONLY = ['--ras', 'on,early=off'];

/** As RASVM, without early reports. */
export const RASVM_LATE: Subject = { name: 'rasvm', argv: rasvm(...LATE_ONLY) };

/** With a second vCPU. */
export const RASVM_LATE_2: Subject = { name: 'rasvm', argv: rasvm('--cpus', '2', ...LATE_ONLY) };

/** By which its commands reach {@link RASVM_NAMED}. */
export const NAME = 'bench';

export const RASVM_NAMED: Subject = { name: 'rasvm', argv: rasvm('--name', NAME) };

function rasvm(...options: string[]): string[] {
  return [
    ...['/opt/rasvm/bin/rasvm', 'run', '--kernel', FILES.kernel, '--initrd', FILES.initramfs],
    ...['--memory', '512M', '--append', APPEND, ...options],
  ];
}

const FIRMWARE = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';

export const QEMU_DIRECT: Subject = {
  name: 'QEMU, direct boot, device tree',
  argv: qemu(),
};

const WITH_RAS = 'QEMU, UEFI + ACPI, ras=on';

export const QEMU_UEFI: Subject = { name: WITH_RAS, argv: qemu({ firmware: FIRMWARE }) };

/** With a second vCPU. */
export const QEMU_UEFI_2: Subject = { name: WITH_RAS, argv: qemu({ firmware: FIRMWARE, cpus: 2 }) };

function qemu({ firmware, cpus = 1 }: { firmware?: string; cpus?: number } = {}): string[] {
  return qemuCommand({
    kernel: FILES.kernel,
    initrd: FILES.initramfs,
    machine: { cpus, memory: `${GUEST_MEMORY / MiB}M` },
    append: APPEND,
    ...(firmware !== undefined && { firmware }),
  });
}

/** Where somebody has built one: Debian has none. */
export const KVMTOOL: Subject = {
  name: 'kvmtool, device tree',
  argv: [
    ...[
      FILES.kvmtool,
      'run',
      '--kernel',
      FILES.kernel,
      '--initrd',
      FILES.initramfs,
      '--network',
      'mode=none',
    ],
    ...['--mem', `${GUEST_MEMORY / MiB}`, '--cpus', '1', '--params', `console=ttyS0 ${QUIET}`],
  ],
};
