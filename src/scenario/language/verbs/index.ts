/** All verbs of the language. */

import type { z } from 'zod';
import { allocate } from './allocate.ts';
import { burst } from './burst.ts';
import { command } from './command.ts';
import { expect } from './expect.ts';
import { inject } from './inject.ts';
import { pick } from './pick.ts';
import { poison } from './poison.ts';
import { crash, reboot, stop } from './power.ts';
import { end, fork, mcekill, pin } from './process.ts';
import { race } from './race.ts';
import { mark, sleep } from './time.ts';
import { touch } from './touch.ts';
import { trace } from './trace.ts';

export const VERBS = {
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
} as const;

type Verbs = typeof VERBS;
export type VerbName = keyof Verbs;
export const VERB_NAMES = Object.keys(VERBS) as VerbName[];

/** What a step has with its verb. */
export type WhatOf<V extends VerbName> = z.infer<Verbs[V]['schema']>;

/** The verb of a step, and what it has. */
export type Action<V extends VerbName = VerbName> = { [K in V]: { verb: K; what: WhatOf<K> } }[V];
