import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadScenarios } from '../../../src/scenario/language/load.ts';
import { CORE, IN_FULL, LONGEST } from '../../lab/core.ts';

test('what every guest kernel is asked are scenarios that judge it, each once', () => {
  const judging = loadScenarios([]).filter(({ judges }) => judges !== 'vmm');
  const known = judging.map(({ id }) => id);

  assert.deepEqual(
    CORE.filter((id, at) => !known.includes(id) || CORE.indexOf(id) !== at),
    [],
  );
});

test('what is asked in full alone are scenarios too, none of the core, each once', () => {
  const known = loadScenarios([]).map(({ id }) => id);
  assert.ok(known.includes(LONGEST));

  assert.deepEqual(
    IN_FULL.filter((id, at) => !known.includes(id) || CORE.includes(id) || IN_FULL.indexOf(id) !== at),
    [],
  );
});
