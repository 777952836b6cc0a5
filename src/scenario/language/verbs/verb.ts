/** A verb of the language of scenarios, as it is written; src/scenario/steps has what each does. */

import type { z } from 'zod';
import type { NameCheck } from '../name-check.ts';

export interface Verb<S extends z.ZodType = z.ZodType> {
  schema: S;
  /** The host does it: a touch that was not waited for goes on meanwhile. */
  byTheHost?: true;
  /** Says what names it gives and uses, before any guest runs. */
  names?(what: z.infer<S>, names: NameCheck): void;
}

/** Only gives the types. */
export function verb<S extends z.ZodType>(given: Verb<S>): Verb<S> {
  return given;
}
