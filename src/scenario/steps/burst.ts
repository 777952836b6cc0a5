import { RasvmError } from '../../core/errors.ts';
import { object } from '../../input/yaml-file.ts';
import { loseAtOnce } from '../guest/burst.ts';
import { pageNames } from '../language/schema-values.ts';
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
  async run(what, { guest, values, say, harmed }) {
    const pages = values.pagesOf(what.pages);
    const known = values.anyLoss();
    if (!known) throw new RasvmError('FILE', 'a page must have been poisoned before a burst');
    say(`the host loses ${pages.length} pages at once`);
    harmed();
    await loseAtOnce(
      guest.pid,
      pages.map(({ gpa }) => known.hva + gpa - known.gpa),
    );
  },
});
