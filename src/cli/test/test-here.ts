/** `rasvm test` on an arm64 KVM host, which the lab is too. */

import { availableParallelism, release } from 'node:os';
import { eventWords } from '../../observe/event-text.ts';
import { loadScenarios } from '../../scenario/language/load.ts';
import { liveView } from '../../scenario/report/live.ts';
import { type Case, observers } from '../../scenario/run/case.ts';
import { surroundings } from '../../scenario/run/conditions.ts';
import { runCase } from '../../scenario/run/execute.ts';
import { GuestPool } from '../../scenario/run/guest-pool.ts';
import { History, Journal } from '../../scenario/run/journal.ts';
import type { RunResult } from '../../scenario/run/result.ts';
import { runCases } from '../../scenario/run/schedule.ts';
import { Unbootable } from '../../scenario/run/unbootable.ts';
import { qemuInstallation } from '../../scenario/vmm/qemu-installation.ts';
import { startGuest } from '../../scenario/vmm/start.ts';
import type { GuestRequest } from '../../scenario/vmm/vmm.ts';
import { endOnSignals } from '../run/end-on-signals.ts';
import { VERSION } from '../shared/version.ts';
import { conclude, paintFor } from './test-conclusion.ts';
import { keeper, sayKept } from './test-keep.ts';
import { plannedCases, takeOver, testPlan } from './test-plan.ts';
import type { TestRequest } from './test-request.ts';

/** Tells what became of it, and leaves the reports. @throws RasvmError */
export async function testHere(paths: readonly string[], request: TestRequest): Promise<RunResult> {
  const { vmms, plan: handedOver, jobs = availableParallelism(), reports, keep, fresh } = request;
  endOnSignals();
  const qemu = vmms?.includes('qemu') ? await qemuInstallation() : undefined;
  const scenarios = loadScenarios(paths);
  const wanted = handedOver === undefined ? await testPlan(request) : takeOver(handedOver);
  const { cases, notAsked } = plannedCases(scenarios, wanted, request);
  const began = new Date();
  const host = surroundings();
  const here = { kernel: release(), rasvm: VERSION, ...(qemu && { qemu: qemu.version }) };
  const journal =
    request.journal === undefined ? undefined : new Journal(request.journal, here, request.journalTo);
  const history = journal?.history ?? new History();
  const left = cases.filter((each) => history.settled(each) === undefined);
  const live = liveView(left.length, paintFor(process.stderr));
  const observer = observers([...(journal ? [journal] : []), live]);
  const kept = keep === undefined ? undefined : keeper(keep);
  const unbootable = new Unbootable();
  const pool = fresh ? undefined : new GuestPool(startGuest, jobs);
  for (const each of cases) {
    const before = history.settled(each);
    if (before) kept?.(each, before, here);
  }
  const run = async (each: Case) => {
    const given = unbootable.judge(each);
    if (given) {
      observer.caseEnded(given);
      return given;
    }
    const result = await runCase(each, {
      start: startGuest,
      ...(pool && { share: (guest: GuestRequest) => pool.take(guest) }),
      observer,
      host,
      words: eventWords,
    });
    unbootable.seen(result);
    kept?.(each, result, here);
    return result;
  };
  const results = await runCases(cases, jobs, run, history);
  await pool?.close();
  live.end();
  journal?.close();
  const started = history.run?.started ?? began;
  const result: RunResult = {
    started,
    durationMs: Date.now() - started.getTime(),
    host: here,
    cases: results,
    notAsked,
  };
  await conclude(result, reports);
  // In the lab it is not where its user sees it.
  if (keep !== undefined && handedOver === undefined) sayKept(keep);
  return result;
}
