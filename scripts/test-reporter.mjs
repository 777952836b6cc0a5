/**
 * node:test's events as short lines. The totals go to the file $RASVM_TEST_TOTALS as JSON after each test, with what
 * runs just then, so that a run which is ended has said what it was in.
 */

import { renameSync, writeFileSync } from 'node:fs';

/** What a test says that was not asked for, as a diagnostic; it is said again at the end of all. */
const LEFT_OUT = 'left out: ';

const totals = { passed: 0, failed: 0, skipped: 0, failures: [], leftOut: [] };
const running = new Set();

const isFile = ({ nesting, name }) => nesting === 0 && /\.m?[jt]s$/.test(name);

/** A file or suite counts only through its tests. */
const isTest = (data) => data.details?.type !== 'suite' && !isFile(data);

const indented = (text, by) => String(text).replace(/^(?=.)/gm, by);

function save() {
  const path = process.env.RASVM_TEST_TOTALS;
  if (!path) return;
  writeFileSync(`${path}.new`, JSON.stringify({ ...totals, running: [...running] }));
  renameSync(`${path}.new`, path);
}

export default async function* report(source) {
  for await (const { type, data } of source) {
    const indent = '  '.repeat(data?.nesting ?? 0);
    if (type === 'test:dequeue') {
      running.add(data.name);
      save();
    } else if (type === 'test:complete') {
      running.delete(data.name);
    } else if (type === 'test:pass' && isTest(data)) {
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
      // unit-tests.mjs' module in the place of node:test.
      const file = (data.file ?? '').replace(/^in:/, '');
      const said = `✗ ${data.name} (${file})\n${indented(cause?.stack ?? cause, '    ')}\n`;
      if (error?.failureType !== 'subtestsFailed') totals.failures.push(said);
      yield indented(said, indent);
    } else if (type === 'test:diagnostic' && data.message.startsWith(LEFT_OUT)) {
      totals.leftOut.push(data.message.slice(LEFT_OUT.length));
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
  }
  save();
}
