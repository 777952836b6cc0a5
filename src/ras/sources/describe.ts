/** The error sources as the tables of their guest describe them. */

import type { PlannedSource } from './plan.ts';
import { ERROR_BLOCK_LENGTH, errorRecordArea, MAX_SECTIONS } from './record-area.ts';

/** @param records GPA of the error records */
export function describeSources(plan: readonly PlannedSource[], records: number) {
  const area = errorRecordArea(plan.length);
  return {
    records,
    blockLength: ERROR_BLOCK_LENGTH,
    maxSections: MAX_SECTIONS,
    sources: plan.map(({ id, notification, vector }) => {
      const { pointer, readAck } = area.sources[id]!;
      return { notification, vector, statusAddress: records + pointer, readAck };
    }),
  };
}

/** As a boot method asks for them. */
export function errorRecordsOf(plan: readonly PlannedSource[]) {
  return { size: errorRecordArea(plan.length).size, describe: (base: number) => describeSources(plan, base) };
}
