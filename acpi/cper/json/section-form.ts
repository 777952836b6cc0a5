/** What libcper calls a section and how its content is turned into JSON and back. */

import type { Form, Values } from './forms.ts';

export interface SectionForm {
  /** The key of the section's content. */
  readonly name: string;
  /** Bytes below which libcper does not understand such a section. */
  readonly minSize: number;
  /** What happened, in a sentence. */
  readonly message: (values: Values) => string;
  readonly form: Form;
  /** The same value without zeros that libcper does not have behind its parts. */
  readonly unpadded?: (values: Values) => Values;
}
