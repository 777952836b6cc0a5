/** Whether what a scenario asks for is so here; where not, why. */

import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { KernelConfig } from '../kernel/ras-config.ts';
import type { Condition } from '../language/schema-values.ts';

export interface GuestKernelFacts {
  /** uname -r of the guest's kernel; left out: not known before it runs. */
  kernel?: string | undefined;
  /** The guest's kernel's configuration; left out: not known. */
  config?: KernelConfig | undefined;
}

export interface Surroundings extends GuestKernelFacts {
  /** uname -r of the host. */
  hostKernel: string;
  hostRas: boolean;
}

/** @returns why the condition is not met; undefined: it is met, or it cannot be known yet */
export function unmet(condition: Condition | undefined, here: Surroundings): string | undefined {
  if (!condition) return undefined;
  const { hostKernel, hostRas } = condition;
  const ofGuest = unmetByGuest(condition, here);
  if (ofGuest !== undefined) return ofGuest;
  if (hostKernel !== undefined && !inRange(here.hostKernel, hostKernel))
    return `it is about host kernels ${hostKernel}; this is ${here.hostKernel}`;
  if (hostRas !== undefined && hostRas !== here.hostRas)
    return `it is about host CPUs ${hostRas ? 'with' : 'without'} the RAS extension; this one ${here.hostRas ? 'has' : 'has not'} it`;
  return undefined;
}

/** As {@link unmet}, of the guest's kernel alone. */
export function unmetByGuest({ kernel, config }: Condition = {}, here: GuestKernelFacts): string | undefined {
  if (kernel !== undefined && here.kernel !== undefined && !inRange(here.kernel, kernel))
    return `it is about guest kernels ${kernel}; this is ${here.kernel}`;
  const option = [config ?? []].flat().find((each) => !hasOption(each, here.config));
  if (option !== undefined)
    return option.startsWith('!')
      ? `it is about guest kernels without ${option.slice(1)}; ${here.config ? 'this one has it' : 'the configuration of this one is not known'}`
      : `it is about guest kernels with ${option}; it is not set in this one`;
  return undefined;
}

/**
 * Of a kernel whose configuration is not known all options are taken to be set: nothing that could be tested
 * is left out, and of two steps for a kernel with and without an option only one is done.
 * @param option `CONFIG_X`, built in or a module; `!CONFIG_X`: neither
 */
function hasOption(option: string, config: KernelConfig | undefined): boolean {
  const [, not, name] = /^(!?)CONFIG_(.+)$/.exec(option)!;
  const isSet = config === undefined || config.get(name!) !== undefined;
  return isSet === (not === '');
}

/** @param range `>=6.6`, `>=6.1 <7.0`, `6.12` */
export function inRange(version: string, range: string): boolean {
  return range.split(' ').every((part) => {
    const [, sign, bound] = /^(<=|>=|<|>|=)?(.+)$/.exec(part)!;
    const order = compare(version, bound!);
    switch (sign) {
      case '<':
        return order < 0;
      case '>=':
        return order >= 0;
      case '<=':
        return order <= 0;
      case '>':
        return order > 0;
      default:
        return order === 0;
    }
  });
}

/** By as many numbers as the bound has: 6.12.107 is 6.12. */
function compare(version: string, bound: string): number {
  const numbers = (text: string) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const own = numbers(version);
  const differing = numbers(bound).map((number, i) => (own[i] ?? 0) - number);
  return differing.find((each) => each !== 0) ?? 0;
}

/**
 * MIDR_EL1's part numbers of CPUs before Armv8.2, which have no RAS extension: Cortex-A35, A53, A57, A72,
 * A73.
 */
const WITHOUT_RAS = /^CPU part\s*: 0x(d04|d03|d07|d08|d09)$/m;

/** Of this host; the guest's kernel is not known here. */
export function surroundings(): Omit<Surroundings, 'kernel' | 'config'> {
  return { hostKernel: release(), hostRas: !WITHOUT_RAS.test(readFileSync('/proc/cpuinfo', 'utf8')) };
}
