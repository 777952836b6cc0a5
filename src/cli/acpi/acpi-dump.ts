/** `rasvm acpi dump`. */

import {
  type Blob,
  blocksOfHardwareErrors,
  CperRecord,
  cperRecordText,
  ErrorStatusBlock,
  errorStatusBlockText,
  type JsonValue,
  printJson,
  type TableTextOptions,
  tableText,
  tableToJson,
} from '@rasvm/acpi';
import { Command } from 'commander';
import { FILE_ARGUMENT, orFile, readTables } from './acpi-files.ts';

interface DumpOptions {
  json?: true;
  explain?: true;
}

export function acpiDumpCommand(): Command {
  return new Command('dump')
    .description(
      'Shows ACPI tables: each member with its offset, size, name and value. Reads what firmware, tools and /sys/firmware/' +
        'acpi/tables have; error records among them are shown as well.',
    )
    .argument('<file|directory>', FILE_ARGUMENT)
    .option(
      '--json',
      'an object (of several tables an array), from which `rasvm acpi encode` makes the same bytes',
    )
    .option('--explain', 'say what each member means')
    .action((path: string, { json, explain }: DumpOptions) => {
      const blobs = readTables(path);
      process.stdout.write(
        json
          ? jsonText(blobs)
          : blobs.map((blob) => textOf(blob, { explain: explain ?? false }, blobs.length > 1)).join('\n'),
      );
    });
}

/** @param several whether the table's file must be named */
function textOf({ kind, name, bytes }: Blob, options: TableTextOptions, several: boolean): string {
  if (kind === 'errorStatusBlock')
    return `${name}: error status block\n${orFile(name, () => errorStatusBlockText(ErrorStatusBlock.decode(bytes)))}`;
  if (kind === 'hardwareErrors') return `${name}: QEMU's hardware_errors\n${hardwareErrorsText(bytes)}`;
  if (kind === 'cperRecord')
    return `${name}: error record\n${orFile(name, () => cperRecordText(CperRecord.decode(bytes)))}`;
  return `${several ? `${name}: ` : ''}${tableText(kind, bytes, options)}`;
}

function jsonText(blobs: readonly Blob[]): string {
  const json = blobs.map(jsonOf);
  return `${printJson(json.length === 1 ? json[0]! : json)}\n`;
}

/** Of a record its bytes: `rasvm cper decode` has the form of records. */
function jsonOf({ kind, bytes }: Blob): JsonValue {
  return kind === 'errorStatusBlock' || kind === 'cperRecord' || kind === 'hardwareErrors'
    ? { [kind]: Buffer.from(bytes).toString('hex') }
    : tableToJson(bytes);
}

function hardwareErrorsText(bytes: Uint8Array): string {
  const blocks = blocksOfHardwareErrors(bytes).map((block) =>
    errorStatusBlockText(ErrorStatusBlock.decode(block)),
  );
  return blocks.length === 0 ? 'all blocks are empty\n' : blocks.join('');
}
