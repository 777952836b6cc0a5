/** The commands, put together by commander; a command's module is loaded only when it is asked for. */

import { Command, CommanderError } from 'commander';
import { CANNOT_TEST, EXIT_STATUS } from '../core/errors.ts';
import { enableDebug, leaveOnClosedOutput } from './shared/report.ts';
import { VERSION } from './shared/version.ts';

interface Entry {
  name: string;
  summary: string;
  /** Exit status of a wrong command line, where it is not that of USAGE. */
  mistake?: number;
  load(): Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'run',
    summary: 'run a guest',
    load: async () => (await import('./run/run.ts')).runCommand(),
  },
  {
    name: 'list',
    summary: 'the machines that run',
    load: async () => (await import('./inspect/list.ts')).listCommand(),
  },
  {
    name: 'status',
    summary: 'what a machine is and how it does',
    load: async () => (await import('./inspect/status.ts')).statusCommand(),
  },
  {
    name: 'events',
    summary: "a machine's events: the story of each error, step by step",
    load: async () => (await import('./inspect/events.ts')).eventsCommand(),
  },
  {
    name: 'inject',
    summary: 'make an error in a machine',
    load: async () => (await import('./inject/inject.ts')).injectCommand(),
  },
  {
    name: 'poison',
    summary: 'pages of guest RAM that are lost',
    load: async () => (await import('./inspect/poison.ts')).poisonCommand(),
  },
  {
    name: 'registers',
    summary: "where a machine's vCPUs stand",
    load: async () => (await import('./inspect/registers.ts')).registersCommand(),
  },
  {
    name: 'sysrq',
    summary: "Linux' magic SysRq, by a break on the guest's console",
    load: async () => (await import('./inspect/sysrq.ts')).sysrqCommand(),
  },
  {
    name: 'stop',
    summary: 'power a machine off, or end it',
    load: async () => (await import('./inspect/stop.ts')).stopCommand(),
  },
  {
    name: 'lab',
    summary: 'an emulated arm64 KVM host, for machines that are not one',
    load: async () => (await import('./lab/lab.ts')).labCommand(),
  },
  {
    name: 'doctor',
    summary: 'what can be done about memory errors on this host',
    load: async () => (await import('./inspect/doctor.ts')).doctorCommand(),
  },
  {
    name: 'demo',
    summary: 'one memory error, all the way, as a timeline',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  {
    name: 'test',
    summary: 'whether a guest kernel handles memory errors right: scenarios, each in a guest of its own',
    // `git bisect run` takes USAGE's for a bad commit.
    mistake: CANNOT_TEST,
    load: async () => (await import('./test/test.ts')).testCommand(),
  },
  {
    name: 'acpi',
    summary: 'ACPI tables, without a machine: show, make, check, compare',
    load: async () => (await import('./acpi/acpi.ts')).acpiCommand(),
  },
  {
    name: 'cper',
    summary: 'error records, without a machine: make, show, check, compare',
    load: async () => (await import('./cper/cper.ts')).cperCommand(),
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => new Command('version').action(() => console.log(VERSION)),
  },
];

/** The program with the commands whose names are in `wanted` loaded, and of the others only name and summary. */
export async function buildProgram(wanted: (name: string) => boolean): Promise<Command> {
  const program = new Command('rasvm')
    .description(
      'A virtual machine monitor for arm64 Linux guests that plays EL3 firmware when memory fails.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .enablePositionalOptions();
  for (const { name, summary, load } of COMMANDS) {
    const command = wanted(name) ? await load() : new Command(name).description(summary);
    program.addCommand(command.summary(summary));
  }
  adopt(program);
  return program;
}

/** What all commands have, those that were made on their own as well: --debug, one line for a mistake, no exit. */
function adopt(command: Command): void {
  command
    .option('--debug', 'print the causes and stacks of an error; also RASVM_DEBUG=1')
    .on('option:debug', enableDebug);
  command.exitOverride().configureOutput({
    outputError: (text, write) =>
      write(
        `rasvm: ${text
          .replace(/^error: /, '')
          .trim()
          .replace(/\n\s*/g, ' ')}\n`,
      ),
  });
  for (const each of command.commands) adopt(each);
}

/** Runs a command line; the status is left in process.exitCode. Throws what the command throws. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  leaveOnClosedOutput();
  const end = argv.indexOf('--');
  const named = new Set(end < 0 ? argv : argv.slice(0, end));
  const program = await buildProgram((name) => named.has(name));
  try {
    await program.parseAsync(argv, { from: 'user' });
    // What could not be written is told before the command ends.
    await new Promise((resolve) => process.stdout.write('', resolve));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are not mistakes; commander has printed what there is to say.
    const command = COMMANDS.find(({ name }) => name === argv.find((word) => !word.startsWith('-')));
    process.exitCode = error.exitCode === 0 ? 0 : (command?.mistake ?? EXIT_STATUS.USAGE);
  }
}
