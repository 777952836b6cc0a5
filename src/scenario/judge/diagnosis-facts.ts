/** What a diagnosis goes by: what the guest says of itself when it is asked, and what was seen of it. */

import type { EventMessage } from '../../api/events.ts';
import { RasvmError } from '../../core/errors.ts';
import { parseKernelLine } from '../guest/console.ts';
import { pace } from '../guest/pace.ts';
import type { GuestUnderTest } from '../guest/under-test.ts';
import type { KernelConfig } from '../kernel/ras-config.ts';
import type { MachineRequest } from '../language/schema.ts';
import type { CaseResult } from '../run/result.ts';

/** In the guest. What does not follow from a file's content follows from whether it is there. */
export const FACT_FILES = {
  commandLine: '/proc/cmdline',
  recovery: '/proc/sys/vm/memory_failure_recovery',
  earlyKill: '/proc/sys/vm/memory_failure_early_kill',
  softOffline: '/proc/sys/vm/enable_soft_offline',
  hest: '/sys/firmware/acpi/tables/HEST',
  ghes: '/sys/bus/platform/drivers/GHES',
  /** The driver has taken rasvm's error source for SEA; the platform device has the source's id. */
  seaSource: '/sys/bus/platform/drivers/GHES/GHES.0',
} as const;

/** A file's content without space around it ('' of a directory); null: there is none; left out: not known. */
export type GuestFacts = Partial<Record<keyof typeof FACT_FILES, string | null>>;

/** ms. A guest that has just done what it was told answers at once. */
const ANSWER = 5000;

/** Asks a guest that runs; one that answers no more ends it. It does not reject. */
export async function askGuest(guest: Pick<GuestUnderTest, 'ask'>): Promise<GuestFacts> {
  const facts: GuestFacts = {};
  for (const [name, path] of Object.entries(FACT_FILES) as [keyof GuestFacts, string][]) {
    try {
      const { content } = await guest.ask(['read', path], pace.stretch(ANSWER));
      facts[name] = content.toString('latin1').trim();
    } catch (error) {
      const words = error instanceof RasvmError ? error.message : '';
      if (words.includes('Is a directory')) facts[name] = '';
      else if (words.includes('No such file')) facts[name] = null;
      else break;
    }
  }
  return facts;
}

/** Of a case that did not pass. */
export interface Facts {
  /** Of the kernel's command line; without those that the scenario itself requests. */
  words: readonly string[];
  /** Those. */
  own: readonly string[];
  /** Errors are reported to the guest by records: the machine has ACPI and RAS. */
  records: boolean;
  /** As {@link records}, if it were as the scenario requests it. */
  recordsRequested: boolean;
  /** The guest's user space was there. */
  up: boolean;
  /** Of the guest's kernel, without their times. */
  log: readonly string[];
  events: readonly EventMessage[];
  /** What was not so, and what kept the case from going on. */
  faults: readonly string[];
  /** Left out: not known. */
  config?: KernelConfig;
  guest: GuestFacts;
}

/** What {@link factsOf} needs to know of how the case was. */
export interface CaseFacts {
  result: Pick<CaseResult, 'up' | 'checks' | 'reason' | 'log' | 'timeline'>;
  /** As the scenario requests it, and as it was. */
  requested: MachineRequest;
  machine: MachineRequest;
  config?: KernelConfig | undefined;
  guest: GuestFacts;
}

export function factsOf({ result, requested, machine, config, guest }: CaseFacts): Facts {
  const { up = false, checks, reason, log, timeline } = result;
  const own = wordsOf(requested.append);
  const words = without(wordsOf(guest.commandLine ?? machine.append), own);
  const settled = { ...guest };
  // What the scenario set by itself is its own affair.
  for (const [name, path] of Object.entries(FACT_FILES))
    if (own.some((word) => isSetting(word, path))) delete settled[name as keyof GuestFacts];
  return {
    words,
    own,
    records: hasRecords(machine),
    recordsRequested: hasRecords(requested),
    up,
    log: log.flatMap(({ from, text }) => (from === 'console' && parseKernelLine(text)?.text) || []),
    events: timeline.flatMap(({ event }) => event ?? []),
    faults: [
      ...checks.filter(({ proved }) => !proved).map(({ claim }) => claim),
      ...(reason === undefined ? [] : [reason]),
    ],
    ...(config && { config }),
    guest: settled,
  };
}

function wordsOf(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function without(words: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Whether a word such as `sysctl.vm.memory_failure_recovery=0` sets what the file says. */
function isSetting(word: string, path: string): boolean {
  const name = /^sysctl\.([^=]+)=/.exec(word)?.[1];
  return name !== undefined && path === `/proc/sys/${name.replaceAll('.', '/')}`;
}

function hasRecords({ acpi = 'on', ras = 'auto' }: MachineRequest): boolean {
  return acpi === 'on' && !ras.startsWith('off');
}
