/** The options by which a command chooses where it runs, here or in the lab, and the lab. */

import { parseChoice } from '../../core/quantity.ts';
import { LAB_MODES, type LabMode } from '../../lab/decide.ts';
import type { Extra } from '../../lab/image.ts';

export interface LabChoice {
  readonly mode: LabMode;
  /** Series of the lab's kernel; left out: any lab that is up, else the usual one. */
  readonly kernel?: string;
  /** QEMU's CPU model for the lab; left out: as above. */
  readonly cpu?: string;
  /** The lab's CPU, and so a guest, has a PMU; left out: as above. */
  readonly pmu?: boolean;
  /** What the lab must have beside its basic system. */
  readonly extras?: readonly Extra[];
}

export const LAB_OPTIONS = {
  lab: {
    value: 'auto|never|always',
    description: 'run in the lab: where this machine is no arm64 KVM host, never, or always',
    default: 'auto',
  },
  'lab-kernel': { value: 'SERIES', description: "the lab's kernel: 6.1, 6.12 or 7.2" },
  'lab-cpu': {
    value: 'MODEL',
    description: "the lab's CPU: neoverse-n2, max, or without the RAS extension cortex-a57",
  },
  'lab-pmu': { description: 'a PMU in the lab, and in its guests; some kernels do not survive that' },
} as const;

export type LabValues = { [K in Exclude<keyof typeof LAB_OPTIONS, 'lab-pmu'>]?: string } & {
  'lab-pmu'?: true;
};

/** The same by commander's names. */
export interface LabFlags {
  lab: string;
  labKernel?: string;
  labCpu?: string;
  labPmu?: true;
}

/** Throws USAGE. */
export function toLabChoice(values: LabValues): LabChoice {
  const { 'lab-kernel': kernel, 'lab-cpu': cpu, 'lab-pmu': pmu } = values;
  return {
    mode: parseLabMode(values.lab),
    ...(kernel && { kernel }),
    ...(cpu && { cpu }),
    ...(pmu && { pmu }),
  };
}

/** Throws USAGE. */
export function labChoiceOf({ lab, labKernel, labCpu, labPmu }: LabFlags): LabChoice {
  return toLabChoice({
    lab,
    ...(labKernel !== undefined && { 'lab-kernel': labKernel }),
    ...(labCpu !== undefined && { 'lab-cpu': labCpu }),
    ...(labPmu && { 'lab-pmu': labPmu }),
  });
}

export function parseLabMode(text: string | undefined): LabMode {
  return parseChoice(text ?? LAB_OPTIONS.lab.default, '--lab', LAB_MODES);
}
