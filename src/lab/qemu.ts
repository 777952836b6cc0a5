/** QEMU's command line for the lab: an arm64 machine with EL2, emulated. */

import type { Kernel } from '../debian/kernels.ts';
import { compareVersions, kernelsDirectory } from '../debian/kernels.ts';
import { escapeCommas } from '../host/qemu-option.ts';
import type { LabOptions } from './options.ts';

export interface QemuFiles {
  readonly kernel: Kernel;
  readonly initrd: string;
  readonly rootImage: string;
  readonly consoleLog: string;
}

/** The file descriptor that QEMU inherits: the agent's port. */
export const AGENT_FD = 3;

/**
 * The host's kernel command line. What goes wrong in it is a panic, and a panic is a reset at once, which
 * ends QEMU (-no-reboot). Watchdogs are slow to bark, as a busy machine may keep the emulator from its
 * cores for long: a core that does not take interrupts for a minute, one that does not schedule for two, a
 * task that hangs for five.
 */
function commandLine({ icount }: LabOptions): string {
  return [
    'console=ttyAMA0 quiet loglevel=4',
    'oops=panic panic=-1 nmi_watchdog=panic softlockup_panic=1 watchdog_thresh=60',
    // A clock that counts instructions jumps while all wait for the outside: minutes pass there in no time.
    ...(icount ? [] : ['sysctl.kernel.hung_task_timeout_secs=300 sysctl.kernel.hung_task_panic=1']),
    // No security modules, no self-tests of ciphers: a fifth of the boot, and nothing that a test host needs.
    'lsm= cryptomgr.notests audit=0',
  ].join(' ');
}

/**
 * What makes models fast: the architected algorithm of pointer authentication is what emulation would spend most of its time in,
 * and the C library would copy by SVE.
 */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'neoverse-n2': ['pauth-impdef=on', 'sve=off'],
  max: ['pauth-impdef=on'],
};

function cpuModel({ cpu, kernel, pmu }: LabOptions): string {
  const properties = [cpu, ...(PROPERTIES[cpu] ?? [])];
  // KVM before Linux 6.8 does not know FEAT_LPA2: a guest that uses it meets faults of level -1, and
  // KVM_RUN fails.
  if (cpu === 'max' && compareVersions(kernel, '6.8') < 0) properties.push('lpa2=off');
  if (!pmu) properties.push('pmu=off');
  return properties.join(',');
}

export function qemuArguments(options: LabOptions, files: QemuFiles): string[] {
  return [
    // Its process would have the name of what loads it.
    ...['-name', 'rasvm-lab,process=qemu-rasvm-lab'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-M', 'virt,virtualization=on,gic-version=3'],
    ...['-cpu', cpuModel(options)],
    ...['-smp', String(options.cores), '-m', `${Math.floor(options.memory / 2 ** 20)}M`],
    ...clock(options),
    ...['-chardev', `file,id=console,path=${escapeCommas(files.consoleLog)}`, '-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci,romfile=', '-chardev', `socket,id=agent,fd=${AGENT_FD}`],
    ...['-device', 'virtserialport,chardev=agent,name=rasvm.lab'],
    // The image stays as it is: what is written goes to an unnamed temporary file.
    ...['-drive', `if=none,id=root,format=raw,snapshot=on,file=${escapeCommas(files.rootImage)}`],
    ...['-device', 'virtio-blk-pci,drive=root,romfile='],
    ...share('share', options.share, false),
    ...share('kernels', kernelsDirectory(), true),
    ...['-kernel', files.kernel.image, '-initrd', files.initrd],
    ...['-append', commandLine(options)],
  ];
}

function clock(options: LabOptions): string[] {
  if (options.icount) return ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off'];
  return ['-accel', `tcg,thread=${options.oneThread ? 'single' : 'multi'}`];
}

function share(tag: string, path: string, readonly: boolean): string[] {
  const access = readonly ? ',readonly=on' : '';
  return [
    ...['-fsdev', `local,id=${tag},security_model=none,multidevs=remap${access},path=${escapeCommas(path)}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag},romfile=`],
  ];
}
