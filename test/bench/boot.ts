/** Time from exec to the first line of guest user space. */

import type { Host } from './host.ts';
import type { Subject } from './subjects.ts';
import { RunningGuest, timeToEnd } from './timed.ts';

/** Of one subject, ns. */
export interface BootTimes {
  /** The very first start: rasvm has no compiled code from an earlier one. */
  readonly first: number;
  /** Those that count, in the order of the runs. */
  readonly times: readonly number[];
}

/** s of the host's time that a first start is left to live, for all that a VMM keeps for the next. */
const LIFE = 5;

/** One round of first starts, then `runs` rounds, each subject once in a round. */
export async function measureBoot(
  host: Host,
  subjects: readonly Subject[],
  runs: number,
): Promise<ReadonlyMap<Subject, BootTimes>> {
  const all = new Map<Subject, { first: number; times: number[] }>();
  for (const subject of subjects) all.set(subject, { first: await bootOnce(host, subject, LIFE), times: [] });
  for (let round = 0; round < runs; round++)
    for (const [subject, { times }] of all) times.push(await bootOnce(host, subject));
  return all;
}

/** For parts that measure something else: what a first start leaves behind is there. */
export async function warmUp(host: Host, subject: Subject): Promise<void> {
  await bootOnce(host, subject, LIFE);
}

async function bootOnce(host: Host, subject: Subject, life = 0): Promise<number> {
  const guest = await RunningGuest.start(host, subject);
  try {
    if (life > 0) await host.shell(`sleep ${life}`);
    return guest.boot.end - guest.boot.start;
  } finally {
    await guest.end();
  }
}

/** Node.js that does nothing: what of rasvm's time no code of rasvm can change. */
export async function measureNode(host: Host, runs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < runs; round++) {
    const { start, end } = await timeToEnd(host, ['node', '-e', '0']);
    times.push(end - start);
  }
  return times;
}
