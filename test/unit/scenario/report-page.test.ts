/** The report's HTML page, looked at in headless Chromium: 200 cases, and a guest that prints markup. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { htmlReport } from '../../../src/scenario/report/html.ts';
import { html, joined } from '../../../src/scenario/report/markup.ts';
import type { Outcome } from '../../../src/scenario/run/result.ts';
import { printed } from './console-lines.ts';
import { HOSTILE, KERNELS, SCENARIOS, sampleCase, sampleRun, VARIANTS } from './report-sample.ts';

const hasChromium = spawnSync('chromium', ['--version']).status === 0;
const needsChromium = { skip: !hasChromium && 'no chromium' };
const directory = mkdtempSync(join(tmpdir(), 'rasvm-report-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const run = sampleRun();
const page = htmlReport(run);
const cases = (outcome: Outcome) => run.cases.filter((each) => each.outcome === outcome);

/** The document as it stands when its script has run. */
function dump(text: string, hash = ''): string {
  const path = join(directory, 'page.html');
  writeFileSync(path, text);
  const { status, stdout, stderr } = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${join(directory, 'profile')}`,
      '--dump-dom',
      `file://${path}${hash}`,
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 },
  );
  assert.equal(status, 0, stderr);
  return stdout;
}

/**
 * What the body of a function gives in the page, as JSON. The page's own policy would not let it run; a probe
 * of the policy itself is a test of its own.
 */
function probe<T>(body: string, text = page): T {
  const open = text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  assert.notEqual(open, text);
  const script = `<script>document.body.dataset.probe = JSON.stringify((() => { ${body} })())</script>`;
  const dom = dump(open.replace('</body>', () => `${script}</body>`));
  const found = /<body data-probe="([^"]*)"/.exec(dom)?.[1];
  assert.ok(found, 'the probe ran');
  return JSON.parse(
    found.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
}

test('markup: values are text in elements and in attributes', () => {
  const text = `<b>&"'\x00`;
  assert.equal(
    html`<a title="${text}">${text}</a>`.text,
    `<a title="&lt;b&gt;&amp;&quot;&#39;\\x00">&lt;b&gt;&amp;&quot;&#39;\\x00</a>`,
  );
  assert.equal(
    html`${[html`<i>`, '<', undefined, 7]}${joined(['a', '<'], html`<br>`)}`.text,
    '<i>&lt;7a<br>&lt;',
  );
});

test('the page needs nothing but itself', () => {
  const loads = page.matchAll(/<(?:script|link|img|iframe|object|embed|base|meta)\b[^>]*>/g);
  assert.deepEqual(
    [...loads].map(([tag]) => tag.replace(/ content="[^"]*"/, '')),
    [
      '<meta charset="utf-8">',
      '<meta http-equiv="Content-Security-Policy">',
      '<meta name="viewport">',
      '<meta name="color-scheme">',
      '<meta name="generator">',
      '<script>',
    ],
  );
  assert.doesNotMatch(page, /url\(|@import|fetch\(|XMLHttpRequest/);
  assert.match(page, /content="default-src (?:'|&#39;)none/);
});

test(
  'in Chromium: matrix, cases, timelines and marks are there; no word of a guest is markup',
  needsChromium,
  () => {
    const dom = dump(page);
    assert.match(dom, /<title>rasvm test: \d+ of 200 cases failed/);
    assert.doesNotMatch(dom, /<img|<title>owned/);
    assert.equal([...dom.matchAll(/<script\b/g)].length, 1);
    assert.match(dom, /<form id="toolbar" role="search">/, "the page's script ran under its policy");
    assert.equal([...dom.matchAll(/<details class="case /g)].length, 200);
    assert.equal([...dom.matchAll(/<a class="\w+" href="#case-\d+" title=/g)].length, 200);
    assert.equal([...dom.matchAll(/<table class="timeline">/g)].length, 200 - cases('skipped').length);
    const open = [...dom.matchAll(/<details class="case (\w+)" id="[^"]*" open=""/g)].map(
      ([, outcome]) => outcome,
    );
    assert.equal(open.length, cases('failed').length + cases('broken').length, 'what went wrong is open');
    assert.ok(open.every((outcome) => outcome === 'failed' || outcome === 'broken'));
  },
);

test('in Chromium: both lanes, decoded fields, marked lines of the log', needsChromium, () => {
  const at = run.cases.findIndex(({ outcome }) => outcome === 'failed') + 1;
  const seen = probe<{
    lanes: [string, string][];
    fields: string[];
    marks: string[];
    plain: string;
    heads: string[];
    rows: number;
    elements: number;
    owned: boolean;
  }>(`
    const found = document.getElementById('case-${at}');
    const text = (each) => each.textContent.trim();
    const rows = [...found.querySelectorAll('.timeline tbody tr')];
    return {
      lanes: rows.filter((row) => row.cells.length === 3).map((row) => [text(row.cells[1]) !== '' ? 'host' : 'guest', row.cells[text(row.cells[1]) !== '' ? 1 : 2].className]),
      fields: [...found.querySelectorAll('.fields[open] div')].map((div) => [...div.children].map(text).join(' ')),
      marks: [...found.querySelectorAll('mark')].flatMap((mark) => mark.textContent.trimEnd().split('\\n')),
      plain: [...found.querySelectorAll('pre span')].map((span) => span.textContent).join(''),
      heads: [...document.querySelectorAll('#matrix thead th')].map((th) => th.firstChild.textContent),
      rows: document.querySelectorAll('#matrix tbody tr').length,
      elements: document.querySelectorAll('*').length,
      owned: document.title.includes('owned'),
    };
  `);
  assert.deepEqual(
    new Set(seen.lanes.map(String)),
    new Set(['host,host', 'host,rasvm', 'guest,guest', 'guest,victim']),
  );
  assert.ok(seen.fields.includes('physicalAddress 0x42096000'));
  const log = run.cases[at - 1]!.log;
  assert.equal(seen.marks.length, log.filter(({ ras }) => ras).length);
  assert.ok(seen.marks.includes(HOSTILE.html), 'as the guest printed it');
  assert.ok(seen.plain.includes('boot line 7 of') && !seen.plain.includes('event severity'));
  assert.equal(seen.heads.length, 1 + KERNELS.length * VARIANTS.length);
  assert.equal(seen.rows, SCENARIOS);
  assert.ok(!seen.owned);
  assert.ok(seen.elements < 200 * 250, `${seen.elements} elements are quick to lay out`);
});

test('in Chromium: a link opens its case; keys and words find cases', needsChromium, () => {
  assert.match(dump(page, '#case-1'), /<details class="case passed" id="case-1" [^>]*open=""/);
  const failures = run.cases.flatMap(({ outcome }, i) =>
    outcome === 'failed' || outcome === 'broken' ? [`case-${i + 1}`] : [],
  );
  const seen = probe<Record<string, unknown>>(`
    const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    const current = () => (document.activeElement.closest('details.case') || {}).id;
    const shown = () => [...document.querySelectorAll('details.case')].filter((each) => !each.hidden).length;
    const result = { walk: [] };
    for (const key of ['n', 'n', 'p', 'n', 'n']) { press(key); result.walk.push(current()); }
    document.querySelector('#matrix a').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowUp']) press(key);
    result.cell = document.activeElement.hash;
    press('/');
    result.search = document.activeElement.id;
    const search = document.activeElement;
    const type = (words) => { search.value = words; search.dispatchEvent(new Event('input', { bubbles: true })); };
    type('late-read-7 6.12');
    result.found = shown();
    result.rows = [...document.querySelectorAll('#matrix tbody tr')].filter((row) => !row.hidden).length;
    type('');
    const box = document.querySelector('#toolbar input[value=passed]');
    box.click();
    result.rest = shown();
    result.said = document.getElementById('shown').textContent;
    document.getElementById('open').click();
    result.open = document.querySelectorAll('details.case[open]').length;
    return result;
  `);
  const rest = 200 - cases('passed').length;
  assert.deepEqual(seen, {
    walk: [failures[0], failures[1], failures[0], failures[1], failures[2]],
    // From the first cell: down, twice to the right, up, to the left, and no further up.
    cell: '#case-2',
    search: 'search',
    found: 2,
    rows: 1,
    rest,
    said: `${rest} of 200 cases shown`,
    open: rest,
  });
});

test('a long log costs few elements, and the page says what it leaves out', () => {
  const log = Array.from({ length: 20_000 }, (_, i) => ({ ...printed(`line ${i}`, i), ras: false }));
  const of = (lines: typeof log) => htmlReport({ ...run, cases: [sampleCase(0, { log: lines })] });
  const tags = (text: string) => text.match(/<\w/g)!.length;
  assert.equal(tags(of(log)), tags(of(log.slice(0, 10))));
  assert.match(of(log), /\.\.\. 15500 lines are left out here/);
});

test('a run without cases is a page too', () => {
  const empty = htmlReport({ ...run, cases: [] });
  assert.match(empty, /<title>rasvm test: no case was run<\/title>/);
  assert.doesNotMatch(empty, /What failed first/);
});
