/** `rasvm test --keep`: what somebody needs who looks into a case that did not pass. */

import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RasvmError } from '../../core/errors.ts';
import { eventJson } from '../../observe/event-text.ts';
import { terminalReport } from '../../scenario/report/terminal.ts';
import { type Case, machineOf } from '../../scenario/run/case.ts';
import type { CaseResult, LogLine, RunResult } from '../../scenario/run/result.ts';
import { DEFAULT_VMM } from '../../scenario/vmm/names.ts';
import { qemuCommand } from '../../scenario/vmm/qemu-command.ts';
import { readRunArguments } from '../run/run-options.ts';
import { flags } from '../shared/option-words.ts';
import { reportError } from '../shared/report.ts';
import { VERSION } from '../shared/version.ts';

/** Beside the cases: it is the same for all. */
const INITRAMFS = 'initramfs.cpio';

export function defaultKeep(now: Date): string {
  return `rasvm-test-${now.toISOString().replace(/\..*$/, '').replace(/[-:]/g, '')}`;
}

/** Before the run. @throws RasvmError FILE */
export function checkKeep(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    throw new RasvmError('FILE', `--keep-in ${directory}: it is not a directory`);
  if (!found && !statSync(dirname(directory), { throwIfNoEntry: false })?.isDirectory())
    throw new RasvmError('FILE', `--keep-in ${directory}: there is no directory ${dirname(directory)}`);
}

/**
 * Keeps cases that failed or could not be tested, each when it ends. What cannot be kept is told, and the run
 * goes on.
 */
export function keeper(directory: string): (each: Case, result: CaseResult, host: RunResult['host']) => void {
  const taken = new Set<string>();
  return (each, result, host) => {
    if (result.outcome !== 'failed' && result.outcome !== 'broken') return;
    const name = freeName(result.id, taken);
    try {
      keep(directory, name, each, result, host);
    } catch (cause) {
      reportError(new RasvmError('FILE', `--keep-in ${directory}: ${(cause as Error).message}`, { cause }));
    }
  };
}

/** Tells where cases are kept, if any are. */
export function sayKept(directory: string): void {
  if (!existsSync(directory)) return;
  const count = readdirSync(directory, { withFileTypes: true }).filter((each) => each.isDirectory()).length;
  process.stdout.write(`${count} ${count === 1 ? 'case is' : 'cases are'} kept in ${directory}\n`);
}

/** Of what file systems and stores of artifacts take. */
function freeName(id: string, taken: Set<string>): string {
  const base = id.replace(/[^\w.@+#-]/g, '_').slice(0, 200);
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
}

function keep(
  directory: string,
  name: string,
  each: Case,
  result: CaseResult,
  host: RunResult['host'],
): void {
  const own = join(directory, name);
  mkdirSync(own, { recursive: true });
  const write = (file: string, text: string, mode = 0o644) => writeFileSync(join(own, file), text, { mode });
  const run = { started: new Date(), durationMs: result.durationMs, host, cases: [result] };
  write('report.txt', terminalReport(run));
  const { path } = each.scenario;
  copyFileSync(path, join(own, basename(path)));
  for (const from of ['console', 'agent'] as const)
    write(`${from}.log`, linesOf(result.log.filter((line) => line.from === from)));
  const events = result.timeline.flatMap(({ event }) => (event ? [`${eventJson(event)}\n`] : []));
  write('events.jsonl', events.join(''));
  if (!result.machine) return;
  const { command, log } = result.machine;
  const { vmm = DEFAULT_VMM } = result;
  write(`${vmm}.log`, linesOf(log));
  const again = (vmm === 'qemu' ? qemuAgain : rasvmAgain)(each, command);
  if (!again) return;
  write('cmdline', `${again.append ?? ''}\n`);
  if (again.initrd !== undefined) copyFileSync(again.initrd, join(directory, INITRAMFS));
  write('run.sh', script(result, again.words), 0o755);
}

/** A machine as it was started, without what only its case needs. */
interface Again {
  append: string | undefined;
  /** Path of the one that it had. */
  initrd: string | undefined;
  /** From a case's directory. */
  words: string[];
}

const INITRAMFS_BESIDE = join('..', INITRAMFS);

function rasvmAgain({ kernel }: Case, command: readonly string[]): Again | undefined {
  const values = readRunArguments(command.slice(command.indexOf('run') + 1));
  if (!values) return undefined;
  const { name: _name, serial: _serial, 'exit-with-parent': _parent, ...same } = values;
  const { append, initrd } = same;
  const options = {
    ...same,
    kernel: kernel.again ?? kernel.image,
    ...(initrd !== undefined && { initrd: INITRAMFS_BESIDE }),
  };
  return { append, initrd, words: ['rasvm', 'run', ...flags(options)] };
}

function qemuAgain(each: Case, command: readonly string[]): Again {
  const value = (option: string) => command[command.indexOf(option) + 1]!;
  const append = value('-append');
  const words = qemuCommand({
    kernel: each.kernel.image,
    initrd: INITRAMFS_BESIDE,
    ...(command.includes('-bios') && { firmware: value('-bios') }),
    machine: { ...machineOf(each), memory: value('-m') },
    append,
  });
  return { append, initrd: value('-initrd'), words };
}

/** With the time since the case began, in seconds. */
function linesOf(lines: readonly LogLine[]): string {
  return lines.map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(9)} ${text}\n`).join('');
}

function script({ id, kernel }: CaseResult, words: readonly string[]): string {
  const release = kernel.release === undefined ? '' : `, Linux ${kernel.release}`;
  return `#!/bin/sh
# Starts the machine of ${comment(id + release)} again, by rasvm ${VERSION}.
# The test program in the guest takes its commands from the console: 1 help
cd "$(dirname "$0")" && exec ${words.map(quoted).join(' ')} "$@"
`;
}

function comment(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
