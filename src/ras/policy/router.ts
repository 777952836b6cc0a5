/** Which source reports an error: the only place that knows. */

import type { Timing } from '../../events/event.ts';
import { isSynchronous, type PlannedSource } from '../sources/plan.ts';

/** What an error is, as far as the choice goes by it. */
export interface RoutedError {
  /** late: a vCPU stands on the access. */
  readonly timing: Timing;
}

/** @returns the source's id; undefined: the guest has none for such an error */
export type Router = (error: RoutedError) => number | undefined;

/** Late errors go to the first source that a vCPU waits for, all others to the first that nobody waits for. */
export function routeByTiming(plan: readonly PlannedSource[]): Router {
  const late = plan.find(isSynchronous)?.id;
  const early = plan.find((source) => !isSynchronous(source))?.id;
  return ({ timing }) => (timing === 'late' ? late : early);
}
