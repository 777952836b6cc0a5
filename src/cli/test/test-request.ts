/** What `rasvm test` is requested to do: its options as commander gives them, and checked. */

import { parseChoice, parseCount } from '../../core/quantity.ts';
import { VMM_NAMES, type VmmName } from '../../scenario/vmm/names.ts';
import { type LabChoice, type LabFlags, labChoiceOf } from '../lab/lab-choice.ts';
import { checkKeep, defaultKeep } from './test-keep.ts';
import { parseReport, type ReportRequest } from './test-reports.ts';

export interface TestOptions extends LabFlags {
  kernel?: string[];
  matrix?: string;
  append?: string[];
  vmm?: string[];
  filter?: string[];
  jobs?: string;
  repeat: string;
  report?: string[];
  keep?: true;
  keepIn?: string;
  fresh?: true;
  allKernels?: true;
  plan?: string;
  journal?: string;
  journalTo?: string;
}

/** The options, checked. */
export interface TestRequest
  extends Pick<TestOptions, 'kernel' | 'matrix' | 'plan' | 'journal' | 'journalTo'> {
  repeat: number;
  /** Globs with commas between. */
  filter?: string;
  /** More words for the kernels' command lines. */
  append?: string;
  /** Left out: rasvm. */
  vmms?: VmmName[];
  /** Left out: as many as the host has CPUs. */
  jobs?: number;
  reports: ReportRequest[];
  /** Directory for what is kept of cases; left out: nothing is. */
  keep?: string;
  /** Each case has a guest that has served no other. */
  fresh: boolean;
  /** What judges the VMM runs on each kernel too. */
  allKernels: boolean;
  lab: LabChoice;
}

const MOST = 1000;

/** @param options with their defaults. @throws RasvmError USAGE, FILE */
export function toTestRequest(options: TestOptions): TestRequest {
  const {
    kernel,
    matrix,
    append,
    vmm,
    filter,
    jobs,
    repeat,
    report = [],
    keep,
    keepIn,
    fresh = false,
    allKernels = false,
    plan,
    journal,
    journalTo,
    ...lab
  } = options;
  const directory = keepIn ?? (keep && defaultKeep(new Date()));
  if (directory !== undefined) checkKeep(directory);
  return {
    ...(kernel && { kernel }),
    ...(matrix !== undefined && { matrix }),
    ...(append && { append: append.join(' ') }),
    ...(vmm && { vmms: unique(vmm.map((each) => parseChoice(each, '--vmm', VMM_NAMES))) }),
    ...(filter && { filter: filter.join(',') }),
    ...(plan !== undefined && { plan }),
    ...(journal !== undefined && { journal }),
    ...(journalTo !== undefined && { journalTo }),
    ...(directory !== undefined && { keep: directory }),
    ...(jobs !== undefined && { jobs: parseCount(jobs, '--jobs', 1, MOST) }),
    fresh,
    allKernels,
    repeat: parseCount(repeat, '--repeat', 1, MOST),
    reports: report.map(parseReport),
    lab: labChoiceOf(lab),
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
