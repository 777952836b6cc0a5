/** `rasvm run`: the options as commander sees them, for help and for the words of a mistake. */

import { Command, Option } from 'commander';
import { RUN_OPTIONS, type RunValues } from './run-options.ts';
import { startRun } from './start-run.ts';

export function runCommand(): Command {
  const command = new Command('run').description(
    'Runs an arm64 Linux guest on KVM, with its console on the terminal. Ends with status 0 when the guest powers ' +
      'off; docs/reference/errors.md lists the others. SIGTERM asks the guest to power off.',
  );
  const { debug: _, ...options } = RUN_OPTIONS;
  for (const [name, option] of Object.entries(options)) {
    const flags = 'value' in option ? `--${name} <${option.value}>` : `--${name}`;
    const declared = new Option(flags, option.description);
    command.addOption('default' in option && option.default ? declared.default(option.default) : declared);
  }
  return command.action(async () => {
    process.exitCode = await startRun(valuesOf(command));
  });
}

/** Commander's camel case back to the options' own names; without defaults, which a machine's file comes before. */
function valuesOf(command: Command): RunValues {
  const values = command.opts();
  return Object.fromEntries(
    command.options.flatMap((option) => {
      const name = option.attributeName();
      const value = command.getOptionValueSource(name) === 'default' ? undefined : values[name];
      return value === undefined ? [] : [[option.name(), value]];
    }),
  );
}
