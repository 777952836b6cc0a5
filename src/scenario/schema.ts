/** The language of scenarios: what is done to a guest, and what must come of it. docs/reference/scenario.md */

import { z } from 'zod';
import { object } from '../input/yaml-file.ts';
import { INJECT_MEANS, INJECT_SEVERITIES, INJECT_TELLS } from '../machine/api.ts';
import { expectation, touchExpectation } from './schema-expect.ts';
import { condition, duration, matcher, name, pageName, pageNames, size } from './schema-values.ts';
import { PAGE_KINDS, TOUCH_KINDS } from './victim.ts';

export const machine = object({
  cpus: z.int().min(1).max(64).optional(),
  memory: size.optional(),
  ras: z
    .string()
    .regex(
      /^(auto|on|off)(,early=(on|off))?$/,
      'is none of auto, on, off, with or without ,early=on or ,early=off',
    )
    .optional(),
  acpi: z.enum(['on', 'off']).optional().describe('off: the guest is booted by a device tree'),
  shared: z.boolean().optional().describe('Guest RAM is a memfd'),
  hugepages: z
    .enum(['2M', '1G'])
    .optional()
    .describe('Guest RAM of hugetlb pages, which the runner reserves'),
  append: z.string().optional().describe("More words for the kernel's command line"),
}).describe('As `rasvm run` has it');
export type MachineWish = z.infer<typeof machine>;

const pageKind = z.enum(PAGE_KINDS);
const how = z.enum(TOUCH_KINDS);

const record = object({
  severity: z.enum(['recoverable', 'fatal', 'corrected', 'informational']),
  sections: z
    .array(z.looseObject({ kind: z.string() }))
    .min(1)
    .describe('As in the JSON of `rasvm cper decode`'),
});

/** One of these in each step. */
const VERBS = {
  allocate: object({
    page: name.optional().describe('The name of the page, or of all pages if count is given'),
    pages: z.array(name).min(1).optional().describe('Names of pages that follow each other'),
    count: z.int().min(1).max(4096).optional(),
    kind: pageKind.optional().describe('Left out: anon'),
    victim: name.optional().describe('The process that has them; left out: one named as the first page'),
  })
    .refine(({ page, pages }) => (page === undefined) !== (pages === undefined), 'must have page or pages')
    .refine(
      ({ pages, count }) => pages === undefined || count === undefined,
      'has count: give page, not pages',
    )
    .describe('A process in the guest allocates pages and fills them'),
  pick: object({
    page: name.describe('The name of the page from here on'),
    from: name.describe('The name of several pages'),
    whole: size
      .optional()
      .describe('The first page of a block of this size that belongs to the victim whole'),
    gpa: matcher.optional().describe('The one at this guest physical address'),
  })
    .refine(({ whole, gpa }) => (whole === undefined) !== (gpa === undefined), 'must have whole or gpa')
    .describe('Names one page of several'),
  poison: object({
    page: pageNames.describe('One after the other'),
    via: z.enum(INJECT_MEANS).optional().describe('As `rasvm inject memory --via`; left out: madvise'),
    tell: z.enum(INJECT_TELLS).describe('early: before the guest touches it; late: when it does'),
    severity: z.enum(INJECT_SEVERITIES).optional().describe('Of the record, with via: record'),
    size: size.optional().describe('Left out: one page of the backing'),
  }).describe("The host loses pages of the guest's memory"),
  burst: object({ pages: pageNames }).describe(
    'The host loses these pages while rasvm cannot take a signal, so that all signals but the first are dropped. A page ' +
      'must have been poisoned before',
  ),
  inject: object({
    record: record.optional(),
    file: z.string().optional().describe('A Generic Error Status Block, beside the scenario'),
  })
    .refine(
      (given) => (given.record === undefined) !== (given.file === undefined),
      'must have record or file',
    )
    .describe('The guest is told of a record that is made here; nothing is lost'),
  touch: object({
    page: pageName,
    how: how.optional().describe('Left out: read. spin: reads until it is signalled'),
    expect: touchExpectation.optional(),
    wait: z
      .literal(false)
      .optional()
      .describe(
        'Goes on while the host does the next steps; its end is judged before the next step in the guest',
      ),
  }).describe('The victim touches its page'),
  race: object({
    pages: z.array(pageName).min(2),
    how: how.exclude(['spin']).optional().describe('Left out: read'),
    expect: touchExpectation.optional().describe('Of each'),
  }).describe('Several victims touch a page each at the same time'),
  mcekill: object({
    victim: name,
    policy: z.enum(['early', 'late', 'default']),
  }).describe('A process says by PR_MCE_KILL when it wants to be told'),
  pin: object({ victim: name, cpu: z.int().min(0).max(63) }).describe('A process runs on one vCPU only'),
  command: object({
    run: z.string().min(1).describe('A command of the test program in the guest (native/guest)'),
    expect: z.record(z.string(), matcher).optional().describe('Words of its answer'),
    as: name.optional().describe('A name for the answer, to refer to its words by'),
  }).describe('A command in the guest'),
  reboot: z.null().describe('The guest reboots; goes on when it is up again'),
  crash: z.null().describe('The guest is told to panic'),
  sleep: duration,
  mark: name.describe('A name for this moment, for since: in expectations'),
  expect: expectation,
} as const;

type Verbs = typeof VERBS;
export type Verb = keyof Verbs;
const verbs = Object.keys(VERBS) as Verb[];

const step = object({
  ...VERBS,
  when: condition.describe('Left out elsewhere: for what differs between kernels'),
})
  .partial()
  .refine((value) => verbs.filter((verb) => verb in value).length === 1, {
    error: `must have one of ${verbs.join(', ')}`,
  })
  .meta({ oneOf: verbs.map((verb) => ({ required: [verb] })) });

export type Step = z.infer<typeof step>;

/** The verb of a step, and what it has. */
export type Action = { [V in Verb]: { verb: V; what: z.infer<Verbs[V]> } }[Verb];

export function actionOf(given: Step): Action {
  const verb = verbs.find((each) => given[each] !== undefined)!;
  return { verb, what: given[verb] } as Action;
}

export const scenario = object({
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is no id: use small letters and digits, with - between words')
    .describe('No other scenario has it'),
  title: z.string().min(1),
  why: z.string().min(1).describe('Why it matters, in a sentence'),
  references: z
    .array(z.string().min(1))
    .min(1)
    .describe('Where it is written what must happen: specification, kernel source, documentation'),
  when: condition.optional().describe('Elsewhere the whole scenario is skipped'),
  machine: machine.optional(),
  limit: duration.optional().describe('For the whole case, the boot included; left out: 3min'),
  steps: z.array(step).min(1),
}).meta({ title: 'Scenario of rasvm test', description: 'docs/reference/scenario.md' });

export type Scenario = z.infer<typeof scenario>;
