/** `rasvm cper encode`. */

import {
  CperRecord,
  cperRecordFromJson,
  ErrorStatusBlock,
  errorStatusBlockFromJson,
  type JsonValue,
  SECTIONS,
  sectionFromJson,
  sections,
} from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { nameOf, orFile, readJsonValues } from '../acpi/acpi-files.ts';
import { FORMATS, type Format, writeOutput } from '../acpi/acpi-output.ts';
import { sectionKind } from './cper-sections.ts';

export function cperEncodeCommand(): Command {
  return new Command('encode')
    .description(
      "Makes error records of JSON in libcper's form: the exact inverse of `rasvm cper decode --json`.",
    )
    .argument(
      '<file>',
      'an object, or an array of several or one a line, which are written one after the other; - is standard input',
    )
    .addOption(new Option('--section <SECTION>', 'the JSON is that of a section of this type alone'))
    .option('--out <FILE>', 'where to write; without it standard output, on a terminal as a hexadecimal dump')
    .addOption(
      new Option('--format <FORMAT>', 'bytes, a hexadecimal dump, or an array of C or TypeScript').choices(
        FORMATS,
      ),
    )
    .action((path: string, options: { out?: string; format?: Format; section?: string }) => {
      const values = readJsonValues(path);
      const encode = options.section === undefined ? bytesOf : sectionEncoder(options.section);
      if (values.length === 0) throw new RasvmError('FILE', `${nameOf(path)}: holds no error record`);
      const records = orFile(nameOf(path), () => values.map(encode));
      writeOutput(
        Buffer.concat(records),
        records.length === 1 ? 'error record' : `${records.length} error records`,
        options,
      );
    });
}

function sectionEncoder(name: string): (json: JsonValue) => Uint8Array {
  const { sectionType } = SECTIONS[sectionKind(name)];
  return (json) => {
    const section = sectionFromJson(sectionType, json as never);
    const bytes = new Uint8Array(sections.sizeOf(section));
    sections.write(new DataView(bytes.buffer), 0, section);
    return bytes;
  };
}

/** A block has an `errorStatusBlock`, a record a `header`. */
function bytesOf(json: JsonValue): Uint8Array {
  const isBlock = typeof json === 'object' && json !== null && 'errorStatusBlock' in json;
  return isBlock
    ? ErrorStatusBlock.encode(errorStatusBlockFromJson(json))
    : CperRecord.encode(cperRecordFromJson(json));
}
