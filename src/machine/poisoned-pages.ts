/** The poison ledger as others see it. */

import type { PoisonedPage } from '../api/poison.ts';
import type { LostPage } from '../ras/errors/ledger.ts';

/** By address. */
export function poisonedPages(pages: Iterable<LostPage>): PoisonedPage[] {
  return [...pages].map(poisonedPage).sort((a, b) => a.gpa - b.gpa);
}

/** Bytes that the guest has booted without. */
export function leftOutBytes(pages: Iterable<LostPage>): number {
  let bytes = 0;
  for (const { leftOut, size } of pages) if (leftOut) bytes += size;
  return bytes;
}

function poisonedPage(page: LostPage): PoisonedPage {
  const { id, gpa, size, since, origin, toldEarlyAt, toldLate, toldLateAt } = page;
  const { acknowledged, acknowledgedAt, touches, touchedAt, stillInUse, leftOut } = page;
  return {
    ...{ id, gpa, size, since, origin },
    ...(toldEarlyAt !== undefined && { toldEarly: toldEarlyAt }),
    toldLate,
    ...(toldLateAt !== undefined && { toldLateAt }),
    acknowledged,
    ...(acknowledgedAt !== undefined && { acknowledgedAt }),
    touches,
    ...(touchedAt !== undefined && { touchedAt }),
    offlined: leftOut ? 'left-out' : stillInUse ? 'no' : 'unknown',
  };
}
