/** What the saved state of error sources, and of all that leads to them, must look like. */

import { z } from 'zod';
import type { RasState } from '../service.ts';
import { ERROR_BLOCK_LENGTH } from '../sources/record-area.ts';

const whole = z.int().min(0);
const id = z.int().min(1);
const bytes = z
  .instanceof(Uint8Array)
  .refine(({ length }) => length >= 4 && length <= ERROR_BLOCK_LENGTH, 'is no record that a block holds');

const access = z.strictObject({
  ...{ kind: z.literal('access'), id, vcpu: whole, gpa: whole, again: z.boolean() },
});
const pages = z.strictObject({
  ...{ kind: z.literal('pages'), id, also: z.array(id).max(64) },
  sections: z.array(z.strictObject({ id, gpa: whole, size: z.int().min(1) })).max(64),
});
const error = z.strictObject({
  ...{ kind: z.literal('error'), id, gpa: whole, size: whole },
  severity: z.enum(['corrected', 'recoverable', 'fatal']),
});
const given = z.strictObject({ kind: z.literal('given'), id, bytes, severity: z.string().max(32) });
const loss = z.strictObject({ kind: z.literal('loss'), id, next: whole, end: whole });

const source = z.strictObject({
  queue: z.array(z.discriminatedUnion('kind', [access, pages, error, given])),
  published: z
    .strictObject({
      report: z.discriminatedUnion('kind', [access, pages, error, given]),
      ...{ at: z.number(), bytes },
    })
    .optional(),
});

const reports = z.union([
  z.strictObject({ waiting: z.array(z.discriminatedUnion('kind', [loss, error, given])) }),
  z.strictObject({
    ignored: z.boolean(),
    current: z.strictObject({ gpa: whole, level: z.literal([0, 1]), known: z.boolean() }).optional(),
  }),
]);

export const rasState = z.strictObject({
  version: z.literal(1),
  acknowledged: whole,
  recorded: whole,
  untold: z.array(id),
  sources: z
    .strictObject({
      version: z.literal(1),
      sources: z.array(z.strictObject({ id: whole, source, reports })),
    })
    .optional(),
}) satisfies z.ZodType<RasState>;
