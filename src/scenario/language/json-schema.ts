/**
 * JSON Schemas of the files that people write, for editors: docs/reference/scenario.schema.json,
 * matrix.schema.json
 */

import { z } from 'zod';
import { matrix } from '../run/matrix.ts';
import { scenario } from './schema.ts';

/** Draft 2020-12, as text of a file. */
export function scenarioJsonSchema(): string {
  return schemaText(scenario);
}

export function matrixJsonSchema(): string {
  return schemaText(matrix);
}

function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`;
}
