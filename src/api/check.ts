/** Checks what comes from outside against its schema, and says all that is wrong with it. */

import type * as z from 'zod/mini';
import { RasvmError } from '../core/errors.ts';

/** Faults that are told; a request may have as many as it has fields. */
const FAULTS_TOLD = 5;
/** Of a wrong string; what is longer is not repeated. */
const TEXT_SHOWN = 32;

/** @throws RasvmError USAGE */
export function check<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value, { error: explain, reportInput: true });
  if (success) return data;
  const faults = error.issues.slice(0, FAULTS_TOLD).map(faultText);
  const rest = error.issues.length - faults.length;
  throw new RasvmError('USAGE', `${faults.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`);
}

/** `serrors[1].iss 0x2000000 has more than ESR_EL1.ISS, bits 24 to 0` */
function faultText({ path, input, message }: z.core.$ZodIssue): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return [place.replace(/^\./, '') || 'the request', valueText(input), message].filter(Boolean).join(' ');
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
    case 'number':
    case 'boolean':
      return String(value);
    case 'string':
      return value.length <= TEXT_SHOWN ? `'${JSON.stringify(value).slice(1, -1)}'` : '';
    default:
      return '';
  }
}

/** What is wrong where a schema has no words of its own. */
function explain(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_value':
      return `${absence(input)}: valid are ${issue.values.join(', ')}`;
    case 'invalid_union': {
      const { discriminator, options } = issue as { discriminator: string; options: unknown[] };
      const kind = (input as Record<string, unknown>)[discriminator];
      return `${absence(kind)}: valid are ${options.join(', ')}`;
    }
    case 'unrecognized_keys':
      return `has what is not known here: ${issue.keys.slice(0, FAULTS_TOLD).map(valueText).join(', ')}`;
    default:
      if (input === undefined) return 'is missing';
      if (typeof input === 'bigint' && issue.code === 'invalid_type') return 'is too large';
      return `is no ${issue.code === 'invalid_type' ? issue.expected : 'value for it'}`;
  }
}

/** Of one of several values: it is none, or none of them. */
function absence(value: unknown): string {
  return value === undefined ? 'is missing' : 'is not known here';
}
