/**
 * Writes the table of docs/compared-with-qemu.md from a run of both VMMs, which that page says how to make:
 * `npm run compare-vmms -- REPORT.json`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { comparisonTable, type Report } from './comparison/table.ts';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: npm run compare-vmms -- REPORT.json');
  process.exit(2);
}
const page = new URL('../docs/compared-with-qemu.md', import.meta.url);
const table = comparisonTable(JSON.parse(readFileSync(path, 'utf8')) as Report);
const MADE = /(?<=<!-- made by npm run compare-vmms -->\n).*(?=<!-- end -->)/s;
writeFileSync(
  page,
  readFileSync(page, 'utf8').replace(MADE, () => `\n${table}\n\n`),
);
