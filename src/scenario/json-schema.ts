/** The JSON Schema of scenarios, for editors: docs/reference/scenario.schema.json */

import { z } from 'zod';
import { scenario } from './schema.ts';

/** Draft 2020-12, as text of a file. */
export function scenarioJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(scenario, { io: 'input' }), null, 2)}\n`;
}
