/** `rasvm cper encode`. */

import {
  CperRecord,
  cperRecordFromJson,
  ErrorStatusBlock,
  errorStatusBlockFromJson,
  type JsonValue,
} from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { nameOf, orFile, readJson } from './acpi-files.ts';
import { FORMATS, type Format, writeOutput } from './acpi-output.ts';

export function cperEncodeCommand(): Command {
  return new Command('encode')
    .description(
      "Makes error records of JSON in libcper's form: the exact inverse of `rasvm cper decode --json`.",
    )
    .argument(
      '<file>',
      'an object, or an array of several, which are written one after the other; - is standard input',
    )
    .option('--out <FILE>', 'where to write; without it standard output, on a terminal as a hexadecimal dump')
    .addOption(
      new Option('--format <FORMAT>', 'bytes, a hexadecimal dump, or an array of C or TypeScript').choices(
        FORMATS,
      ),
    )
    .action((path: string, options: { out?: string; format?: Format }) => {
      const json = readJson(path);
      const records = orFile(nameOf(path), () => (Array.isArray(json) ? json.map(bytesOf) : [bytesOf(json)]));
      writeOutput(
        Buffer.concat(records),
        records.length === 1 ? 'error record' : `${records.length} error records`,
        options,
      );
    });
}

/** A block has an `errorStatusBlock`, a record a `header`. */
function bytesOf(json: JsonValue): Uint8Array {
  const isBlock = typeof json === 'object' && json !== null && 'errorStatusBlock' in json;
  return isBlock
    ? ErrorStatusBlock.encode(errorStatusBlockFromJson(json))
    : CperRecord.encode(cperRecordFromJson(json));
}
