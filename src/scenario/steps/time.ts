import { setTimeout } from 'node:timers/promises';
import { milliseconds } from '../language/schema-values.ts';
import type { StepRun } from './step.ts';

export const sleep: StepRun<'sleep'> = async (time) => {
  await setTimeout(milliseconds(time));
};

export const mark: StepRun<'mark'> = (given, context) => {
  context.mark(given);
};
