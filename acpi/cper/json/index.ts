/** The JSON form of CPER that libcper (OpenBMC) has, both directions, without loss. */

export { errorStatusBlockFromJson, errorStatusBlockToJson } from './error-status-block.ts';
export { OWN_KEY } from './lossless.ts';
export { cperRecordFromJson, cperRecordToJson } from './record.ts';
export { sectionFromJson, sectionToJson } from './sections.ts';
