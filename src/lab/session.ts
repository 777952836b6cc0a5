/** The lab that a command line works in: one that is up, or one of its own that ends with it. */

import { RasvmError } from '../core/errors.ts';
import type { Progress } from '../host/progress.ts';
import { type Executor, syncBundle } from './bundle.ts';
import type { ExecOptions } from './channel.ts';
import { Lab } from './lab.ts';
import type { LabOptions } from './options.ts';
import { connect, type RunningLab } from './running.ts';
import { serveLab } from './supervisor.ts';
import { attach } from './terminal.ts';

export interface LabSession {
  readonly lab: Executor;
  readonly options: LabOptions;
  /** The command itself, with terminal, streams and signals passed through; gives its exit status. */
  run(argv: readonly string[], how?: ExecOptions): Promise<number>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Gives `act` a lab that holds the current build. One that is started here is there for other command lines too
 * (`rasvm status` of a machine in it) until `act` is done.
 * @param find gives the running lab to use, if there is one.
 * @throws RasvmError LAB or ARCHIVE, and what `act` throws
 */
export async function withLab<T>(
  find: () => Promise<RunningLab | undefined>,
  options: LabOptions,
  progress: Progress,
  act: (session: LabSession) => Promise<T>,
): Promise<T> {
  // Until the signals are the command's: die in order, so that the lab's files go too.
  const quit = (_: string, signal: number) => {
    progress.end();
    process.exit(128 + signal);
  };
  const undo = () => {
    for (const signal of SIGNALS) process.off(signal, quit);
  };
  for (const signal of SIGNALS) process.once(signal, quit);
  try {
    const running = await find();
    const own = running ? undefined : await startOwn(options, progress);
    const used = running ?? own!.running;
    try {
      if (running) await syncBundle(running.channel, running.status.options.bundleDir);
      return await act({
        lab: used.channel,
        options: used.status.options,
        run(argv, how = {}) {
          undo();
          return attach((all) => used.channel.exec(argv, all), argv[0]!, how);
        },
      });
    } finally {
      used.channel.close();
      own?.stop();
      await own?.ended;
    }
  } finally {
    undo();
  }
}

async function startOwn(options: LabOptions, progress: Progress) {
  const lab = await Lab.start(options, progress);
  const { path, ended, stop } = await serveLab(lab);
  const running = await connect(path);
  if (running) return { running, ended, stop };
  stop();
  await ended;
  throw new RasvmError('LAB', 'the lab ended as soon as it had started');
}
