/** From the guest's load of a lost page to its SIGBUS handler, by the guest's own clock: with nothing else to do, and under load. */

import { RasvmError } from '../../src/core/errors.ts';
import type { Host } from './host.ts';
import { guestRam, losePages, mappings } from './ram.ts';
import { QEMU_UEFI, QEMU_UEFI_2, RASVM_LATE, RASVM_LATE_2, type Subject } from './subjects.ts';
import { RunningGuest } from './timed.ts';

/** si_code of a late error (include/uapi/asm-generic/siginfo.h). */
const BUS_MCEERR_AR = 4;

/** Lost pages of one guest. The first finds caches cold and code paths untrodden, so it is reported on its own. */
const PAGES = 16;

/** Of those the ones after the first. */
export const LATER = PAGES - 1;

/** With a busy second vCPU those that are loaded before it is busy: what is measured is not the first error. */
const BEFORE = 3;

/** s of the host's time: until it has finished with the loss and a VMM with what it puts off, and between two loads for the guest's kernel to finish with a page. */
const PAUSE = { lost: 3, load: 0.02 } as const;

/** `times`: ns, in the order of the loads. */
export interface Latencies {
  readonly subject: Subject;
  readonly times: readonly number[];
}

/** rasvm's and QEMU's. */
export type Compared = readonly [rasvm: Latencies, qemu: Latencies];

/** One vCPU, which does nothing else. A guest cannot lose pages twice, so each has one run. */
export async function measureLatency(host: Host): Promise<Compared> {
  return [await latenciesOf(host, RASVM_LATE), await latenciesOf(host, QEMU_UEFI)];
}

/** The same on one of two vCPUs, while the other computes without rest (native/guest/busy.c). */
export async function measureLatencyUnderLoad(host: Host): Promise<Compared> {
  return [await latenciesOf(host, RASVM_LATE_2, BEFORE), await latenciesOf(host, QEMU_UEFI_2, BEFORE)];
}

/** @param before pages that are loaded before the load begins; 0: without one */
async function latenciesOf(host: Host, subject: Subject, before = 0): Promise<Latencies> {
  const guest = await RunningGuest.start(host, subject);
  try {
    const count = before + PAGES;
    await guest.command('pin victim 0');
    const pages = await guest.allocate('victim', count);
    // The same for both, and by no command of either: the host loses the frames, and says nothing until the loads.
    await losePages(host, guest.pid, guestRam(await mappings(host, guest.pid)), pages);
    await host.shell(`sleep ${PAUSE.lost}`);
    const times: number[] = [];
    for (let page = 0; page < count; page++) {
      if (before > 0 && page === before) {
        await guest.command('pin busy 1');
        await guest.command('busy busy');
      }
      await host.shell(`sleep ${PAUSE.load}`);
      times.push(await loadOf(guest, subject, page));
    }
    return { subject, times: times.slice(before) };
  } finally {
    await guest.end();
  }
}

/** ns. @throws RasvmError CONTROL when it ends otherwise than by a late signal */
async function loadOf(guest: RunningGuest, { name }: Subject, page: number): Promise<number> {
  const load = await guest.command(`latency victim ${page} 1`);
  if (load.number('codes') === BUS_MCEERR_AR) return load.number('ns');
  throw new RasvmError(
    'CONTROL',
    `${name}: the load of a lost page ended with si_code ${load.text('codes')}`,
  );
}
