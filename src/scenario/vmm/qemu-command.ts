/** QEMU's command line for a KVM guest that is to be told of memory errors, as far as QEMU can do that. */

import { escapeCommas } from '../../host/qemu-option.ts';
import type { MachineRequest } from '../language/schema.ts';

export interface QemuRequest {
  /** The program; left out: in PATH. */
  program?: string;
  kernel: string;
  initrd: string;
  /**
   * UEFI firmware, by which the guest has ACPI: its HEST is there only then. Left out: it is booted by a
   * device tree.
   */
  firmware?: string;
  machine: MachineRequest & { memory: string };
  /** The guest kernel's command line. */
  append: string;
}

/** Unix sockets that it listens on, and lets whoever comes wait for nothing. */
export interface QemuSockets {
  /** The guest's second serial port. */
  agent: string;
  /** The monitor (QMP). */
  monitor: string;
}

/** Of the chardev behind the first serial port, which is standard input and output. */
export const CONSOLE = 'console';

/** The program first. */
export function qemuCommand(
  { program = 'qemu-system-aarch64', kernel, initrd, firmware, machine, append }: QemuRequest,
  sockets?: QemuSockets,
): string[] {
  const { cpus = 1, memory } = machine;
  const backing = memoryBackend(machine);
  return [
    program,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'kvm', '-cpu', 'host'],
    ...['-M', machineType(firmware !== undefined, machine, backing !== undefined)],
    ...['-smp', String(cpus), '-m', memory],
    ...(backing === undefined ? [] : ['-object', backing]),
    ...(firmware === undefined ? [] : ['-bios', firmware]),
    // Not signal=on: Ctrl-C is for whoever started us.
    ...['-chardev', `stdio,id=${CONSOLE},signal=off`, '-serial', `chardev:${CONSOLE}`],
    ...(sockets ? socketOptions(sockets) : []),
    ...['-kernel', kernel, '-initrd', initrd, '-append', append],
  ];
}

const RAM = 'ram';

function machineType(firmware: boolean, { ras }: MachineRequest, backed: boolean): string {
  return [
    'virt,gic-version=host',
    // Without firmware there is no ACPI, and ras=on an assertion that fails.
    ...(firmware ? ['acpi=on', `ras=${ras === 'off' ? 'off' : 'on'}`] : []),
    ...(backed ? [`memory-backend=${RAM}`] : []),
  ].join(',');
}

function memoryBackend({ memory, shared, hugepages }: QemuRequest['machine']): string | undefined {
  if (!shared && hugepages === undefined) return undefined;
  return [
    `memory-backend-memfd,id=${RAM},size=${memory}`,
    `share=${shared ? 'on' : 'off'}`,
    ...(hugepages === undefined ? [] : [`hugetlb=on,hugetlbsize=${hugepages}`]),
  ].join(',');
}

function socketOptions({ agent, monitor }: QemuSockets): string[] {
  const socket = (id: string, path: string) =>
    `socket,id=${id},path=${escapeCommas(path)},server=on,wait=off`;
  return [
    ...['-chardev', socket('agent', agent), '-serial', 'chardev:agent'],
    ...['-chardev', socket('monitor', monitor), '-mon', 'chardev=monitor,mode=control'],
  ];
}
