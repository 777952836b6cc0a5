/** What each verb does. */

import type { Action, VerbName } from '../language/verbs/index.ts';
import { allocate } from './allocate.ts';
import { burst } from './burst.ts';
import { command } from './command.ts';
import type { StepContext } from './context.ts';
import { expect } from './expect.ts';
import { inject } from './inject.ts';
import { pick } from './pick.ts';
import { poison } from './poison.ts';
import { crash, reboot, stop } from './power.ts';
import { end, fork, mcekill, pin } from './process.ts';
import { race } from './race.ts';
import type { StepRun } from './step.ts';
import { mark, sleep } from './time.ts';
import { touch } from './touch.ts';
import { trace } from './trace.ts';

const STEPS: { readonly [V in VerbName]: StepRun<V> } = {
  allocate,
  pick,
  poison,
  burst,
  inject,
  touch,
  race,
  mcekill,
  pin,
  fork,
  end,
  trace,
  command,
  reboot,
  crash,
  stop,
  sleep,
  mark,
  expect,
};

/** @throws RasvmError, Silence: what a step finds wrong by itself it tells by `judged` */
export async function runStep<V extends VerbName>(
  { verb, what }: Action<V>,
  context: StepContext,
): Promise<void> {
  await STEPS[verb](what, context);
}
