/**
 * Writes the tables of docs/compared-with-qemu.md from the suite and a run of both VMMs, or several with parts of the suite, which
 * that page says how to make: `npm run compare-vmms -- REPORT.json...`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadScenarios } from '../src/scenario/language/load.ts';
import { comparisonTable, type Report } from './comparison/table.ts';

const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('usage: npm run compare-vmms -- REPORT.json...');
  process.exit(2);
}
const page = new URL('../docs/compared-with-qemu.md', import.meta.url);
const suite = fileURLToPath(new URL('../src/scenario/suite', import.meta.url));
const reports = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report);
const tables = comparisonTable(loadScenarios([suite]), reports);
const MADE = /(?<=<!-- made by npm run compare-vmms -->\n).*(?=<!-- end -->)/s;
writeFileSync(
  page,
  readFileSync(page, 'utf8').replace(MADE, () => `\n${tables}\n\n`),
);
