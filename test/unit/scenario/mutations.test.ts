/** The list of mutations: every scenario that rasvm ships has one, and a mutation takes away what it says. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CAUSES } from '../../../src/scenario/judge/diagnosis-causes.ts';
import { type LoadedScenario, loadScenarios, readScenario } from '../../../src/scenario/language/load.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { judgeMutation, mutationsOf } from '../../mutations/mutation.ts';

const text = readFileSync(join(import.meta.dirname, '../../mutations/mutations.yaml'), 'utf8');
const shipped = loadScenarios([]);

test('every scenario that rasvm ships has a mutation, which is about something', () => {
  const mutations = mutationsOf(text, shipped);
  const covered = new Set(mutations.map(({ scenario }) => scenario.id));
  assert.deepEqual(
    shipped.map(({ id }) => id).filter((id) => !covered.has(id)),
    [],
    'add them to test/mutations/mutations.yaml',
  );
  const codes = new Set(CAUSES.map(({ code }) => code));
  for (const { take, cause } of mutations)
    if (cause !== undefined) assert.ok(codes.has(cause), `${take}: ${cause}`);
});

function scenarioOf(body: string): LoadedScenario {
  const head = 'id: x\ntitle: X\nwhy: Because.\nreferences: [here]\n';
  return { ...readScenario('x.yaml', head + body), path: 'x.yaml' };
}

const SCENARIO = scenarioOf(`
machine: { hugepages: 2M, cpus: 2 }
steps:
  - allocate: { pages: [a, b], victim: v }
  - mcekill: { victim: v, policy: late }
  - mcekill: { victim: v, policy: early, thread: true }
  - inject:
      record:
        severity: corrected
        flags: [thresholdExceeded]
        sections: [{ kind: memory }]
`);

function left(leaveOut: string): LoadedScenario {
  const [mutation] = mutationsOf(`[{ take: it, leaveOut: '${leaveOut}', fails: { x: y } }]`, [SCENARIO]);
  return mutation!.scenario;
}

test('steps, members of steps and members of the machine are left out', () => {
  const verbs = ({ steps }: LoadedScenario) => steps.map((step) => Object.keys(step)[0]);
  assert.deepEqual(verbs(left('mcekill')), ['allocate', 'inject']);
  const one = left('mcekill[1]');
  assert.deepEqual(verbs(one), ['allocate', 'mcekill', 'inject']);
  assert.equal(one.steps[1]!.mcekill!.policy, 'late');
  assert.equal(left('inject.record.flags').steps[3]!.inject!.record!.flags, undefined);
  assert.deepEqual(left('machine.hugepages').machine, { cpus: 2 });
  assert.equal(SCENARIO.steps.length, 4, 'of a copy');
});

test('a mutation about nothing is a mistake', () => {
  for (const leaveOut of ['poison', 'mcekill[2]', 'inject.record.flag', 'machine.shared'])
    assert.throws(() => left(leaveOut), /there is no .* to leave out/);
  const one = (entry: string) => () => mutationsOf(`[${entry}]`, [SCENARIO]);
  assert.throws(one('{ take: it, leaveOut: mcekill, fails: { gone: y } }'), /no scenario is like gone/);
  assert.throws(one('{ take: it, fails: { x: y } }'), /takes nothing away/);
});

test('a mutated scenario must fail, by what is said, and tell the cause', () => {
  const [mutation] = mutationsOf('[{ take: it, leaveOut: mcekill, cause: quiet, fails: { x: AO } }]', [
    SCENARIO,
  ]);
  const judge = (result: Partial<CaseResult>) =>
    judgeMutation(mutation!, { outcome: 'failed', checks: [], ...result } as CaseResult);
  const claims = (...all: string[]) => ({ checks: all.map((claim) => ({ claim, proved: false, seen: '' })) });
  const cause = { code: 'quiet', text: '', reference: '' };
  assert.equal(judge({ ...claims('AO came'), cause }), undefined);
  assert.equal(judge({ outcome: 'broken', reason: 'AO did not come', cause }), undefined);
  assert.match(judge({ outcome: 'passed' })!, /it passed/);
  assert.match(judge({ outcome: 'skipped', reason: 'no' })!, /skipped: no/);
  assert.match(judge({ ...claims('other', 'third'), cause })!, /not 'AO' but 'other', 'third'/);
  assert.match(judge(claims('AO came'))!, /told as none, not as quiet/);
});
