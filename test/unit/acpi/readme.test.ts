import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';

const root = join(import.meta.dirname, '../../../acpi');

test("the README's examples run", () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
  assert.equal(examples.length, 6);
  for (const example of examples) {
    const code = example.replace(/import \{([^}]*)\} from '@rasvm\/acpi';/, 'const {$1} = acpi;');
    assert.notEqual(code, example);
    new Function('acpi', code)(acpi);
  }
});

test('the library imports itself and what its package declares, and needs no Node.js', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const declared = Object.keys(dependencies);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('dist') && !file.startsWith('node_modules'),
  );
  assert.ok(files.length > 20);
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, from] of source.matchAll(/\bfrom '([^']*)'/g))
      assert.ok(/^\.\.?\//.test(from!) || declared.includes(from!), `${file}: ${from}`);
    assert.doesNotMatch(source, /\b(Buffer\.from|process\.|require\()/, file);
  }
});
