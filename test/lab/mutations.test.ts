/** Every scenario that rasvm ships is seen to fail when what it tests is taken away (test/mutations/). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findAbove } from '../../src/scenario/installation.ts';
import { loadScenarios } from '../../src/scenario/language/load.ts';
import { evidenceLines } from '../../src/scenario/report/evidence.ts';
import { surroundings } from '../../src/scenario/run/conditions.ts';
import { runCase } from '../../src/scenario/run/execute.ts';
import { isLike } from '../../src/scenario/run/plan.ts';
import { startGuest } from '../../src/scenario/vmm/start.ts';
import { judgeMutation, mutationsOf } from '../mutations/mutation.ts';
import { anyKernel, jobs, ofThisPart } from './support.ts';

/** What is waited for does not come: a fourth of the time is enough to see that. */
const PATIENCE = 0.25;

const text = readFileSync(findAbove(join('mutations', 'mutations.yaml'))!, 'utf8');
const { series, path } = anyKernel();
/** Globs of scenarios' ids, for a run by hand. */
const only = process.env.RASVM_TEST_MUTATIONS ?? '*';

const mutations = mutationsOf(text, loadScenarios([])).filter(({ scenario: { id } }) => isLike(id, only));

describe('mutations', { concurrency: jobs }, () => {
  for (const mutation of ofThisPart(mutations)) {
    const { scenario, machine, take } = mutation;
    test(`${scenario.id} fails without ${take}`, { timeout: 600_000 }, async () => {
      const result = await runCase(
        {
          id: scenario.id,
          scenario,
          kernel: { name: series, image: path },
          variant: { name: 'default', machine },
        },
        {
          start: startGuest,
          observer: { caseStarted: () => {}, step: () => {}, caseEnded: () => {} },
          host: surroundings(),
          words: ({ kind }) => kind,
          expectFailure: { patience: PATIENCE },
        },
      );
      assert.equal(judgeMutation(mutation, result), undefined, evidenceLines(result).join('\n'));
    });
  }
});
