import { object } from '../../../input/yaml-file.ts';
import { pageNames } from '../schema-values.ts';
import { verb } from './verb.ts';

export const burst = verb({
  schema: object({ pages: pageNames }).describe(
    'The host loses these pages while rasvm cannot take a signal, so that all signals but the first are dropped. A page ' +
      'must have been poisoned before',
  ),
  byTheHost: true,
  names({ pages }, names) {
    names.usePages(pages, 'pages');
  },
});
