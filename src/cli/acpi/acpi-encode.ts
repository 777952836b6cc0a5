/** `rasvm acpi encode`. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AcpiError, fromJson, type JsonValue, rest, signatureOf, tableFromJson } from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { nameOf, orFile, readJson } from './acpi-files.ts';
import { FORMATS, type Format, writeFile, writeOutput } from './acpi-output.ts';

export function acpiEncodeCommand(): Command {
  return new Command('encode')
    .description(
      'Makes tables of JSON: the exact inverse of `rasvm acpi dump --json`. Lengths, counts, offsets and checksums that ' +
        'are not given are worked out.',
    )
    .argument('<file>', 'an object, or an array of several; - is standard input')
    .option(
      '--out <FILE>',
      'where to write; several tables one after the other, or into a directory (DIR/) a file each',
    )
    .addOption(
      new Option('--format <FORMAT>', 'bytes, a hexadecimal dump, or an array of C or TypeScript').choices(
        FORMATS,
      ),
    )
    .action((path: string, { out, format }: { out?: string; format?: Format }) => {
      const json = readJson(path);
      if (Array.isArray(json) && json.length === 0)
        throw new RasvmError('FILE', `${nameOf(path)}: holds no table`);
      const tables = orFile(nameOf(path), () => (Array.isArray(json) ? json.map(bytesOf) : [bytesOf(json)]));
      if (out === undefined || !isDirectory(out))
        return writeOutput(Buffer.concat(tables), titleOf(tables), { out, format });
      for (const [name, bytes] of named(tables)) writeFile(join(out, `${name}.aml`), bytes);
    });
}

/** What `rasvm acpi dump --json` gives byte by byte. */
const RECORDS: readonly string[] = ['errorStatusBlock', 'cperRecord', 'hardwareErrors'];

function bytesOf(json: JsonValue): Uint8Array {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const [[kind, data] = [], ...more] = Object.entries(json as { readonly [name: string]: JsonValue });
    if (kind !== undefined && RECORDS.includes(kind) && more.length === 0)
      return fromJson(rest, data as JsonValue);
  }
  return tableFromJson(json);
}

function titleOf(tables: readonly Uint8Array[]): string {
  return tables.map(signatureOf).join(' ') || 'no table';
}

function isDirectory(path: string): boolean {
  return path.endsWith('/') || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** By signature; several of one signature are numbered, as in /sys/firmware/acpi/tables. */
function named(tables: readonly Uint8Array[]): [string, Uint8Array][] {
  const total = new Map<string, number>();
  for (const table of tables) total.set(nameIn(table), (total.get(nameIn(table)) ?? 0) + 1);
  const count = new Map<string, number>();
  return tables.map((table) => {
    const name = nameIn(table);
    const number = (count.get(name) ?? 0) + 1;
    count.set(name, number);
    return [total.get(name) === 1 ? name : `${name}${number}`, table];
  });
}

/** The signature, as a file's name. */
function nameIn(table: Uint8Array): string {
  const name = signatureOf(table).replace(/[^A-Za-z0-9_]/g, '');
  if (name === '') throw new AcpiError('VALUE', 'has no signature that can be the name of a file');
  return name === 'RSD' ? 'RSDP' : name;
}
