/** The commands that reach a machine by its name: one that runs here, or one in a lab that is up. */

import { type Command, Option } from 'commander';
import { isName } from '../../control/name.ts';
import { runningMachines } from '../../control/names.ts';
import { needsLab } from '../../lab/decide.ts';
import type { RunningLab } from '../../lab/running.ts';
import { LAB_OPTIONS, parseLabMode } from '../lab/lab-choice.ts';
import { checkInput } from '../shared/input-file.ts';

/** Options of lab-choice.ts for commander. */
export function labOption(name: keyof typeof LAB_OPTIONS = 'lab', words?: string): Option {
  const declared = LAB_OPTIONS[name];
  const flags = 'value' in declared ? `--${name} <${declared.value}>` : `--${name}`;
  const option = new Option(flags, words ?? declared.description);
  return 'default' in declared ? option.default(declared.default) : option;
}

/** Whether the commands about machines look into labs too. Throws USAGE. */
export function looksIntoLabs(mode: string): boolean {
  return parseLabMode(mode) !== 'never' && needsLab(parseLabMode(mode));
}

type Act<O> = (name: string, options: O) => Promise<void>;

/**
 * Adds --lab and the action, which is done here unless the machine is in a lab: then the whole command is.
 * Its first argument is the machine's name.
 *
 * @param files options that name files to be read
 */
export function reaching<O>(command: Command, act: Act<O>, files: readonly string[] = []): Command {
  return command.addOption(labOption()).action(async (name: string) => {
    const options = command.opts<O & { lab: string }>();
    const isHere = () => !isName(name) || runningMachines().some((each) => each.name === name);
    if (looksIntoLabs(options.lab) && (options.lab === 'always' || !isHere())) {
      const { commandWhereMachineIs } = await import('../lab/lab-machines.ts');
      const status = await commandWhereMachineIs(name, (lab) => commandLineInLab(command, files, lab));
      if (status !== undefined) {
        process.exitCode = status;
        return;
      }
    }
    await act(name, options);
  });
}

/** The command line with each file as the lab sees it. Throws FILE, LAB. */
async function commandLineInLab(
  command: Command,
  files: readonly string[],
  lab: RunningLab,
): Promise<string[]> {
  const seen: Record<string, string> = {};
  for (const option of files) {
    const path: unknown = command.getOptionValue(option);
    if (typeof path !== 'string') continue;
    const { LabFiles } = await import('../lab/lab-files.ts');
    checkInput(`--${option}`, path);
    seen[option] = await new LabFiles(lab.channel, lab.status.options.share).input(path);
  }
  return commandLine(command, seen);
}

/**
 * The command as it was given, for the lab: with the options that were set, without --lab.
 * @param instead values for options, by their names
 */
export function commandLine(command: Command, instead: Readonly<Record<string, string>> = {}): string[] {
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (name === 'lab' || command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = instead[name] ?? command.getOptionValue(name);
    return value === true ? [option.long!] : [`${option.long}=${value}`];
  });
  return [...nameOf(command), ...options, '--', ...command.args];
}

/** A command's name, behind those of the commands that it belongs to; the program has no place in a command line. */
function nameOf(command: Command): string[] {
  const { parent } = command;
  return parent?.parent ? [...nameOf(parent), command.name()] : [command.name()];
}
