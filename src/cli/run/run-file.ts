/** `rasvm run --machine FILE`: options from a YAML file, by the names that they have on the command line. */

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RasvmError } from '../../core/errors.ts';
import { object, readYaml } from '../../input/yaml-file.ts';
import { RUN_OPTIONS, type RunValues } from './run-options.ts';

const text = z
  .union([z.string(), z.number()], 'is no text and no number')
  .transform((value) => String(value))
  .optional();
const onOff = z.enum(['on', 'off']).optional();

/** `--ras` as one text, or by its parts. */
const ras = z
  .union(
    [
      z.string(),
      object({
        mode: z.enum(['auto', 'on', 'off']).optional(),
        early: onOff,
        notify: z.enum(['sea', 'serror']).optional(),
        'on-error': z.enum(['report', 'stop']).optional(),
      }).transform(({ mode = 'auto', ...parts }) =>
        [mode, ...Object.entries(parts).map(([name, value]) => `${name}=${value}`)].join(','),
      ),
    ],
    'is none of auto, on, off with parts behind commas, and no { mode, early, notify, on-error }',
  )
  .optional();

/** A machine is not described by another file, and --debug is not of the machine. */
const { machine: _, debug: __, ...OPTIONS } = RUN_OPTIONS;

const schema = object({
  ...Object.fromEntries(
    Object.entries(OPTIONS).map(([name, option]) => [
      name,
      'value' in option ? text : z.boolean().optional(),
    ]),
  ),
  ras,
});

/** @throws RasvmError FILE with file, line and column */
export function readRunFile(path: string, content = contentOf(path)): RunValues {
  const values = Object.entries<string | boolean | undefined>(readYaml(path, content, schema));
  // A switch that is off is left out.
  return Object.fromEntries(
    values.filter(([, value]) => value !== undefined && value !== false),
  ) as RunValues;
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RasvmError('FILE', `--machine ${path}: it cannot be read (${code})`, { cause });
  }
}
