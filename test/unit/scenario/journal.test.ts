/**
 * A run whose host dies is gone on with: nothing is done twice, and a case that a host dies of again is
 * told so.
 */

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { throughDeaths } from '../../../src/cli/test/test-in-lab.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import { loadScenarios } from '../../../src/scenario/language/load.ts';
import type { Case } from '../../../src/scenario/run/case.ts';
import { notRun } from '../../../src/scenario/run/case-result.ts';
import { deathLine, History, Journal } from '../../../src/scenario/run/journal.ts';
import { plan } from '../../../src/scenario/run/plan.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { runCases } from '../../../src/scenario/run/schedule.ts';

const HOST = { kernel: '6.12.117', rasvm: '0.1.0' };
const DEATH = { message: "the lab's host died: Kernel panic", words: ['[ 7.0] Kernel panic'] };
const { cases } = plan({
  scenarios: loadScenarios([]).slice(0, 6),
  kernels: [{ name: 'k', image: '/Image' }],
});
const [first, second, third] = cases as [Case, Case, Case];

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'journal');
}

function passed(each: Case): CaseResult {
  return { ...notRun(each, ''), outcome: 'passed', durationMs: 5 };
}

/** A host's life: it dies when it has begun one of these cases; the others pass. */
async function life(
  path: string,
  jobs: number,
  deadly: (each: Case) => boolean,
): Promise<CaseResult[] | 'died'> {
  const journal = new Journal(path, HOST);
  let die!: () => void;
  const death = new Promise<'died'>((resolve) => {
    die = () => resolve('died');
  });
  let dead = false;
  const run = runCases(
    cases,
    jobs,
    async (each) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (dead) return new Promise<never>(() => {});
      journal.caseStarted(each);
      journal.step(each, 'starts the guest');
      if (deadly(each)) {
        dead = true;
        die();
        return new Promise<never>(() => {});
      }
      journal.caseEnded(passed(each));
      return passed(each);
    },
    journal.history,
  );
  const outcome = await Promise.race([run, death]);
  if (outcome === 'died') appendFileSync(path, deathLine(DEATH));
  journal.close();
  return outcome;
}

test('what is done is done, and the rest is done by the next', async (t) => {
  const path = scratch(t);
  assert.equal(await life(path, 2, (each) => each === third), 'died');
  const begun: string[] = [];
  const results = await life(path, 2, ({ id }) => {
    begun.push(id);
    return false;
  });
  assert.ok(results !== 'died');
  assert.deepEqual(
    results.map(({ id, outcome }) => [id, outcome]),
    cases.map(({ id }) => [id, 'passed']),
  );
  assert.equal(begun[0], third.id, 'the case that was running comes first');
  assert.ok(!begun.includes(first.id) && !begun.includes(second.id), 'what had ended is not run again');
});

test('a case in which the host dies again is not run a third time, and says so with what is known', async (t) => {
  const path = scratch(t);
  const deadly = (each: Case) => each === second;
  assert.equal(await life(path, 1, deadly), 'died');
  assert.equal(await life(path, 1, deadly), 'died');
  const results = await life(path, 1, deadly);
  assert.ok(results !== 'died');
  const { outcome, reason, log, timeline } = results[1]!;
  assert.equal(outcome, 'broken');
  assert.equal(reason, `the host died while it ran, 2 times: ${DEATH.message}`);
  assert.deepEqual(
    log.map(({ text }) => text),
    ['host: [ 7.0] Kernel panic'],
  );
  assert.deepEqual(
    timeline.map(({ actor, text }) => [actor, text]),
    [['runner', 'starts the guest']],
  );
  assert.equal(results.filter((each) => each.outcome === 'passed').length, cases.length - 1);
});

test('of several that were running each is tried alone, so that the innocent pass', async (t) => {
  const path = scratch(t);
  let running = 0;
  // The first two begin together; the host dies with both.
  const journal = new Journal(path, HOST);
  journal.caseStarted(first);
  journal.caseStarted(second);
  journal.close();
  appendFileSync(path, deathLine(DEATH));
  const { history } = new Journal(path, HOST);
  const most: number[] = [];
  await runCases(
    cases,
    2,
    async (each) => {
      most.push(++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      return passed(each);
    },
    history,
  );
  assert.deepEqual(most.slice(0, 2), [1, 1]);
  assert.equal(Math.max(...most), 2);
});

test('a journal that was cut, or has other things in it, is read as far as it can be', (t) => {
  const path = scratch(t);
  const journal = new Journal(path, HOST);
  journal.caseStarted(first);
  journal.caseEnded(passed(first));
  journal.caseStarted(second);
  journal.close();
  const whole = readFileSync(path, 'utf8');
  const cut = `${whole}{"is":"ended","result":{"id":"${second.id}`;
  const history = new History(`${cut}${deathLine(DEATH)}`);
  assert.deepEqual([history.settled(first)?.outcome, history.settled(second)], ['passed', undefined]);
  assert.ok(history.isSuspect(second) && !history.isSuspect(first) && history.deaths === 1);
  assert.equal(new History(`null\n1\n[]\n"x"\n{"is":"later"}\n${whole}`).settled(first)?.outcome, 'passed');
});

test('a run goes on in labs until one comes to the end of it', async () => {
  let labs = 0;
  const status = await throughDeaths(
    async (journal) => {
      journal.text += `line ${++labs}\n`;
      if (labs < 3) throw new RasvmError('LAB_DIED', 'it died', { more: ['words'] });
      return 1;
    },
    () => assert.fail('it is not given up'),
  );
  assert.deepEqual([labs, status], [3, 1]);
});

test('a host that dies again and again is given up, with what is known of each case', async () => {
  let labs = 0;
  const status = await throughDeaths(
    async (journal) => {
      if (labs++ === 0) journal.text += `${JSON.stringify({ is: 'ended', result: passed(first) })}\n`;
      throw new RasvmError('LAB_DIED', 'it died', { more: ['words'] });
    },
    async (history, why) => {
      assert.equal(history.deaths, 5);
      assert.match(why, /died 5 times/);
      assert.equal(history.givenUp(first, why).outcome, 'passed');
      const { outcome, reason, log } = history.givenUp(second, why);
      assert.deepEqual([outcome, reason, log[0]?.text], ['broken', why, 'host: words']);
      return 125;
    },
  );
  assert.deepEqual([labs, status], [5, 125]);
});

test('a lab that cannot be had, and one that its user ended, are errors as before', async () => {
  const lab = new RasvmError('LAB', 'the lab ended before the command did');
  await assert.rejects(
    throughDeaths(
      () => Promise.reject(lab),
      () => assert.fail('there is nothing to tell'),
    ),
    lab,
  );
});
