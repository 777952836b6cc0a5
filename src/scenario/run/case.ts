/** A case: one scenario on one kernel in one variant; and who watches it run. */

import type { KernelConfig } from '../kernel/ras-config.ts';
import type { LoadedScenario } from '../language/load.ts';
import type { MachineRequest } from '../language/schema.ts';
import type { VmmName } from '../vmm/names.ts';
import type { GuestRequest } from '../vmm/vmm.ts';
import type { CaseResult } from './result.ts';

export interface CaseKernel {
  /** As requested: 'debian:6.12' or a path. */
  name: string;
  /** Path of an arm64 Image. */
  image: string;
  /** How the user's next command line names it: 'debian:6.12' or a full path; left out: by its image. */
  again?: string;
  /** uname -r, where it is known before the guest runs. */
  release?: string;
  /** Left out: not known. */
  config?: KernelConfig;
}

export interface Variant {
  name: string;
  /** Added to what the scenario asks for, and stronger. */
  machine: MachineRequest;
}

/** Two CPUs, as hardly any guest has one today. What is the same here can be one guest. */
const USUAL = { cpus: 2, memory: '256M' };

/**
 * What a scenario requests with what a variant does, which is stronger; words for the kernel's command line
 * add up.
 */
export function machineOf({
  scenario,
  variant,
}: Pick<Case, 'scenario' | 'variant'>): GuestRequest['machine'] {
  const append = [scenario.machine?.append, variant.machine.append].filter((each) => each !== undefined);
  const request = { ...scenario.machine, ...variant.machine };
  return {
    ...request,
    cpus: request.cpus ?? USUAL.cpus,
    memory: request.memory ?? USUAL.memory,
    ...(append.length > 0 && { append: append.join(' ') }),
  };
}

export interface Case {
  /** Scenario, kernel, VMM and variant; and which repetition it is. */
  id: string;
  scenario: LoadedScenario;
  kernel: CaseKernel;
  variant: Variant;
  /** Left out: rasvm. */
  vmm?: VmmName;
}

/** Calls come while guests run: they are to be short. */
export interface Observer {
  caseStarted(started: Case): void;
  /** @param text what the runner does now */
  step(running: Case, text: string): void;
  caseEnded(result: CaseResult): void;
}

/** One that tells all of them. */
export function observers(all: readonly Observer[]): Observer {
  return {
    caseStarted(started) {
      for (const each of all) each.caseStarted(started);
    },
    step(running, text) {
      for (const each of all) each.step(running, text);
    },
    caseEnded(result) {
      for (const each of all) each.caseEnded(result);
    },
  };
}
