/** The error sources of a guest, by what they are for. */

import { SOURCES } from '../../../src/ras/sources/plan.ts';

const idOf = (notification: string) => SOURCES.find((source) => source.notification === notification)!.id;

export const SOURCE = { SEA: idOf('sea'), GED: idOf('gsiv') } as const;
