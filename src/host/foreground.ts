/**
 * The terminal on standard input, of which only the process group in the foreground may have the keys: one in the background
 * (`rasvm run … &`, `timeout 60 rasvm run …`) that sets it or reads it is stopped, by SIGTTOU or SIGTTIN.
 */

import { readFileSync } from 'node:fs';

/** proc_pid_stat(5). @param stat for tests. @returns true as well where no terminal controls this process */
export function inForeground(stat = readFileSync('/proc/self/stat', 'latin1')): boolean {
  // The name, in parentheses, may hold spaces and parentheses.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return foreground === '-1' || group === foreground;
}

/** Sets it raw, whatever it is now. @returns false, and nothing is done, in the background */
export function takeTerminal(): boolean {
  if (!inForeground()) return false;
  // Node.js sets nothing where it has set the same before.
  process.stdin.setRawMode(false);
  process.stdin.setRawMode(true);
  return true;
}

/** As it was before {@link takeTerminal}. */
export function giveTerminalBack(): void {
  if (!process.stdin.isTTY || !process.stdin.isRaw) return;
  if (inForeground()) process.stdin.setRawMode(false);
  // It is another's now. Node.js would set it at the exit, were it still open.
  else process.stdin.destroy();
}
