/** What a VMM takes beside guest RAM while its guest idles in user space. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from './host.ts';
import { guestRam, type Mapping, mappings, sumBeside } from './ram.ts';
import { QEMU_DIRECT, QEMU_UEFI, RASVM, type Subject } from './subjects.ts';
import { RunningGuest } from './timed.ts';

export interface Memory {
  /** Proportional set size without guest RAM, bytes. */
  readonly pss: number;
  /** The mappings that make it up. */
  readonly mappings: readonly Mapping[];
}

const SUBJECTS = [RASVM, QEMU_DIRECT, QEMU_UEFI] as const;

/** ms of this machine's time for what a VMM does after its guest has come up. */
const SETTLE = 2000;

/** Nothing else in the host has the VMM's program or libraries open, so that its share of them is all of them. */
export async function measureMemory(
  host: Host,
  runs: number,
): Promise<ReadonlyMap<Subject, readonly Memory[]>> {
  const result = new Map<Subject, Memory[]>(SUBJECTS.map((subject) => [subject, []]));
  for (let round = 0; round < runs; round++)
    for (const [subject, samples] of result) samples.push(await memoryOf(host, subject));
  return result;
}

async function memoryOf(host: Host, subject: Subject): Promise<Memory> {
  const guest = await RunningGuest.start(host, subject);
  try {
    await sleep(SETTLE);
    const all = await mappings(host, guest.pid);
    const ram = guestRam(all);
    return { pss: sumBeside(ram, all, 'pss'), mappings: all.filter((mapping) => mapping !== ram) };
  } finally {
    await guest.end();
  }
}

/** What one of several guests of a host takes beside its RAM, bytes. */
export interface Share {
  /** Its part of all: what several have mapped is divided among them. */
  readonly pss: number;
  /** What would be free without it. */
  readonly own: number;
}

/** Guests that idle on the host side by side. */
export const GUESTS = 8;

/** The mean of as many guests. */
export async function measureShare(host: Host, subject: Subject): Promise<Share> {
  const guests: RunningGuest[] = [];
  try {
    while (guests.length < GUESTS) guests.push(await RunningGuest.start(host, subject));
    await sleep(SETTLE);
    const sum = { pss: 0, own: 0 };
    for (const { pid } of guests) {
      const all = await mappings(host, pid);
      const ram = guestRam(all);
      sum.pss += sumBeside(ram, all, 'pss');
      sum.own += sumBeside(ram, all, 'own');
    }
    return { pss: sum.pss / GUESTS, own: sum.own / GUESTS };
  } finally {
    await Promise.all(guests.map((guest) => guest.end()));
  }
}
