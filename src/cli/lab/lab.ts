/** `rasvm lab`: an emulated arm64 KVM host on any Linux machine. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { parseSize } from '../../core/quantity.ts';
import { cacheDirectory } from '../../host/cache.ts';
import { terminalProgress } from '../../host/progress.ts';
import { FrameType } from '../../lab/frames.ts';
import { EXTRAS, type Extra } from '../../lab/image.ts';
import { insideShare, type LabOptions, labOptions } from '../../lab/options.ts';
import { findLab, raiseLab, runningLabs } from '../../lab/running.ts';
import { withLab } from '../../lab/session.ts';
import { supervise } from '../../lab/supervisor.ts';
import { passedEnvironment } from '../../lab/terminal.ts';

interface Flags extends Partial<LabOptions> {
  readonly bundle?: string;
  readonly with?: Extra[];
}

export function labCommand(): Command {
  const lab = new Command('lab')
    .description('an emulated arm64 KVM host, for machines that are not one')
    .enablePositionalOptions();

  machine(lab.command('up').description('start a lab that stays for later commands'))
    .option('--idle <minutes>', 'end it after so long without a command', positive, 30)
    .action(async (flags: Flags & { idle: number }) => {
      const status = await raiseLab(
        fromFlags(flags),
        flags.idle * 60_000,
        terminalProgress(),
        supervisorEntry(),
      );
      console.log(`lab ${describe(status.options)} is up (process ${status.pid})`);
    });

  machine(lab.command('exec').description('run a command in the lab; starts one for it when none is up'))
    .option('--env <NAME=VALUE>', 'set in the command’s environment; may be given again', assignment, {})
    .argument('<command...>')
    .passThroughOptions()
    .action((command: string[], flags: Flags & { env: Record<string, string> }) =>
      execute(command, flags, flags.env),
    );

  machine(lab.command('shell').description('a shell in the lab')).action((flags: Flags) =>
    execute(['sh', '-l'], flags, {}),
  );

  lab
    .command('status')
    .description('the labs that are up')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const labs = await runningLabs();
      for (const { channel } of labs) channel.close();
      const all = labs.map(({ status }) => status);
      if (json) console.log(JSON.stringify(all));
      else if (all.length === 0) console.log('no lab is up');
      else
        for (const { options, pid, commands, since, idle } of all)
          console.log(
            `lab ${describe(options)}, process ${pid}, since ${since}, ${idle === undefined ? 'for one command alone' : `${commands} commands run in it`}`,
          );
    });

  lab.command('down').description('end every lab that is up').action(endAll);

  lab
    .command('clean')
    .description('end every lab and remove its images, kernels and downloads')
    .action(async () => {
      await endAll();
      for (const part of ['lab', 'kernels', 'debs', 'apt', 'npm'])
        await rm(join(cacheDirectory(), part), { recursive: true, force: true });
    });

  lab.command('supervise <json>', { hidden: true }).action(async (json: string) => {
    const { options, idle } = JSON.parse(json) as { options: LabOptions; idle: number };
    // Whoever asked for the lab is gone before it was ready: nobody waits for it.
    process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));
    try {
      await supervise(options, idle, () => console.log(JSON.stringify({ ready: true })));
    } catch (error) {
      const { code, message, more } =
        error instanceof RasvmError ? error : new RasvmError('INTERNAL', String(error));
      console.log(JSON.stringify({ code, message, more }));
      process.exitCode = 1;
    }
  });

  return lab;
}

function machine(command: Command): Command {
  return command
    .option('--kernel <series>', "the host's kernel: 6.1, 6.12 or 7.2 (default: 6.12)")
    .option(
      '--cpu <model>',
      'neoverse-n2, max, or a host without the RAS extension: cortex-a57 (default: neoverse-n2)',
    )
    .option('--pmu', 'a PMU in the CPU, and so in guests; some kernels do not survive that')
    .option('--cores <n>', 'cores (default: 2)', Number)
    .option('--memory <size>', 'memory (default: 4G, or half of what is there)', (size: string) =>
      parseSize(size, '--memory'),
    )
    .option('--icount', 'a clock that counts instructions, for benchmarks')
    .option(
      '--with <extra>',
      `put in more: ${Object.keys(EXTRAS).join(', ')}`,
      (extra: string, all: string[] = []) => [...all, extra],
    )
    .option('--share <directory>', 'what the lab sees as /share (default: the current directory)')
    .option('--bundle <directory>', 'an arm64 build, which the lab sees as /opt/rasvm (default: dist-arm64)');
}

function fromFlags({ bundle, with: extras, ...rest }: Flags): LabOptions {
  return labOptions({ ...rest, ...(bundle && { bundleDir: bundle }), ...(extras && { extras }) });
}

async function execute(command: string[], flags: Flags, env: Record<string, string>): Promise<void> {
  const asked = fromFlags(flags);
  await withLab(
    () => findLab(asked),
    asked,
    terminalProgress(),
    async ({ run, options: { share } }) => {
      const cwd = insideShare(share, process.cwd()) ?? insideShare(share, asked.share) ?? '/share';
      process.exitCode = await run(command, { cwd, env: { ...passedEnvironment(), ...env } });
    },
  );
}

async function endAll(): Promise<void> {
  for (const { channel } of await runningLabs()) {
    channel.send(FrameType.Stop);
    await channel.closed;
  }
}

function describe({ kernel, cpu, pmu, cores, memory, share }: LabOptions): string {
  return `kernel ${kernel}, ${cpu}${pmu ? ' with a PMU' : ''}, ${cores} cores, ${Math.round(memory / 2 ** 20)}M, /share is ${share}`;
}

/** This program again, as Node.js was started for it. */
function supervisorEntry(): string[] {
  return [...process.execArgv, process.argv[1]!, 'lab', 'supervise'];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('give a number above zero');
  return value;
}

function assignment(text: string, all: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('give NAME=VALUE');
  return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
}
