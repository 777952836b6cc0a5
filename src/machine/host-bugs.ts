/**
 * What kernels of the archive are known to do wrong as hosts: an operator's business, which `rasvm doctor`
 * tells.
 */

import type { HostFacts } from './host-facts.ts';

export interface HostBug {
  /** Versions that it was seen on, the first and the last; others may have it too. */
  readonly seen: readonly [first: string, last: string];
  /** It comes only on a host like this; left out: on each. */
  readonly where?: (facts: HostFacts) => boolean;
  readonly what: string;
  /** What to do. */
  readonly remedy: string;
}

const hasPmu = ({ kvm }: HostFacts): boolean => 'pmu' in kvm && kvm.pmu;

export const HOST_BUGS: readonly HostBug[] = [
  {
    seen: ['6.12.117', '6.12.117'],
    where: hasPmu,
    // __perf_event_task_sched_in(), kernel/events/core.c; docs/limits.md has what is known of it.
    what: 'the HOST may oops when a vCPU whose guest has a PMU is scheduled, seldom and under load',
    remedy: 'take another kernel, or a CPU without a PMU (in the lab: leave out --pmu)',
  },
  {
    seen: ['6.12.117', '6.12.117'],
    what: 'the host sometimes sends no early signal (BUS_MCEERR_AO) of a lost page',
    remedy: 'rasvm finds the page by the page map, up to some seconds later',
  },
];

/** The bugs that a host's kernel is known to have. */
export function knownBugs(facts: HostFacts, all: readonly HostBug[] = HOST_BUGS): HostBug[] {
  const version = versionOf(facts.kernel);
  if (version === undefined) return [];
  return all.filter(
    ({ seen: [first, last], where }) =>
      compare(version, numbers(first)) >= 0 &&
      compare(version, numbers(last)) <= 0 &&
      (where?.(facts) ?? true),
  );
}

/** Of `6.12.117+deb13-arm64`; undefined for what names no kernel. */
function versionOf(release: string): readonly number[] | undefined {
  const found = /^\d+\.\d+(?:\.\d+)?/.exec(release)?.[0];
  return found === undefined ? undefined : numbers(found);
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0));
  return at === undefined ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
