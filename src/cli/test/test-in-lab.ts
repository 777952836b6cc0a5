/** `rasvm test` on a machine that is no arm64 KVM host: the whole of it runs in the lab. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CANNOT_TEST, RasvmError } from '../../core/errors.ts';
import { type LoadedScenario, loadScenarios } from '../../scenario/language/load.ts';
import { flags } from '../shared/option-words.ts';
import { sayKept } from './test-keep.ts';
import { handOver, plannedCases, testPlan } from './test-plan.ts';
import type { TestRequest } from './test-request.ts';

/** @returns the exit status. @throws RasvmError */
export async function testInLab(paths: readonly string[], request: TestRequest): Promise<number> {
  const { vmms, reports, keep, lab: labChoice, filter, jobs, fresh, allKernels, repeat } = request;
  // What is wrong is told before a lab is started.
  const scenarios = loadScenarios(paths);
  const plan = await testPlan(request);
  plannedCases(scenarios, plan, request);
  const { commandInLab } = await import('../lab/in-lab.ts');
  const withQemu = vmms?.includes('qemu') ? { extras: ['peers'] as const } : {};
  const status = await commandInLab({ ...labChoice, ...withQemu }, async (lab) => {
    const images: string[] = [];
    for (const { image } of plan.kernels) images.push(await lab.input(image));
    const given: string[] = [];
    // The shipped ones are there already.
    for (const each of paths.length > 0 ? scenarios : [])
      given.push(await lab.input(each.path, filesBeside(each)));
    const report: string[] = [];
    for (const { format, path } of reports) report.push(`${format}:${await lab.result('--report', path)}`);
    const options = {
      plan: await lab.content('plan.json', handOver(plan, images)),
      vmm: vmms,
      filter,
      jobs,
      fresh,
      'all-kernels': allKernels,
      repeat,
      report,
      'keep-in': keep && (await lab.result('--keep-in', keep)),
    };
    return ['test', ...flags(options), '--', ...given];
  });
  if (keep !== undefined) sayKept(keep);
  if (OWN_STATUSES.includes(status)) return status;
  throw new RasvmError('LAB', `rasvm test in the lab ended with status ${status}, before it was done`);
}

/** Those that its steps name and that are there: of others the case tells. */
function filesBeside({ path, steps }: LoadedScenario): string[] {
  const named = steps.flatMap(({ inject }) => inject?.file ?? []);
  return named.filter((file) => existsSync(join(dirname(path), file)));
}

/** What the command there ends with by itself, or as its user wished (SIGINT, SIGTERM, SIGHUP). */
const OWN_STATUSES = [0, 1, CANNOT_TEST, 130, 143, 129];
