/** Errors by the thousand: how many a guest takes in a second, each acknowledged, and what becomes of rasvm's memory. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { PoisonedPage } from '../../src/api/poison.ts';
import { RasvmError } from '../../src/core/errors.ts';
import type { Host } from './host.ts';
import { guestRam, losePages, mappings, sumBeside } from './ram.ts';
import { NAME, QEMU_UEFI, RASVM_LATE, RASVM_NAMED, type Subject } from './subjects.ts';
import { RunningGuest } from './timed.ts';

/** Late errors that count, and those before them, by which all code has run and is compiled. */
const LATE = { before: 100, count: 1000 } as const;

/** Early errors: of each thousand the time is taken, and memory after it. */
const EARLY = { thousands: 10, each: 1000 } as const;

/** ms of this machine's time between two looks at a storm, and for all of one. */
const POLL = 2000;
const LIMIT = 300_000;

/** One storm: `ns` for `errors` errors, one right after the other. */
export interface Storm {
  readonly errors: number;
  readonly ns: number;
}

/** PSS beside guest RAM, bytes. */
export interface LateStorm extends Storm {
  readonly subject: Subject;
  readonly pss: { readonly before: number; readonly after: number };
}

export interface EarlyStorms {
  /** From the first to the last acknowledgement. */
  readonly storms: readonly Storm[];
  /** PSS beside guest RAM, bytes: before, and after each storm. */
  readonly pss: readonly number[];
}

/** One thread of a guest loads lost pages as fast as it gets its signals; by the guest's own clock. */
export async function measureLateStorm(host: Host): Promise<[rasvm: LateStorm, qemu: LateStorm]> {
  return [await lateStormOf(host, RASVM_LATE), await lateStormOf(host, QEMU_UEFI)];
}

async function lateStormOf(host: Host, subject: Subject): Promise<LateStorm> {
  const guest = await RunningGuest.start(host, subject);
  try {
    const pages = await guest.allocate('victim', LATE.before + LATE.count);
    await losePages(host, guest.pid, guestRam(await mappings(host, guest.pid)), pages);
    await loads(guest, subject, 0, LATE.before);
    const before = await pssOf(host, guest);
    const ns = await loads(guest, subject, LATE.before, LATE.count);
    return { subject, errors: LATE.count, ns, pss: { before, after: await pssOf(host, guest) } };
  } finally {
    await guest.end();
  }
}

/** @returns ns. @throws RasvmError CONTROL when not each of them ends by a late signal */
async function loads(guest: RunningGuest, { name }: Subject, first: number, count: number): Promise<number> {
  const storm = await guest.command(`storm victim ${first} ${count}`);
  const late = storm.number('late');
  if (late === count) return storm.number('ns');
  throw new RasvmError('CONTROL', `${name}: of ${count} loads of lost pages ${late} ended by a late signal`);
}

/** A thousand pages are lost at once that the guest has not touched, and again, ten times; by rasvm's clock. */
export async function measureEarlyStorms(host: Host, say: (line: string) => void): Promise<EarlyStorms> {
  const guest = await RunningGuest.start(host, RASVM_NAMED);
  try {
    const victims: number[][] = [];
    for (let i = 0; i < EARLY.thousands; i++) victims.push(await guest.allocate(`v${i}`, EARLY.each));
    const ram = guestRam(await mappings(host, guest.pid));
    const pss = [await pssOf(host, guest)];
    for (const [i, pages] of victims.entries()) {
      await losePages(host, guest.pid, ram, pages);
      await untilLost(guest, (i + 1) * EARLY.each);
      pss.push(await pssOf(host, guest));
      say(`${(i + 1) * EARLY.each} errors: ${(pss.at(-1)! / 2 ** 20).toFixed(2)} MiB beside guest RAM`);
    }
    const ledger = await ledgerOf(host);
    return { storms: victims.map((pages) => stormOf(ledger, pages)), pss };
  } finally {
    await guest.end();
  }
}

/** Waits until the guest's kernel has taken so many pages out of use. @throws RasvmError CONTROL */
async function untilLost(guest: RunningGuest, pages: number): Promise<void> {
  const deadline = performance.now() + LIMIT;
  for (let lost = 0; lost < pages; ) {
    if (performance.now() > deadline)
      throw new RasvmError('CONTROL', `the guest has taken ${lost} of ${pages} lost pages out of use`);
    await sleep(POLL);
    lost = (await guest.command('meminfo HardwareCorrupted')).number('kB') / 4;
  }
}

async function ledgerOf(host: Host): Promise<ReadonlyMap<number, PoisonedPage>> {
  const json = await host.bytes(['/opt/rasvm/bin/rasvm', 'poison', 'list', NAME, '--json']);
  return new Map((JSON.parse(json.toString()) as PoisonedPage[]).map((page) => [page.gpa, page]));
}

/** @throws RasvmError CONTROL when one of the pages was not acknowledged */
export function stormOf(
  ledger: ReadonlyMap<number, Pick<PoisonedPage, 'acknowledgedAt'>>,
  pages: readonly number[],
): Storm {
  const times = pages.flatMap((gpa) => ledger.get(gpa)?.acknowledgedAt ?? []).sort((a, b) => a - b);
  if (times.length < pages.length)
    throw new RasvmError('CONTROL', `of ${pages.length} errors ${times.length} are acknowledged`);
  return { errors: times.length, ns: times.at(-1)! - times[0]! };
}

async function pssOf(host: Host, guest: RunningGuest): Promise<number> {
  const all = await mappings(host, guest.pid);
  return sumBeside(guestRam(all), all, 'pss');
}
