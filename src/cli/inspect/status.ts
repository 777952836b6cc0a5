/** `rasvm status`. */

import { Command } from 'commander';
import type { MachineStatus } from '../../api/machine.ts';
import { durationText, sizeText } from '../../core/quantity-text.ts';
import { alignColumns } from './list.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

export function statusCommand(): Command {
  const command = new Command('status')
    .description('Says what a machine is and how it does.')
    .argument('<name>', 'the machine')
    .option('--json', 'one object; bytes and nanoseconds');
  return reaching(command, async (name: string, { json }: { json?: true }) => {
    const status = await withMachine(name, (client) => client.status());
    console.log(json ? JSON.stringify(status, null, 2) : statusText(status));
  });
}

export function statusText(status: MachineStatus): string {
  const { ras, errors } = status;
  const pages = status.hugePageSize === 0 ? '' : `, ${sizeText(status.hugePageSize)} pages`;
  const early = ras.resolved === 'on' ? `, early ${ras.early ? 'on' : 'off'}` : '';
  return alignColumns([
    ['name', status.name],
    ['pid', String(status.pid)],
    ['state', `${status.state}, up ${durationText(status.uptime)}`],
    ['vCPUs', String(status.vcpus)],
    ['memory', `${sizeText(status.memory)} ${status.backing}${pages}`],
    ...status.ram.map(({ gpa, size }) => [
      'RAM at',
      `GPA 0x${gpa.toString(16)} to 0x${(gpa + size - 1).toString(16)}`,
    ]),
    ...(status.leftOut === 0 ? [] : [['left out', `${sizeText(status.leftOut)}, lost and not backed anew`]]),
    ['boot', status.acpi ? 'ACPI' : 'device tree'],
    ['RAS', `${ras.resolved} (asked: ${ras.asked})${early}`],
    ['resident', `${(status.rss / 2 ** 20).toFixed(1)} MiB`],
    [
      'errors',
      `${errors.total} (${errors.acknowledged} acknowledged, ${errors.told} told, ${errors.queued} queued, ${errors.untold} untold)`,
    ],
  ]);
}
