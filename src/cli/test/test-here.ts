/** `rasvm test` on an arm64 KVM host, which the lab is too. */

import { availableParallelism, release } from 'node:os';
import { eventWords } from '../../observe/event-text.ts';
import { loadScenarios } from '../../scenario/language/load.ts';
import { liveView } from '../../scenario/report/live.ts';
import { terminalReport } from '../../scenario/report/terminal.ts';
import { colours, type Paint, plain } from '../../scenario/report/timeline.ts';
import { surroundings } from '../../scenario/run/conditions.ts';
import { runCase } from '../../scenario/run/execute.ts';
import { GuestPool } from '../../scenario/run/guest-pool.ts';
import type { RunResult } from '../../scenario/run/result.ts';
import { runCases } from '../../scenario/run/schedule.ts';
import { Unbootable } from '../../scenario/run/unbootable.ts';
import { qemuInstallation } from '../../scenario/vmm/qemu-installation.ts';
import { startGuest } from '../../scenario/vmm/start.ts';
import type { GuestRequest } from '../../scenario/vmm/vmm.ts';
import { endOnSignals } from '../run/end-on-signals.ts';
import { VERSION } from '../shared/version.ts';
import { keeper, sayKept } from './test-keep.ts';
import { plannedCases, takeOver, testPlan } from './test-plan.ts';
import { writeReports } from './test-reports.ts';
import type { TestRequest } from './test-request.ts';

/** Tells what became of it, and leaves the reports. @throws RasvmError */
export async function testHere(paths: readonly string[], request: TestRequest): Promise<RunResult> {
  const { vmms, plan: handedOver, jobs = availableParallelism(), reports, keep, fresh } = request;
  endOnSignals();
  const qemu = vmms?.includes('qemu') ? await qemuInstallation() : undefined;
  const scenarios = loadScenarios(paths);
  const wanted = handedOver === undefined ? await testPlan(request) : takeOver(handedOver);
  const { cases, notAsked } = plannedCases(scenarios, wanted, request);
  const started = new Date();
  const began = performance.now();
  const live = liveView(cases.length, paintFor(process.stderr));
  const host = surroundings();
  const here = { kernel: release(), rasvm: VERSION, ...(qemu && { qemu: qemu.version }) };
  const kept = keep === undefined ? undefined : keeper(keep);
  const unbootable = new Unbootable();
  const pool = fresh ? undefined : new GuestPool(startGuest, jobs);
  const results = await runCases(cases, jobs, async (each) => {
    const given = unbootable.judge(each);
    if (given) {
      live.caseEnded(given);
      return given;
    }
    const result = await runCase(each, {
      start: startGuest,
      ...(pool && { share: (guest: GuestRequest) => pool.take(guest) }),
      observer: live,
      host,
      words: eventWords,
    });
    unbootable.seen(result);
    kept?.(each, result, here);
    return result;
  });
  await pool?.close();
  live.end();
  const run: RunResult = {
    started,
    durationMs: performance.now() - began,
    host: here,
    cases: results,
    notAsked,
  };
  process.stdout.write(`\n${terminalReport(run, { paint: paintFor(process.stdout) })}`);
  await writeReports(run, reports);
  // In the lab it is not where its user sees it.
  if (keep !== undefined && handedOver === undefined) sayKept(keep);
  return run;
}

function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && !process.env.NO_COLOR ? colours : plain;
}
