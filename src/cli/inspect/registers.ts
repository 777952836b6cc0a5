/** `rasvm registers`. */

import { Command } from 'commander';
import { VCPU_LIMIT } from '../../api/fields.ts';
import type { VcpuRegisters } from '../../api/registers.ts';
import { parseCount } from '../../core/quantity.ts';
import { plainRegisters, registerWords } from '../../ras/vcpu/vcpu-registers.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

export function registersCommand(): Command {
  const command = new Command('registers')
    .description(
      "Prints where a machine's vCPUs stand: general registers, and those of EL1 that tell of exceptions, translation and " +
        'timer, with their fields in words. A vCPU that runs leaves the guest for a moment and goes on.',
    )
    .argument('<name>', 'the machine')
    .option('--vcpu <N>', 'only this vCPU (default: all)')
    .option('--json', 'an array of objects; registers as 0x-hex strings');
  return reaching(command, async (name: string, options: { vcpu?: string; json?: true }) => {
    const vcpu = options.vcpu === undefined ? undefined : parseCount(options.vcpu, '--vcpu', 0, VCPU_LIMIT);
    const all = await withMachine(name, (client) => client.registers(vcpu));
    console.log(
      options.json ? JSON.stringify(all.map(plainRegisters), null, 2) : all.map(registersText).join('\n\n'),
    );
  });
}

const GENERAL = /^x\d+$/;
/** General registers in a line. */
const COLUMNS = 3;
const NAME_WIDTH = 'CNTV_CVAL_EL0'.length;

export function registersText(vcpu: VcpuRegisters): string {
  const { registers, serror } = vcpu;
  const words = registerWords(vcpu);
  const line = (name: string) => {
    const value = `${name.padEnd(NAME_WIDTH)}  ${hex64(registers[name]!)}`;
    return words[name] === undefined ? value : `${value}  ${words[name]}`;
  };
  const names = Object.keys(registers);
  const first = names.findIndex((name) => GENERAL.test(name));
  const general = names.filter((name) => GENERAL.test(name));
  const lines = [
    ...names.slice(0, first).map(line),
    ...rowsOf(general.map((name) => `${name.padEnd(3)}  ${hex64(registers[name]!)}`)),
    ...names.slice(first + general.length).map(line),
    `${'SError'.padEnd(NAME_WIDTH)}  ${serrorText(serror)}`,
  ];
  const held = vcpu.held ? ', held by rasvm' : '';
  return [`vCPU ${vcpu.vcpu}: ${vcpu.mpState}${held}`, ...lines.map((each) => `  ${each}`)].join('\n');
}

function rowsOf(cells: string[]): string[] {
  const rows = [];
  for (let at = 0; at < cells.length; at += COLUMNS) rows.push(cells.slice(at, at + COLUMNS).join('  '));
  return rows;
}

function serrorText(serror: VcpuRegisters['serror']): string {
  if (serror === undefined) return 'none pending';
  return serror.esr === undefined ? 'pending' : `pending, ISS ${hex64(serror.esr)}`;
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
