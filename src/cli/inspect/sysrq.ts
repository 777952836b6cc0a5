/** `rasvm sysrq`. */

import { Command } from 'commander';
import { alignColumns } from './list.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

/** drivers/tty/sysrq.c and Documentation/admin-guide/sysrq.rst; of those that an arm64 server kernel has. */
const LINUX_KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ['0 to 9', "the console's log level"],
  ['b', 'reboot at once, without sync or unmount'],
  ['c', 'crash: the kernel panics'],
  ['d', 'the locks that are held (CONFIG_LOCKDEP)'],
  ['e', 'SIGTERM to all processes but init'],
  ['f', 'the OOM killer, once'],
  ['g', 'the kernel debugger (CONFIG_KGDB)'],
  ['h', 'what the guest has of these'],
  ['i', 'SIGKILL to all processes but init'],
  ['j', 'thaw frozen file systems'],
  ['k', 'kill all programs on the terminal (SAK)'],
  ['l', 'the backtrace of every CPU that is active'],
  ['m', 'memory'],
  ['n', 'real-time tasks become ordinary ones'],
  ['o', 'power off'],
  ['p', 'registers of the CPU that takes the key'],
  ['q', 'timers that are armed'],
  ['r', 'the keyboard out of raw mode'],
  ['R', 'the kernel log once more (Linux 6.10)'],
  ['s', 'sync all file systems'],
  ['t', 'all tasks'],
  ['u', 'remount all file systems read-only'],
  ['w', 'tasks that are blocked (uninterruptible)'],
  ['z', 'the ftrace buffer'],
];

export function sysrqCommand(): Command {
  const command = new Command('sysrq')
    .description(
      "Sends Linux' magic SysRq: a break on the guest's console, and the key behind it. What the guest says to it stands " +
        'on its console. The guest must let it: sysrq_always_enabled on its command line, or kernel.sysrq.',
    )
    .argument('<name>', 'the machine')
    .argument('<key>', "a letter or digit, such as l (backtraces); '?' lists what Linux has");
  return reaching(command, async (name: string) => {
    const key = command.args[1]!;
    if (key === '?') console.log(alignColumns(LINUX_KEYS.map((row) => [...row])));
    else await withMachine(name, (client) => client.sysrq(key));
  });
}
