/** The package as it is published, in headless Chromium: the round-trip tests are the same as in Node.js. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import type { Outcome } from '../../browser/test.ts';

const root = join(import.meta.dirname, '../../..');
const browser = join(root, 'test/browser');
const hasChromium = spawnSync('chromium', ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'rasvm-browser-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** JavaScript and declarations, as `npm publish` has them; gives the directory. */
function buildPackage(): string {
  const dist = join(directory, 'dist');
  const tsc = join(root, 'node_modules/.bin/tsc');
  const result = spawnSync(tsc, ['-p', join(root, 'acpi/tsconfig.build.json'), '--outDir', dist], {
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
  return dist;
}

async function buildPage(dist: string): Promise<string> {
  await build({
    entryPoints: [join(browser, 'page.ts')],
    outfile: join(directory, 'page.js'),
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    // The tests' own; nothing of the package is replaced, and any other import of Node's would be an error here.
    alias: {
      '@rasvm/acpi': join(dist, 'index.js'),
      'node:test': join(browser, 'test.ts'),
      'node:assert/strict': join(browser, 'assert.ts'),
    },
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'warning',
  });
  const page = join(directory, 'page.html');
  writeFileSync(
    page,
    '<!doctype html><meta charset="utf-8"><pre id="report">did not end</pre><script src="page.js"></script>',
  );
  return page;
}

test('in headless Chromium every layout round-trips', { skip: !hasChromium && 'no chromium' }, async () => {
  const page = await buildPage(buildPackage());
  const { status, stdout, stderr } = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${join(directory, 'profile')}`,
      '--dump-dom',
      `file://${page}`,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 300_000 },
  );
  assert.equal(status, 0, stderr);
  const report = /<pre id="report">(.*?)<\/pre>/s.exec(stdout)?.[1] ?? stdout;
  const json = report.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  assert.match(json, /^\[/, `${json}\n${stderr}`);
  const outcomes = JSON.parse(json) as Outcome[];
  assert.ok(outcomes.length > 40, `${outcomes.length} tests`);
  assert.deepEqual(
    outcomes.filter(({ failure }) => failure !== ''),
    [],
  );
});
