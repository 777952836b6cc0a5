/**
 * The language of scenarios: what is done to a guest, and what must come of it. docs/reference/scenario.md
 */

import { z } from 'zod';
import { object } from '../../input/yaml-file.ts';
import { NO_RECORDS_POLICIES } from '../../ras/policy/no-records.ts';
import { condition, duration, size } from './schema-values.ts';
import { type Action, VERB_NAMES, VERBS, type VerbName } from './verbs/index.ts';

export const machine = object({
  cpus: z.int().min(1).max(64).optional(),
  memory: size.optional(),
  ras: z
    .string()
    .regex(
      /^(auto|on|off)(,(early=(on|off)|notify=(sea|serror)|on-error=(report|stop)))*$/,
      'is none of auto, on, off, with or without parts such as ,early=off ,notify=serror ,on-error=stop',
    )
    .optional(),
  acpi: z.enum(['on', 'off']).optional().describe('off: the guest is booted by a device tree'),
  'no-acpi-policy': z
    .enum(NO_RECORDS_POLICIES)
    .optional()
    .describe('What a guest without records gets when it touches a lost page'),
  shared: z.boolean().optional().describe('Guest RAM is a memfd'),
  hugepages: z
    .enum(['2M', '1G'])
    .optional()
    .describe('Guest RAM of hugetlb pages, which the runner reserves'),
  'stop-after': z.int().min(1).optional().describe('The machine ends when so many errors were met'),
  append: z.string().optional().describe("More words for the kernel's command line"),
}).describe('As `rasvm run` has it');
export type MachineRequest = z.infer<typeof machine>;

const schemas = Object.fromEntries(VERB_NAMES.map((verb) => [verb, VERBS[verb].schema])) as {
  [V in VerbName]: (typeof VERBS)[V]['schema'];
};

/** One verb in each step. */
const step = object({
  ...schemas,
  when: condition.describe('Left out elsewhere: for what differs between kernels'),
})
  .partial()
  .refine((value) => VERB_NAMES.filter((verb) => verb in value).length === 1, {
    error: `must have one of ${VERB_NAMES.join(', ')}`,
  })
  .meta({ oneOf: VERB_NAMES.map((verb) => ({ required: [verb] })) });

export type Step = z.infer<typeof step>;

export function actionOf(given: Step): Action {
  const verb = VERB_NAMES.find((each) => given[each] !== undefined)!;
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
  judges: z
    .enum(['kernel', 'vmm'])
    .optional()
    .describe(
      "vmm: what is judged is rasvm, or the host's KVM, whatever the guest's kernel is; of several kernels it is run on one. Left out: kernel",
    ),
  machine: machine.optional(),
  alone: z
    .literal(true)
    .optional()
    .describe('It changes what other scenarios would notice: its guest serves no other'),
  limit: duration
    .optional()
    .describe(
      'From when the guest is up to the end of the case; left out: 3min. Longer on a host whose guests boot slowly',
    ),
  steps: z.array(step).min(1),
}).meta({ title: 'Scenario of rasvm test', description: 'docs/reference/scenario.md' });

export type Scenario = z.infer<typeof scenario>;
