/** node:test's events as short lines; the totals go to the file $RASVM_TEST_TOTALS as JSON. */

import { writeFileSync } from 'node:fs';

const totals = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** A file or suite counts only through its tests. */
const isTest = (data) =>
  data.details?.type !== 'suite' && !(data.nesting === 0 && /\.m?[jt]s$/.test(data.name));

const indented = (text, by) => String(text).replace(/^(?=.)/gm, by);

export default async function* report(source) {
  for await (const { type, data } of source) {
    const indent = '  '.repeat(data?.nesting ?? 0);
    if (type === 'test:pass' && isTest(data)) {
      const skipped = data.skip !== undefined;
      totals[skipped ? 'skipped' : 'passed']++;
      const took =
        data.details.duration_ms > 1000 ? ` (${(data.details.duration_ms / 1000).toFixed(1)} s)` : '';
      const why = skipped && typeof data.skip === 'string' ? ` # ${data.skip}` : '';
      if (skipped || process.env.RASVM_TEST_VERBOSE)
        yield `${indent}${skipped ? '-' : '✓'} ${data.name}${took}${why}\n`;
    } else if (
      type === 'test:fail' &&
      (isTest(data) || data.details?.error?.failureType !== 'subtestsFailed')
    ) {
      totals.failed++;
      const error = data.details?.error;
      const cause = error?.cause ?? error;
      const said = `✗ ${data.name} (${data.file ?? ''})\n${indented(cause?.stack ?? cause, '    ')}\n`;
      if (error?.failureType !== 'subtestsFailed') totals.failures.push(said);
      yield indented(said, indent);
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
  }
  if (process.env.RASVM_TEST_TOTALS) writeFileSync(process.env.RASVM_TEST_TOTALS, JSON.stringify(totals));
}
