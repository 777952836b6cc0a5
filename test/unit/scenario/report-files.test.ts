/** --report FORMAT:FILE: what is accepted, and what is written. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseReport, writeReports } from '../../../src/cli/test/test-reports.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import { sampleRun } from './report-sample.ts';

const directory = mkdtempSync(join(tmpdir(), 'rasvm-reports-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a format and a file, which may have colons', () => {
  assert.deepEqual(parseReport('junit:a:b.xml'), { format: 'junit', path: 'a:b.xml' });
  for (const text of ['junit', 'junit:', ':a', 'pdf:a.pdf', 'toString:a', 'out.html']) {
    assert.throws(
      () => parseReport(text),
      (error) =>
        error instanceof RasvmError &&
        error.code === 'USAGE' &&
        /junit, ktap, json, html/.test(error.message),
      text,
    );
  }
  assert.throws(
    () => parseReport('junit:/nowhere/report.xml'),
    (error) =>
      error instanceof RasvmError && error.code === 'FILE' && /no such directory/.test(error.message),
  );
});

test('each format is written to its file; a file that cannot be written is told by name', async () => {
  const begins = { junit: '<?xml', ktap: 'KTAP version 1', json: '{\n  "format"', html: '<!doctype html>' };
  const requests = Object.keys(begins).map((format) => parseReport(`${format}:${join(directory, format)}`));
  await writeReports(sampleRun(8), requests);
  for (const [format, start] of Object.entries(begins))
    assert.ok(readFileSync(join(directory, format), 'utf8').startsWith(start), format);
  const after = join(directory, 'after');
  await assert.rejects(
    writeReports(sampleRun(1), [
      { format: 'json', path: directory },
      { format: 'ktap', path: after },
    ]),
    (error) =>
      error instanceof RasvmError &&
      error.code === 'FILE' &&
      /--report json:.*cannot be written/.test(error.message),
  );
  assert.ok(readFileSync(after, 'utf8').startsWith('KTAP'), 'the others are written');
});
