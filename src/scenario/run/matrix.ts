/**
 * The file of `--matrix`: kernels, variants of the machine, and which of their cases are run.
 * docs/reference/test-matrix.md
 */

import { z } from 'zod';
import { object, readYaml } from '../../input/yaml-file.ts';
import { machine } from '../language/schema.ts';
import type { Variant } from './case.ts';
import { DEFAULT_VARIANT, isLike, type Selector } from './plan.ts';

const glob = z.string().min(1);

const selector = object({
  scenario: glob.optional().describe('Id of a scenario'),
  kernel: glob.optional().describe('Name of a kernel, as reports have it'),
  variant: glob.optional().describe('Name of a variant'),
})
  .refine((value) => Object.keys(value).length > 0, 'is about nothing: give scenario, kernel or variant')
  .describe('Cases, by all that is given: names in which * is any text and ? a character');

const variants = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is no name: use letters, digits, - . and _'),
    machine.describe("As a scenario's machine; stronger than that, and `append` is added to it"),
  )
  .refine((value) => Object.keys(value).length > 0, 'has no variant: give one, or leave it out')
  .refine(
    (value) => Object.keys(value[DEFAULT_VARIANT.name] ?? {}).length === 0,
    'default is the machine as the scenario asks for it: give it as {}, or take another name',
  );

export const matrix = object({
  kernels: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("As --kernel has them, and beside those; a path starts from the file's directory"),
  variants: variants
    .optional()
    .describe('Machines by name; each case runs in each. Left out: default, which is {}'),
  only: z.array(selector).min(1).optional().describe('Only cases that one of these is about'),
  exclude: z.array(selector).min(1).optional().describe('Not the cases that one of these is about'),
})
  .superRefine(({ variants: given = { [DEFAULT_VARIANT.name]: {} }, ...lists }, context) => {
    const names = Object.keys(given);
    for (const list of ['only', 'exclude'] as const)
      for (const [i, { variant }] of (lists[list] ?? []).entries())
        if (variant !== undefined && !names.some((name) => isLike(name, variant)))
          context.addIssue({
            code: 'custom',
            path: [list, i, 'variant'],
            message: `no variant is like '${variant}'; there is ${names.join(', ')}`,
          });
  })
  .meta({ title: 'Matrix of rasvm test', description: 'docs/reference/test-matrix.md' });

export interface Matrix {
  /** As `--kernel` takes them; paths start from the file's directory. */
  kernels: readonly string[];
  variants?: readonly Variant[];
  only?: readonly Selector[] | undefined;
  exclude?: readonly Selector[] | undefined;
}

/** @param name of the file, for messages. @throws RasvmError FILE with line and column of each fault */
export function readMatrix(name: string, text: string): Matrix {
  const { kernels = [], variants: given, only, exclude } = readYaml(name, text, matrix);
  return {
    kernels,
    ...(given && {
      variants: Object.entries(given).map(([key, request]) => ({ name: key, machine: request })),
    }),
    ...(only && { only }),
    ...(exclude && { exclude }),
  };
}
