/**
 * How a lab ended, as its users are told: by itself, or because its host died, with what the host's kernel
 * said last.
 */

import { escaped } from '@rasvm/acpi/text/escape';
import { RasvmError } from '../core/errors.ts';

/** What is seen of a lab's end from outside. */
export interface LabEnd {
  /** Of QEMU; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was ended, as this was wrong with it. */
  readonly fault?: string;
  /** All that the host's kernel wrote on its console. */
  readonly console: string;
  /** What QEMU wrote on standard error. */
  readonly complaints: string;
}

/** What a kernel's line says first when it is in trouble; `oops=panic` makes a panic of each. */
const TROUBLE =
  /^\[ *\d+\.\d+\](?:\[[^\]]*\])? (?:Kernel panic|Internal error: |Unable to handle |BUG: |watchdog: |INFO: task |sysrq: Trigger a crash|------------\[ cut here)/;
const PANIC = /^\[ *\d+\.\d+\](?:\[[^\]]*\])? (Kernel panic - not syncing: .*)/;

/** Lines of trouble that are told; how far before its end it is looked for; characters of a line. */
const WORDS = { lines: 16, before: 100, width: 200 } as const;

/**
 * LAB_DIED with the host's last words; LAB for a lab that powered off, or that QEMU's user ended in order.
 */
export function endError({ status, signal, fault, console, complaints }: LabEnd): RasvmError {
  const lines = consoleLines(console);
  const panic = lines.map((line) => PANIC.exec(line)?.[1]).find((text) => text !== undefined);
  const died = (what: string, more: readonly string[] = lastWords(lines)) =>
    new RasvmError('LAB_DIED', `the lab's host died: ${what}`, { more });
  if (panic !== undefined) return died(panic);
  if (fault !== undefined) return died(fault);
  const qemu = consoleLines(complaints).slice(-WORDS.lines);
  if (signal !== null)
    return died(`QEMU, which emulates it, was ended by ${signal}`, [...qemu, ...lastWords(lines)]);
  if (status !== 0)
    return died(`QEMU, which emulates it, ended with status ${status}`, [...qemu, ...lastWords(lines)]);
  return endedEarly();
}

export function endedEarly(): RasvmError {
  return new RasvmError('LAB', 'the lab ended before the command did');
}

/**
 * From where the trouble began, as far as there is room for it; of a kernel that said nothing of any, its
 * last lines.
 */
function lastWords(lines: readonly string[]): string[] {
  const panic = lines.findIndex((line) => PANIC.test(line));
  const late = lines.slice(Math.max(0, (panic < 0 ? lines.length : panic) - WORDS.before));
  const began = late.findIndex((line) => TROUBLE.test(line));
  const told = began < 0 ? late.slice(-WORDS.lines) : late.slice(began, began + WORDS.lines);
  return told.map((line) => line.slice(0, WORDS.width));
}

function consoleLines(text: string): string[] {
  return text
    .split(/\r*\n/)
    .map((line) => escaped(line.trimEnd()))
    .filter((line) => line !== '');
}

/** An end as it goes from the process that keeps the lab to those that use it. */
export function encodeEnd({ code, message, more }: RasvmError): Buffer {
  return Buffer.from(JSON.stringify({ code, message, more }));
}

/** @returns undefined for what is no end. */
export function decodeEnd(payload: Uint8Array): RasvmError | undefined {
  try {
    const { code, message, more } = JSON.parse(Buffer.from(payload).toString()) as Partial<RasvmError>;
    if ((code !== 'LAB' && code !== 'LAB_DIED') || typeof message !== 'string' || !Array.isArray(more))
      return undefined;
    return new RasvmError(code, message, { more: more.map(String) });
  } catch {
    return undefined;
  }
}
