/** Time from exec to the first line of guest user space. */

import type { Host } from './host.ts';
import { QEMU_DIRECT, QEMU_UEFI, RASVM, type Subject } from './subjects.ts';
import { RunningGuest, timeToEnd } from './timed.ts';

/** Times of each subject, ns, in the order of the runs; and of Node.js alone, which does nothing. */
export interface BootTimes {
  readonly subjects: ReadonlyMap<Subject, readonly number[]>;
  readonly node: readonly number[];
}

const SUBJECTS = [RASVM, QEMU_DIRECT, QEMU_UEFI] as const;

/** One round that is not counted fills the page cache; then `runs` rounds, each subject once in a round. */
export async function measureBoot(host: Host, runs: number): Promise<BootTimes> {
  const subjects = new Map<Subject, number[]>(SUBJECTS.map((subject) => [subject, []]));
  const node: number[] = [];
  for (let round = -1; round < runs; round++) {
    for (const [subject, times] of subjects) {
      const guest = await RunningGuest.start(host, subject);
      await guest.end();
      if (round >= 0) times.push(guest.boot.end - guest.boot.start);
    }
    const alone = await timeToEnd(host, ['node', '-e', '0']);
    if (round >= 0) node.push(alone.end - alone.start);
  }
  return { subjects, node };
}
