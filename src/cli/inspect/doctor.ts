/** `rasvm doctor`. */

import { Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { needsLab } from '../../lab/decide.ts';
import { type HostFacts, hostFacts } from '../../machine/host-facts.ts';
import { type AskedOfRas, type RasHost, type RasRow, rasRows, resolveRas } from '../../machine/ras-mode.ts';
import { type LabFlags, labChoiceOf } from '../lab/lab-choice.ts';
import { parseAskedOfRas, RAS_OPTIONS } from '../run/ras-options.ts';
import { flags } from '../shared/option-words.ts';
import { type HostRow, hostRows } from './doctor-rows.ts';
import { alignColumns } from './list.ts';
import { labOption } from './reach.ts';

interface DoctorOptions extends LabFlags {
  json?: true;
  ras: string;
  acpi: string;
  /** commander's name for --no-acpi-policy. */
  acpiPolicy: string;
}

export function doctorCommand(): Command {
  const command = new Command('doctor').description(
    'Says what can be done about memory errors on this host: what was asked for (the options of rasvm run), whether it can ' +
      'be had, what comes of it; and what else of the host matters. Ends as rasvm run would: with status 0 where a guest ' +
      'can be run as asked.',
  );
  for (const [name, { value, description, default: usual }] of Object.entries(RAS_OPTIONS))
    command.addOption(new Option(`--${name} <${value}>`, description).default(usual));
  return command
    .option('--json', 'one object')
    .addOption(
      labOption('lab', 'look into the lab: never, always, or auto: where a lab of some kind is asked for'),
    )
    .addOption(labOption('lab-kernel'))
    .addOption(labOption('lab-cpu'))
    .addOption(labOption('lab-pmu'))
    .action(async (options: DoctorOptions) => {
      const { json, ras, acpi, acpiPolicy } = options;
      const values = { ras, acpi, 'no-acpi-policy': acpiPolicy };
      const asked = parseAskedOfRas(values);
      const choice = labChoiceOf(options);
      const { mode, kernel, cpu, pmu } = choice;
      if (mode === 'always' || (mode === 'auto' && (kernel || cpu || pmu))) {
        const { commandInLab } = await import('../lab/in-lab.ts');
        process.exitCode = await commandInLab(choice, async () => ['doctor', ...flags({ ...values, json })]);
        return;
      }
      const facts = await hostFacts();
      const report = diagnosis(asked, facts, mode === 'auto' && needsLab(mode));
      console.log(json ? JSON.stringify(reportJson(report), null, 2) : reportText(report));
      if (report.refusal) throw report.refusal;
    });
}

export interface DoctorReport {
  /** `rasvm run` starts its guest in the lab, not here. */
  inLab: boolean;
  asked: readonly RasRow[];
  host: readonly HostRow[];
  /** What `rasvm run` would end with at its start. */
  refusal?: RasvmError;
}

/** @param inLab this host runs no guests, and the lab may be used */
export function diagnosis(asked: AskedOfRas, facts: HostFacts, inLab: boolean): DoctorReport {
  const { kvm, memoryFailure } = facts;
  const lacksKvm = 'error' in kvm;
  const host: RasHost = { kvm: lacksKvm ? undefined : kvm.capabilities, memoryFailure };
  const refusal = (): RasvmError | undefined => {
    if (lacksKvm && !inLab) return new RasvmError(kvm.error.code, kvm.error.message);
    const [lack, ...more] = lacksKvm ? [] : kvm.lacks;
    if (lack !== undefined) return new RasvmError('KVM_CAPABILITY', lack, { more });
    try {
      // Of the lab's kernels each has memory_failure.
      resolveRas(asked, inLab ? { ...host, memoryFailure: true } : host);
      return undefined;
    } catch (error) {
      if (error instanceof RasvmError) return error;
      throw error;
    }
  };
  const refused = refusal();
  return { inLab, asked: rasRows(asked, host), host: hostRows(facts), ...(refused && { refusal: refused }) };
}

const LAB_WORDS =
  'No guest can be run here: rasvm run uses the lab, an emulated host. What can be had there: rasvm doctor --lab always';

export function reportText({ inLab, asked, host }: DoctorReport): string {
  return [
    ...(inLab ? [LAB_WORDS, ''] : []),
    alignColumns([
      ['ASKED', 'HERE', 'WHAT COMES OF IT'],
      ...asked.map((row) => [row.asked, row.possible, row.consequence]),
    ]),
    '',
    alignColumns([
      ['HOST', 'FOUND', 'WHAT COMES OF IT'],
      ...host.map(({ what, found, ok, consequence }) => [what, `${ok ? ' ' : '!'} ${found}`, consequence]),
    ]),
  ].join('\n');
}

function reportJson({ inLab, asked, host, refusal }: DoctorReport): object {
  return {
    inLab,
    asked: asked.map(({ asked: part, possible, consequence }) => ({ asked: part, possible, consequence })),
    host,
    ...(refusal && { refusal: { code: refusal.code, message: refusal.message } }),
  };
}
