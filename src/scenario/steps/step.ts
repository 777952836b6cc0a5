/** What a verb does, by what a step has with it. */

import type { VerbName, WhatOf } from '../language/verbs/index.ts';
import type { StepContext } from './context.ts';

export type StepRun<V extends VerbName> = (what: WhatOf<V>, context: StepContext) => Promise<void> | void;
