/** A verb of the language of scenarios: how it is written, which names it gives and needs, and what it does. */

import type { z } from 'zod';
import type { NameCheck } from '../language/name-check.ts';
import type { StepContext } from './context.ts';

export interface Verb<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** The host does it: a touch that was not waited for goes on meanwhile. */
  byTheHost?: true;
  /** Says what names it gives and uses, before any guest runs. */
  names?(what: z.infer<S>, names: NameCheck): void;
  run(what: z.infer<S>, context: StepContext): Promise<void> | void;
}

/** Only gives the types. */
export function verb<S extends z.ZodType>(given: Verb<S>): Verb<S> {
  return given;
}
