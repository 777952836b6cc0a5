/** What a process of the guest says of itself. */

import { z } from 'zod';
import { object } from '../../../input/yaml-file.ts';
import { name, pageNames } from '../schema-values.ts';
import { verb } from './verb.ts';

export const mcekill = verb({
  schema: object({
    victim: name,
    policy: z.enum(['early', 'late', 'default']),
    thread: z.literal(true).optional().describe('Of a thread of its own alone, which gets the signal then'),
  }).describe('A process says by PR_MCE_KILL when it wants to be told'),
  names({ victim }, names) {
    names.useVictim(victim, 'victim');
  },
});

export const pin = verb({
  schema: object({ victim: name, cpu: z.int().min(0).max(63) }).describe('A process runs on one vCPU only'),
  names({ victim }, names) {
    names.useVictim(victim, 'victim');
  },
});

export const fork = verb({
  schema: object({
    pages: pageNames.describe('Of one process; they are private or shared as their kind says'),
    as: pageNames.describe("Names of the child's, in the same order"),
    child: name.optional().describe('The name of the child; left out: as its first page'),
  })
    .refine(
      ({ pages, as }) => [pages].flat().length === [as].flat().length,
      'must name each page of the child',
    )
    .describe('A process has a child, which has the same pages'),
  names({ pages, as, child }, names) {
    names.usePages(pages, 'pages');
    for (const each of [as].flat()) names.givePage(each);
    names.giveVictim(child ?? [as].flat()[0]!);
  },
});

export const end = verb({
  schema: name.describe('A process ends and gives its pages back'),
  names(victim, names) {
    names.useVictim(victim);
  },
});
