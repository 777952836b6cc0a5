/** The small values of a scenario: names, durations, sizes, what a value may be compared with, conditions. */

import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { COMPARISON, pattern, SIZE, UNIT } from './matcher.ts';

/** Of a page, a victim, a mark. */
export const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'is no name: use letters, digits, - and _, a letter first');

/** A name, or one page of several: `filler[7]`. */
export const pageName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*(\[\d+\])?$/, "is no page's name, such as page or filler[7]");

export const pageNames = z.union(
  [pageName, z.array(pageName).min(1)],
  "is no page's name and no list of them",
);

/** In ms. */
export const duration = z
  .string('is no duration; use a unit, such as 5ms, 2s or 1min')
  .regex(/^\d+(\.\d+)?(ns|us|ms|s|min)$/, 'is no duration; use a unit, such as 5ms, 2s or 1min')
  .meta({ id: 'Duration', description: 'A time, such as 5ms, 2s or 1min' });

export function milliseconds(text: string): number {
  const [, number, unit] = /^([\d.]+)([a-z]+)$/.exec(text)!;
  return (Number(number) * UNIT[unit as keyof typeof UNIT]!) / UNIT.ms;
}

export const size = z
  .string('is no size; use K, M, G or T, such as 512M')
  .regex(/^\d+[KMGT]$/, 'is no size; use K, M, G or T, such as 512M')
  .meta({ id: 'Size', description: 'A size, such as 4K or 512M' });

export function bytesOf(text: string): number {
  return Number(text.slice(0, -1)) * SIZE[text.at(-1) as keyof typeof SIZE];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** See expect-value.ts, which compares. */
export const matcher = scalar
  .superRefine((value, context) => {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      context.addIssue('is too long a number for YAML: write it in quotes');
    if (typeof value !== 'string') return;
    if (/^(<|>|=|!)/.test(value) && !COMPARISON.test(value))
      context.addIssue(`'${value}' is no comparison, such as '<5ms', '>=1' or '!=0'`);
    checkPattern(value, context);
  })
  .meta({
    id: 'Value',
    description: "A value; a comparison such as '<5ms' or '>=1'; or a regular expression such as '/^Linux/'",
  });

/** Of a line: a part of it, or a regular expression between slashes. */
export const linePattern = z
  .string()
  .min(1)
  .superRefine(checkPattern)
  .meta({ id: 'LinePattern', description: 'A part of a line, or a regular expression between slashes' });

function checkPattern(text: string, context: { addIssue(message: string): void }): void {
  try {
    pattern(text.replaceAll(/\$\{[^}]*\}/g, '0'));
  } catch (error) {
    context.addIssue(`is no regular expression: ${(error as Error).message}`);
  }
}

const RANGE = /^(<|<=|>|>=|=)?\d+\.\d+(\.\d+)?( (<|<=|>|>=|=)\d+\.\d+(\.\d+)?)*$/;

const versions = z
  .string()
  .regex(RANGE, "is no range of versions, such as '>=6.6' or '>=6.1 <7.0'")
  .describe(
    "A range of kernel versions: '>=6.6', '>=6.1 <7.0'; without a sign it is the series, such as '6.12'",
  );

const configOption = z
  .string()
  .regex(
    /^!?CONFIG_[A-Za-z0-9_]+$/,
    'is no option of a configuration, such as CONFIG_HUGETLBFS or "!CONFIG_RAS"',
  );

export const condition = object({
  kernel: versions.optional().describe("The guest's kernel"),
  config: z
    .union(
      [configOption, z.array(configOption).min(1)],
      'is no option of a configuration and no list of them, such as CONFIG_HUGETLBFS or "!CONFIG_RAS"',
    )
    .optional()
    .describe(
      "Options that the guest's kernel was built with, as y or m; with ! before it: without. It is known from the .config of " +
        'a build, config-VERSION beside an Image, or CONFIG_IKCONFIG; where it is not known, all options are taken to be set',
    ),
  hostKernel: versions.optional().describe("The kernel of the guest's host"),
  hostRas: z.boolean().optional().describe("Whether the host's CPU has the RAS extension"),
}).meta({ id: 'Condition', description: 'What must be so; elsewhere it is left out, and said why' });

export type Condition = z.infer<typeof condition>;
