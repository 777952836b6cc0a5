/** Machines in the labs that are up. */

import { text } from 'node:stream/consumers';
import { runtimeDirectory } from '../../host/runtime-dir.ts';
import { type RunningLab, runningLabs } from '../../lab/running.ts';
import { attach, passedEnvironment } from '../../lab/terminal.ts';

/** Commands in the lab are root's, without XDG_RUNTIME_DIR. */
const MACHINES = runtimeDirectory({}, 0);

/**
 * Runs a command about a machine in the lab that has it; where none has it, any lab tells that.
 * @returns its exit status; undefined if no lab is up. @throws RasvmError LAB
 */
export async function commandWhereMachineIs(
  machine: string,
  commandLine: (lab: RunningLab) => Promise<string[]>,
): Promise<number | undefined> {
  const labs = await runningLabs();
  let command: string | undefined;
  try {
    const having = await Promise.all(labs.map((lab) => hasMachine(lab, machine)));
    const lab = labs.find((_, index) => having[index]) ?? labs[0];
    if (!lab) return undefined;
    const [name, ...args] = await commandLine(lab);
    command = name;
    const argv = ['rasvm', name!, '--lab=never', ...args];
    const how = { cwd: '/', env: passedEnvironment() };
    return await attach((all) => lab.channel.exec(argv, all), 'rasvm', how, { input: false });
  } catch (error) {
    // A lab that `rasvm run` started for one machine ends with it: that is what `stop` was asked for.
    if (command === 'stop' && (await isGone(labs, machine))) return 0;
    throw error;
  } finally {
    for (const { channel } of labs) channel.close();
  }
}

/** What `rasvm list --json` says in each lab, with the process that keeps the lab. A lab on its way out has none. */
export async function listInLabs<Row>(): Promise<(Row & { lab: number })[]> {
  const labs = await runningLabs();
  try {
    const lists = await Promise.all(
      labs.map(async (lab) => {
        const rows = await output(lab, ['rasvm', 'list', '--json', '--lab=never']);
        return rowsOf<Row>(rows).map((row) => ({ ...row, lab: lab.status.pid }));
      }),
    );
    return lists.flat();
  } finally {
    for (const { channel } of labs) channel.close();
  }
}

/** @param json may be cut: the lab may end while it is told */
export function rowsOf<Row>(json: string): Row[] {
  try {
    return JSON.parse(json) as Row[];
  } catch {
    return [];
  }
}

/** No lab that is up now has the machine. */
async function isGone(before: readonly RunningLab[], machine: string): Promise<boolean> {
  const now = await runningLabs();
  try {
    const having = await Promise.all(now.map((lab) => hasMachine(lab, machine)));
    return now.length < before.length && !having.includes(true);
  } finally {
    for (const { channel } of now) channel.close();
  }
}

async function hasMachine(lab: RunningLab, name: string): Promise<boolean> {
  const command = lab.channel.exec(['test', '-e', `${MACHINES}/${name}`], { cwd: '/' });
  return command.exit.then(
    ({ status }) => status === 0,
    () => false,
  );
}

async function output(lab: RunningLab, argv: readonly string[]): Promise<string> {
  const command = lab.channel.exec(argv, { cwd: '/' });
  command.stderr.resume();
  command.stdin.on('error', () => {}).end();
  const [said] = await Promise.all([text(command.stdout), command.exit.catch(() => {})]);
  return said;
}
