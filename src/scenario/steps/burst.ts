import { RasvmError } from '../../core/errors.ts';
import { loseFramesOf } from '../vmm/frames.ts';
import type { StepRun } from './step.ts';

export const burst: StepRun<'burst'> = async (what, { guest, values, say, harmed }) => {
  const pages = values.pagesOf(what.pages);
  const known = values.anyLoss();
  if (!known) throw new RasvmError('FILE', 'a page must have been poisoned before a burst');
  say(`the host loses ${pages.length} pages at once`);
  harmed();
  await loseFramesOf(
    guest.pid,
    pages.map(({ gpa }) => known.hva + gpa - known.gpa),
  );
};
