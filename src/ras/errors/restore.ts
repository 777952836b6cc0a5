/**
 * Lost memory made whole for a guest that boots again. The mapping stays as it is: only the pages are given back to the
 * kernel (native/memory, GuestMemory::renew), so that huge page size, NUMA policy and madvise() settings are kept.
 */

import type { EventLog } from '../../events/event-log.ts';
import type { GuestMap } from '../../memory/guest-map.ts';
import type { LostPage, PoisonLedger } from './ledger.ts';

export interface RestoreOptions {
  map: GuestMap;
  ledger: PoisonLedger;
  events: EventLog;
}

/**
 * Looks for losses that nobody has told of yet, and backs all lost pages anew. What cannot be had again stays in the ledger,
 * as {@link LostPage.leftOut}: it has no place in the next boot's memory map.
 */
export function restoreMemory(options: RestoreOptions): void {
  const { ledger, events } = options;
  noteUnknownLosses(options);
  for (const page of [...ledger]) {
    const { id, gpa, size } = page;
    const failure = backAnew(page, options);
    if (failure === undefined) {
      ledger.renew(page);
      events.emit('renewed', { id, gpa, size });
    } else {
      page.leftOut = true;
      events.emit('left-out', { id, gpa, size, reason: failure });
    }
  }
}

/** The kernel drops signals while one is pending: a boot that wrote to such a page would fail. */
function noteUnknownLosses({ map, ledger, events }: RestoreOptions): void {
  for (const { gpa: base, size, memory, offset } of map.ranges) {
    let lost: number[];
    try {
      lost = memory.findPoison(offset, size);
    } catch (error) {
      events.emit('machine.warning', {
        message: `guest memory is not searched for lost pages: ${String(error)}`,
      });
      continue;
    }
    for (const at of lost) {
      const gpa = base + at - offset;
      if (ledger.find(gpa) !== undefined) continue;
      events.emit('found', { hva: memory.hva + at, size: memory.pageSize });
      ledger.lose(gpa, memory.pageSize, 'scan', events.now());
    }
  }
}

/** @returns why the page is not whole; undefined if it is. */
function backAnew({ gpa, size }: LostPage, { map }: RestoreOptions): string | undefined {
  const range = map.find(gpa);
  if (range === undefined) return 'it is no guest memory';
  const { memory, offset } = range;
  const at = offset + gpa - range.gpa;
  // A loss may be smaller than a page of the backing, which can only be given back whole.
  const unit = memory.pageSize;
  const start = Math.floor(at / unit) * unit;
  const end = Math.ceil((at + size) / unit) * unit;
  try {
    memory.renew(start, end - start);
    // A page that the host cannot give, as when no huge page is left, is missed now and not when the guest needs it.
    for (let page = start; page < end; page += unit) memory.writeU64(page, 0n);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
