import { z } from 'zod';
import { object } from '../../../input/yaml-file.ts';
import { TOUCH_KINDS } from '../../guest/victim.ts';
import { touchExpectation } from '../schema-expect.ts';
import { pageName } from '../schema-values.ts';
import { verb } from './verb.ts';

export const race = verb({
  schema: object({
    pages: z.array(pageName).min(2),
    how: z.enum(TOUCH_KINDS).exclude(['spin']).optional().describe('Left out: read'),
    expect: touchExpectation.optional().describe('Of each'),
  }).describe('Several victims touch a page each at the same time'),
  names({ pages }, names) {
    names.usePages(pages, 'pages');
  },
});
