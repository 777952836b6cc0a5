/** docs/reference/scenario.md is held to the language. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readScenario } from '../../../src/scenario/language/load.ts';
import { scenario } from '../../../src/scenario/language/schema.ts';
import { expectation } from '../../../src/scenario/language/schema-expect.ts';
import { condition } from '../../../src/scenario/language/schema-values.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/reference/scenario.md'), 'utf8');

/** The first cells of the tables under a heading. */
function members(heading: string): string[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`))!;
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
}

test('each member of the language has its row, and no other', () => {
  const step = scenario.shape.steps.element;
  for (const [heading, shape] of [
    ['Members', scenario.shape],
    ['Expectations', expectation.shape],
    ['Conditions', condition.shape],
  ] as const)
    assert.deepEqual(members(heading).sort(), Object.keys(shape).sort(), heading);
  assert.deepEqual([...members('Steps'), 'when'].sort(), Object.keys(step.shape).sort());
});

test('the scenario that it shows can be read', () => {
  const shown = [...text.matchAll(/^```yaml\n(id: .*?)^```/gms)].map(([, yaml]) => yaml!);
  assert.equal(shown.length, 1);
  assert.equal(readScenario('scenario.md', shown[0]!).steps.length, 4);
});

test('the scenario that docs/write-a-scenario.md makes is the example', () => {
  const page = readFileSync(join(root, 'docs/write-a-scenario.md'), 'utf8');
  const example = readFileSync(join(root, 'docs/examples/database-shares-a-page.yaml'), 'utf8');
  const shown = /^```yaml\n(# yaml-language-server.*?)^```/ms.exec(page)![1]!;
  assert.equal(example.replace('$schema=../', '$schema='), shown);
  assert.equal(readScenario('database-shares-a-page.yaml', example).steps.length, 6);
});
