/** From the guest's load of a lost page to its SIGBUS handler, by the guest's own clock. */

import { setTimeout as sleep } from 'node:timers/promises';
import { RasvmError } from '../../src/errors.ts';
import { addressList } from '../../src/scenario/victim.ts';
import type { Host } from './host.ts';
import { guestRam, hostFrame, loseFrame, mappings } from './ram.ts';
import { QEMU_UEFI, RASVM_LATE, type Subject } from './subjects.ts';
import { RunningGuest } from './timed.ts';

/** si_code of a late error (include/uapi/asm-generic/siginfo.h). */
const BUS_MCEERR_AR = 4;

/** Lost pages of one guest. The first finds caches cold and code paths untrodden, so it is reported on its own. */
const PAGES = 11;

/** ms of this machine's time between two loads: the guest's kernel finishes with one page before the next. */
const PAUSE = 100;

/** `times`: ns, in the order of the loads. */
export interface Latencies {
  readonly subject: Subject;
  readonly times: readonly number[];
}

/** rasvm's and QEMU's. A guest cannot lose pages twice, so each has one run. */
export async function measureLatency(host: Host): Promise<[rasvm: Latencies, qemu: Latencies]> {
  return [await latenciesOf(host, RASVM_LATE), await latenciesOf(host, QEMU_UEFI)];
}

async function latenciesOf(host: Host, subject: Subject): Promise<Latencies> {
  const guest = await RunningGuest.start(host, subject);
  try {
    const pages = addressList((await guest.command(`alloc victim anon ${PAGES}`)).text('gpa'));
    const ram = guestRam(await mappings(host, guest.pid));
    // The same for both, and by no command of either: the host loses the frames, and says nothing until the loads.
    for (const gpa of pages) await loseFrame(host, await hostFrame(host, guest.pid, ram, gpa));
    const times: number[] = [];
    for (let page = 0; page < PAGES; page++) {
      await sleep(PAUSE);
      const load = await guest.command(`latency victim ${page} 1`);
      if (load.number('codes') !== BUS_MCEERR_AR)
        throw new RasvmError(
          'CONTROL',
          `${subject.name}: the load of a lost page ended with si_code ${load.text('codes')}`,
        );
      times.push(load.number('ns'));
    }
    return { subject, times };
  } finally {
    await guest.end();
  }
}
