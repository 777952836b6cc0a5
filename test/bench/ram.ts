/** A VMM's memory as the host sees it: where guest RAM is mapped, what the rest takes; and the loss of pages of it. */

import { RasvmError } from '../../src/core/errors.ts';
import { ADDRESS_MAP } from '../../src/platform/address-map.ts';
import { FILES, type Host } from './host.ts';
import { GUEST_MEMORY } from './subjects.ts';

/** One mapping of /proc/PID/smaps (Documentation/filesystems/proc.rst); sizes in bytes. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** Path of the file, [heap] and the like, or an empty string. */
  readonly name: string;
  readonly rss: number;
  readonly pss: number;
  /** What no other process has mapped. */
  readonly own: number;
}

export async function mappings(host: Host, pid: number): Promise<Mapping[]> {
  return parseSmaps(await host.shell(`cat /proc/${pid}/smaps`));
}

export function parseSmaps(text: string): Mapping[] {
  const heads = [...text.matchAll(/^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)$/gm)];
  return heads.map(({ index, 1: start, 2: end, 3: name }, at) => {
    const body = text.slice(index, heads[at + 1]?.index);
    const field = (key: string) => Number(new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(body)![1]) * 1024;
    return {
      start: Number.parseInt(start!, 16),
      end: Number.parseInt(end!, 16),
      name: name!,
      rss: field('Rss'),
      pss: field('Pss'),
      own: field('Private_Clean') + field('Private_Dirty'),
    };
  });
}

/** The mapping of guest RAM: the only one of just its size. @throws RasvmError LAB when there is no such */
export function guestRam(all: readonly Mapping[]): Mapping {
  const found = all.filter(({ start, end }) => end - start === GUEST_MEMORY);
  if (found.length === 1) return found[0]!;
  throw new RasvmError('LAB', `${found.length} mappings of the VMM have the size of guest RAM, not one`);
}

/** The host's memory_failure() for pages of a guest, in this order. @param gpas RAM begins at 1 GiB in both VMMs */
export async function losePages(
  host: Host,
  pid: number,
  ram: Mapping,
  gpas: readonly number[],
): Promise<void> {
  const addresses = gpas.map((gpa) => `0x${(ram.start + gpa - ADDRESS_MAP.ram.base).toString(16)}`);
  await host.bytes([FILES.losePages, String(pid), ...addresses]);
}

/** Of all but guest RAM, bytes. */
export function sumBeside(ram: Mapping, all: readonly Mapping[], of: 'pss' | 'own'): number {
  return all.reduce((sum, mapping) => (mapping === ram ? sum : sum + mapping[of]), 0);
}
