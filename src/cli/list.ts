/** `rasvm list`. */

import { Command } from 'commander';
import type { MachineStatus } from '../control/machine-api.ts';
import { type RunningMachine, runningMachines } from '../control/names.ts';
import { sizeText } from './quantity.ts';

/** ms; a machine that is stuck must not keep the others from being listed. */
const PATIENCE = 2000;

/** A machine that does not answer has no status, but it is there. */
interface Listed {
  name: string;
  pid: number;
  status?: MachineStatus;
}

export function listCommand(): Command {
  return new Command('list')
    .description('Lists the machines of this user that run.')
    .option('--json', 'an array of objects')
    .action(async ({ json }: { json?: true }) => {
      const listed = await statusesOf(runningMachines());
      console.log(json ? JSON.stringify(listed.map(rowJson), null, 2) : table(listed));
    });
}

async function statusesOf(machines: RunningMachine[]): Promise<Listed[]> {
  if (machines.length === 0) return [];
  const { connect } = await import('../control/client.ts');
  return Promise.all(
    machines.map(async (machine): Promise<Listed> => {
      const { name, pid } = machine;
      const client = connect(machine);
      try {
        return { name, pid, status: await client.status(PATIENCE) };
      } catch {
        return { name, pid };
      } finally {
        client.close();
      }
    }),
  );
}

function rowJson({ name, pid, status }: Listed): object {
  if (!status) return { name, pid, state: null };
  const { state, vcpus, memory, errors } = status;
  return { name, pid, state, vcpus, memory, errors };
}

function table(listed: Listed[]): string {
  if (listed.length === 0) return 'No machine runs.';
  const rows = listed.map(({ name, pid, status }) => [
    name,
    String(pid),
    status?.state ?? 'no answer',
    String(status?.vcpus ?? '-'),
    status ? sizeText(status.memory) : '-',
    String(status?.errors.total ?? '-'),
  ]);
  return alignColumns([['NAME', 'PID', 'STATE', 'VCPUS', 'MEMORY', 'ERRORS'], ...rows]);
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
