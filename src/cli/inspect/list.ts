/** `rasvm list`. */

import { Command } from 'commander';
import type { MachineStatus } from '../../api/machine.ts';
import { type RunningMachine, runningMachines } from '../../control/names.ts';
import { sizeText } from '../../core/quantity-text.ts';
import { labOption, looksIntoLabs } from './reach.ts';

/** ms; a machine that is stuck must not keep the others from being listed. */
const PATIENCE = 5000;

/** A machine that does not answer has no state, but it is there. */
interface Row extends Partial<Pick<MachineStatus, 'vcpus' | 'memory' | 'errors'>> {
  name: string;
  /** In the lab, where the machine is in one. */
  pid: number;
  state: MachineStatus['state'] | null;
  /** The process that keeps the lab which the machine is in. */
  lab?: number;
}

export function listCommand(): Command {
  return new Command('list')
    .description('Lists the machines of this user that run.')
    .option('--json', 'an array of objects')
    .addOption(labOption())
    .action(async ({ json, lab }: { json?: true; lab: string }) => {
      const rows = await rowsOf(runningMachines());
      if (looksIntoLabs(lab)) {
        const { listInLabs } = await import('../lab/lab-machines.ts');
        rows.push(...(await listInLabs<Row>()));
      }
      console.log(json ? JSON.stringify(rows, null, 2) : table(rows));
    });
}

async function rowsOf(machines: RunningMachine[]): Promise<Row[]> {
  if (machines.length === 0) return [];
  const { connect } = await import('../../control/client.ts');
  return Promise.all(
    machines.map(async (machine): Promise<Row> => {
      const { name, pid } = machine;
      const client = connect(machine);
      try {
        const { state, vcpus, memory, errors } = await client.status(PATIENCE);
        return { name, pid, state, vcpus, memory, errors };
      } catch {
        return { name, pid, state: null };
      } finally {
        client.close();
      }
    }),
  );
}

function table(rows: Row[]): string {
  if (rows.length === 0) return 'No machine runs.';
  const inLabs = rows.some(({ lab }) => lab !== undefined);
  const cells = rows.map(({ name, pid, state, vcpus, memory, errors, lab }) => [
    name,
    String(pid),
    state ?? 'no answer',
    String(vcpus ?? '-'),
    memory === undefined ? '-' : sizeText(memory),
    String(errors?.total ?? '-'),
    ...(inLabs ? [String(lab ?? '-')] : []),
  ]);
  const heads = ['NAME', 'PID', 'STATE', 'VCPUS', 'MEMORY', 'ERRORS', ...(inLabs ? ['LAB'] : [])];
  return alignColumns([heads, ...cells]);
}

/** Columns two spaces apart. */
export function alignColumns(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
