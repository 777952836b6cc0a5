/** What became of cases: data that reports are made from, and nothing but data. */

import type { EventMessage } from '../../api/events.ts';
import type { PlainRegisters } from '../../ras/vcpu/vcpu-registers.ts';
import type { ConsoleLine } from '../guest/console.ts';
import type { Check } from '../judge/check.ts';
import type { VmmName } from '../vmm/names.ts';

/** 'broken': it could not be tested, as something other than what is tested went wrong. */
export type Outcome = 'passed' | 'failed' | 'skipped' | 'broken';

export interface TimelineEntry {
  /** ms since the case began. */
  at: number;
  /** Whose doing it is. */
  actor: 'host' | 'rasvm' | 'guest' | 'victim' | 'runner';
  text: string;
  /** The event of rasvm's that the text puts in words. */
  event?: EventMessage;
}

/** A line of a log. */
export interface LogLine {
  /** ms since the case began. */
  at: number;
  text: string;
  /** It is about an error: what a reader looks for first. */
  ras: boolean;
}

/** A line that came out of the guest. */
export interface GuestLogLine extends LogLine {
  /** Its console, or the agent in it by a serial port of its own. */
  from: ConsoleLine['from'];
}

/**
 * A guest that fell silent, looked into before it was ended. What its kernel said to SysRq l and w is in the
 * log.
 */
export interface Stuck {
  /** None where they could not be read. */
  vcpus: PlainRegisters[];
  /** What could not be had, and why. */
  missing: string[];
}

/** What is wrong with a guest kernel as a whole, so that a case could not pass. */
export interface Cause {
  /** Short, and the same for the same cause. */
  code: string;
  /** A sentence or two: what it is, and what to do. */
  text: string;
  /** Where it is written. */
  reference: string;
}

/** One scenario, run on one kernel in one variant. */
export interface CaseResult {
  /** Of the scenario, the kernel, the VMM and the variant; no other case of the run has it. */
  id: string;
  /** The scenario's id. */
  scenario: string;
  title: string;
  /** Why it matters, in a sentence. */
  why: string;
  references: string[];
  /** Not the guest's kernel but what the guest runs in, or the host's KVM; left out: the kernel. */
  judges?: 'vmm';
  kernel: {
    /** As requested: 'debian:6.12' or a path. */
    name: string;
    /** What the guest said of itself (uname -r); left out if it never came so far. */
    release?: string;
  };
  /** 'default', or what the matrix calls it. */
  variant: string;
  /** What the guest ran in; left out: rasvm. */
  vmm?: VmmName;
  /** The guest's user space was there; left out: it was not, or it is not known. */
  up?: true;
  outcome: Outcome;
  /** Of all outcomes but 'passed': a sentence. */
  reason?: string;
  /** Of one that failed or is broken, where it could be found out. */
  cause?: Cause;
  checks: Check[];
  /** In the order of time. */
  timeline: TimelineEntry[];
  log: GuestLogLine[];
  /** Of a guest that fell silent. */
  stuck?: Stuck;
  /** Left out where no guest was started. */
  machine?: {
    /** The command line of `rasvm run`, or of another VMM, the program first. */
    command: string[];
    /** What the VMM itself said. */
    log: LogLine[];
  };
  durationMs: number;
  /** How many cases its guest had served before; left out: none. */
  served?: number;
  /** It was run before in a guest that had served other cases, and did not pass there. */
  before?: { served: number; reason: string };
}

/** A kernel that a scenario was not run on, as it judges the VMM and was run on another. */
export interface NotAsked {
  /** The scenario's id. */
  scenario: string;
  kernel: { name: string };
  /** As a case has it. */
  variant: string;
  vmm?: VmmName;
  /** Name of the kernel that it was run on. */
  instead: string;
}

export interface RunResult {
  started: Date;
  durationMs: number;
  host: {
    /** uname -r of the host that had the guests: the lab's, if they ran in it. */
    kernel: string;
    /** Version. */
    rasvm: string;
    /** Version, if guests ran in it. */
    qemu?: string;
  };
  cases: CaseResult[];
  /** Left out: nothing. */
  notAsked?: readonly NotAsked[];
}
