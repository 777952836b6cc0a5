/** A part of `npm test`: a program with a limit, in a process group of its own, so that nothing of it is left. */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './setup.mjs';

/** ms from being asked to end to being ended. */
const GRACE = 10_000;
/** ms for output that is still under way when a part has ended. */
const DRAIN = 2000;
/** Lines of a part's output that are said again when it was ended. */
const LAST_WORDS = 3;

const running = new Set();

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // The whole group has ended.
  }
}

/** Ends all parts: Ctrl-C reaches only the terminal's own group. */
export function endParts() {
  for (const child of running) signal(child, 'SIGKILL');
}

/**
 * Runs a program to its end.
 *
 * @param limit ms
 * @param write gets its output, as it comes
 * @returns its exit status, whether its limit ended it, and the last lines that it wrote
 */
export async function runPart(command, args, { limit, env = {}, write }) {
  const child = spawn(command, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  running.add(child);
  let last = '';
  const take = (text) => {
    last = (last + text).slice(-4096);
    write(text);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  let tooLong = false;
  let killed;
  const limited = setTimeout(() => {
    tooLong = true;
    signal(child, 'SIGTERM');
    killed = setTimeout(() => signal(child, 'SIGKILL'), GRACE);
  }, limit);
  const drained = new Promise((resolve) => child.on('close', resolve));
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      take(`${error.message}\n`);
      resolve(1);
    });
    child.on('exit', (code, by) => resolve(code ?? by));
  });
  clearTimeout(limited);
  clearTimeout(killed);
  // What it started ends with it, and then its output does, but for what has left the group.
  signal(child, 'SIGKILL');
  await Promise.race([drained, sleep(DRAIN)]);
  running.delete(child);
  return { status, tooLong, lastWords: last.trim().split('\n').slice(-LAST_WORDS) };
}
