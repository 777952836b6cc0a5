import { recordBytes } from '../language/record.ts';
import { injectSea, injectSerror } from './inject-exception.ts';
import type { StepRun } from './step.ts';

/** Severity as ACPI numbers it: this and what is more are logged as corrected. */
const CORRECTED = 2;

export const inject: StepRun<'inject'> = async (what, context) => {
  if (what.serror) return injectSerror(what.serror, context);
  if (what.sea) return injectSea(what.sea, context);
  const block = what.record ? recordBytes(context.values.resolve(what.record)) : context.file(what.file!);
  const severity = new DataView(block.buffer, block.byteOffset).getUint32(16, true);
  await context.space({
    class: severity >= CORRECTED ? 'corrected' : 'uncorrected',
    same: Buffer.from(block).toString('latin1'),
  });
  context.say(`the guest is told a record of ${block.byteLength} bytes`);
  await context.guest.injectRecord(block);
  context.harmed();
};
