/** Writes docs/reference/scenario.schema.json: `npm run reference`. */

import { writeFileSync } from 'node:fs';
import { scenarioJsonSchema } from '../src/scenario/json-schema.ts';

writeFileSync(new URL('../docs/reference/scenario.schema.json', import.meta.url), scenarioJsonSchema());
