/** Writes the JSON Schemas in docs/reference: `npm run reference`. */

import { writeFileSync } from 'node:fs';
import { matrixJsonSchema, scenarioJsonSchema } from '../src/scenario/language/json-schema.ts';

for (const [name, text] of [
  ['scenario', scenarioJsonSchema()],
  ['matrix', matrixJsonSchema()],
] as const)
  writeFileSync(new URL(`../docs/reference/${name}.schema.json`, import.meta.url), text);
