/** Where the time of rasvm's boot goes: one boot that the host's kernel traces (Documentation/trace/ftrace.rst). */

import { RasvmError } from '../../src/core/errors.ts';
import { virtBoard } from '../../src/platform/virt.ts';
import type { Host } from './host.ts';
import { RASVM } from './subjects.ts';
import { RunningGuest } from './timed.ts';

/** What stands between the step before and the one of that name, ns. */
export interface Step {
  readonly name: string;
  readonly ns: number;
}

const TRACING = '/sys/kernel/debug/tracing';
/** _IO(KVMIO, 0x80): include/uapi/linux/kvm.h */
const KVM_RUN = 0xae80;

/** Ends of the steps: the first line of the trace, after the one before, that has these words. */
const ENDS: readonly { name: string; pattern: RegExp }[] = [
  { name: 'shell, until exec of node', pattern: /sched_process_exec: filename=\S*\/node / },
  { name: 'Node.js, until it opens main.cjs', pattern: /path="[^"]*\/main\.cjs"/ },
  { name: 'JavaScript loaded, until the addon is opened', pattern: /path="[^"]*\/rasvm\.node"/ },
  { name: 'addon loaded, until /dev/kvm is opened', pattern: /path="\/dev\/kvm"/ },
  { name: 'machine built, until the first KVM_RUN', pattern: /sys_ioctl\(fd: / },
  { name: "guest kernel, until the console's first byte", pattern: /kvm_mmio: mmio write/ },
];
const LAST = 'that line out, and through rasvm';

/** GPA of its registers. */
const CONSOLE = virtBoard({ acpi: true, serial: false, sources: 0 }).find(
  ({ slot }) => slot.id === 'console',
)!.slot.base;

/** An open needs a probe: the system call's own event shows no path. Only few lines: each costs time. */
const SET_UP = `
cd ${TRACING}
echo mono > trace_clock
echo > trace
echo 'p:rasvm/open do_sys_openat2 path=+0($arg2):ustring' > kprobe_events
echo 'path ~ "*/main.cjs" || path ~ "*/rasvm.node" || path == "/dev/kvm"' > events/rasvm/open/filter
echo 'cmd == ${KVM_RUN}' > events/syscalls/sys_enter_ioctl/filter
echo 'gpa == ${CONSOLE} && type == 2' > events/kvm/kvm_mmio/filter
for each in sched/sched_process_exec rasvm/open syscalls/sys_enter_ioctl kvm/kvm_mmio
do echo 1 > events/$each/enable; done
echo 1 > tracing_on`;

const TAKE_DOWN = `
cd ${TRACING}
echo 0 > tracing_on
grep -v '^#' trace || true
echo 0 > events/enable
for each in syscalls/sys_enter_ioctl kvm/kvm_mmio; do echo 0 > events/$each/filter; done
echo > kprobe_events
echo > trace`;

/** @throws RasvmError LAB when the trace lacks a step */
export async function traceBoot(host: Host): Promise<Step[]> {
  await host.shell(SET_UP);
  let trace: string;
  const guest = await RunningGuest.start(host, RASVM);
  try {
    trace = await host.shell(TAKE_DOWN);
  } finally {
    await guest.end();
  }
  return stepsOf(trace.split('\n'), guest.boot);
}

/** A line: task-pid [cpu] flags seconds: event. */
const TIME = /\s(\d+)\.(\d{6}): /;

export function stepsOf(lines: readonly string[], { start, end }: { start: number; end: number }): Step[] {
  const steps: Step[] = [];
  let from = start;
  let next = 0;
  for (const { name, pattern } of ENDS) {
    while (next < lines.length && !pattern.test(lines[next]!)) next++;
    const time = TIME.exec(lines[next] ?? '');
    if (!time) throw new RasvmError('LAB', `the trace of the boot lacks a step: ${name}`);
    const at = Number(time[1]) * 1e9 + Number(time[2]) * 1e3;
    steps.push({ name, ns: at - from });
    from = at;
  }
  return [...steps, { name: LAST, ns: end - from }];
}
