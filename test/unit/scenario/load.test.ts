import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { scenarioJsonSchema } from '../../../src/scenario/language/json-schema.ts';
import { loadScenarios, readScenario } from '../../../src/scenario/language/load.ts';

const root = join(import.meta.dirname, '../../..');

/** The faults of a text, a line each. */
function faults(text: string): string[] {
  try {
    readScenario('s.yaml', text);
  } catch (error) {
    assert.ok(error instanceof RasvmError && error.code === 'FILE');
    return [error.message, ...error.more];
  }
  return [];
}

const HEAD = 'id: x\ntitle: X\nwhy: Because.\nreferences: [here]\nsteps:\n  - allocate: { page: page }\n';

test('the scenarios that rasvm ships can be read, and are named by their files', () => {
  const directory = join(root, 'src/scenario/suite');
  const scenarios = loadScenarios([]);
  assert.deepEqual(scenarios.map(({ id }) => `${id}.yaml`).sort(), readdirSync(directory).sort());
  for (const { id, why } of scenarios) assert.match(why, /^[A-Z].*\.$/s, `${id}: why is a sentence`);
});

/** How many pages a block of memory has is no matter of a kernel's judgement. */
const PAGE_SIZE = /^CONFIG_ARM64_(4|16|64)K_PAGES$/;

test('what judges the VMM expects the same of each kernel', () => {
  const judging = loadScenarios([]).filter(({ judges }) => judges === 'vmm');
  assert.ok(judging.length > 0);
  for (const { id, when, steps } of judging)
    for (const condition of [when, ...steps.map((step) => step.when)])
      assert.ok(
        condition?.kernel === undefined &&
          (condition?.config === undefined || PAGE_SIZE.test(`${condition.config}`)),
        id,
      );
});

test('docs/reference/scenario.schema.json is the language as it is (npm run reference)', () => {
  assert.equal(readFileSync(join(root, 'docs/reference/scenario.schema.json'), 'utf8'), scenarioJsonSchema());
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: so are references in scenarios
test('a mistake is told with its place and what was meant', () => {
  const cases: [step: string, fault: string][] = [
    ['  - poke: {}', "s.yaml:7:5: steps[1]: 'poke' is not known; there is allocate, pick, poison"],
    ['  - tuch: {}', "s.yaml:7:5: steps[1]: 'tuch' is not known; did you mean 'touch'?"],
    ['  - { reboot: , crash: }', 's.yaml:7:5: steps[1]: must have one of allocate, '],
    [
      '  - touch: { page: pge }',
      "s.yaml:7:20: steps[1].touch.page: no step before gives a page 'pge'; did you mean 'page'?",
    ],
    ['  - touch: { page: "page[1]" }', "s.yaml:7:20: steps[1].touch.page: there is no 'page[1]': page has 1"],
    [
      '  - touch: { page: page, expect: BUS_ERR }',
      's.yaml:7:34: steps[1].touch.expect: is no outcome of a touch; use BUS_MCEERR_AR',
    ],
    ['  - sleep: 5', 's.yaml:7:12: steps[1].sleep: is no duration; use a unit, such as 5ms'],
    ['  - expect: { since: then }', "s.yaml:7:22: steps[1].expect.since: no step before gives a mark 'then'"],
    [
      '  - expect: { events: [{ recoded: }] }',
      "s.yaml:7:26: steps[1].expect.events[0]: 'recoded' is not known; did you mean 'recorded'?",
    ],
    [
      '  - expect: { events: [{ recorded: { sorce: 1 } }] }',
      "s.yaml:7:38: steps[1].expect.events[0].recorded: 'sorce' is not known; did you mean 'source'?",
    ],
    [
      '  - expect: { hardwareCorrupted: "<" }',
      "s.yaml:7:34: steps[1].expect.hardwareCorrupted: '<' is no comparison, such as '<5ms'",
    ],
    ['  - expect: { noLog: ["/(/"] }', 's.yaml:7:23: steps[1].expect.noLog[0]: is no regular expression: '],
    [
      '  - expect: { log: ["${page.gap}"] }',
      "s.yaml:7:21: steps[1].expect.log[0]: 'gap' is nothing of a page; there is gpa, va, frame, lsb, hva, error",
    ],
    [
      '  - expect: { log: ["${page.gpa"] }',
      "s.yaml:7:21: steps[1].expect.log[0]: '${page.gpa' is no reference, such as ${page.gpa}",
    ],
    [
      '  - allocate: { page: page }',
      "s.yaml:7:15: steps[1].allocate: the name 'page' is taken by a step before",
    ],
    [
      '  - command: { run: x }\n    when: { kernel: new }',
      "s.yaml:8:21: steps[1].when.kernel: is no range of versions, such as '>=6.6'",
    ],
    [
      '  - inject: { record: { severity: fatal, sections: [{ kind: memry }] } }',
      "s.yaml:7:23: steps[1].inject.record: no section is of the kind 'memry'; did you mean 'memory'?",
    ],
  ];
  for (const [step, fault] of cases) {
    const found = faults(`${HEAD}${step}\n`);
    assert.ok(
      found.some((each) => each.startsWith(fault)),
      `${step}\n${found.join('\n')}`,
    );
  }
  assert.deepEqual(faults(HEAD), []);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: so are references in scenarios

test('all files are told of at once, and an id that two have', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-scenarios-'));
  t.after(() => rmSync(directory, { recursive: true }));
  assert.throws(() => loadScenarios([directory]), /holds no scenario: their names end in \.yaml/);
  assert.throws(() => loadScenarios([join(directory, 'none.yaml')]), /none\.yaml is missing/);
  for (const name of ['a', 'b']) writeFileSync(join(directory, `${name}.yaml`), HEAD);
  writeFileSync(join(directory, 'c.yml'), 'id: [');
  assert.throws(
    () => loadScenarios([directory]),
    ({ message, more }: RasvmError) =>
      /c\.yml:1:\d+: /.test(message) && /b\.yaml: the id x is taken by .*a\.yaml/.test(more.join()),
  );
  assert.equal(loadScenarios([join(directory, 'a.yaml')])[0]!.path, join(directory, 'a.yaml'));
});
