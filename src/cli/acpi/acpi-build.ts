/** `rasvm acpi build`. */

import { join } from 'node:path';
import { buildMachine, type Machine, Rsdp } from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { parseCount } from '../../core/quantity.ts';
import { machineText, readMachine } from '../../input/machine-file.ts';
import { virtMachine } from '../../machine/preset.ts';
import { MAX_VCPUS } from '../../platform/address-map.ts';
import { nameOf, orFile, readBytes } from './acpi-files.ts';
import { writeFile } from './acpi-output.ts';

interface BuildOptions {
  machine?: string;
  preset?: 'virt';
  cpus: string;
  out?: string;
  memory?: string;
  describe?: true;
}

export function acpiBuildCommand(): Command {
  return new Command('build')
    .description(
      'Makes all tables of an arm64 machine that is described in YAML, placed in memory and leading to one another: a ' +
        'file each. Prints where each stands, its length and its name.',
    )
    .option('--machine <FILE>', 'the description; - is standard input')
    .addOption(new Option('--preset <NAME>', 'virt: the machine that `rasvm run` is').choices(['virt']))
    .option('--cpus <N>', `processors of the preset, 1 to ${MAX_VCPUS}`, '4')
    .option('--out <DIR>', 'where to write')
    .option(
      '--memory <DIR>',
      'where to write what memory must hold: RSDP and tables as they stand (tables.img), the area of the error records, ' +
        'the registers of EINJ and ERST',
    )
    .option('--describe', "print the machine's description instead, to begin one's own with")
    .action((options: BuildOptions) => {
      const machine = machineOf(options);
      if (options.describe) return void process.stdout.write(machineText(machine));
      build(machine, options);
    });
}

function machineOf({ machine, preset, cpus }: BuildOptions): Machine {
  if ((machine === undefined) === (preset === undefined))
    throw new RasvmError('USAGE', 'give either --machine FILE or --preset virt');
  if (machine === undefined) return virtMachine(parseCount(cpus, '--cpus', 1, MAX_VCPUS));
  return readMachine(nameOf(machine), new TextDecoder().decode(readBytes(machine)));
}

function build(
  machine: Machine,
  { machine: file = '--preset virt', out, memory: memoryOut }: BuildOptions,
): void {
  if (out === undefined && memoryOut === undefined)
    throw new RasvmError('USAGE', 'give --out DIR, where to write the tables, or --memory DIR, or both');
  const { rsdp, bytes, tables, memory } = orFile(file, () => buildMachine(machine));
  if (out !== undefined) {
    write(out, 'RSDP.bin', rsdp, bytes.subarray(0, Rsdp.size));
    for (const { signature, address, bytes: table } of tables) write(out, `${signature}.aml`, address, table);
  }
  if (memoryOut !== undefined) {
    write(memoryOut, 'tables.img', BigInt(machine.tables), bytes);
    for (const { name, address, bytes: content } of memory) write(memoryOut, `${name}.bin`, address, content);
  }
}

/** Writes a file, and prints where its content stands, its length and its name. */
function write(directory: string, name: string, address: bigint, bytes: Uint8Array): void {
  const path = join(directory, name);
  writeFile(path, bytes);
  console.log(`0x${address.toString(16).padEnd(14)} ${String(bytes.length).padStart(8)}  ${path}`);
}
