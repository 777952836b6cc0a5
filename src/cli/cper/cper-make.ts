/** `rasvm cper make`. */

import {
  AcpiError,
  CperRecord,
  DataEntryHeader,
  type Encodable,
  ErrorStatusBlock,
  fromJson,
  type JsonValue,
  RecordHeader,
  RecordNotification,
  SECTIONS,
  type SectionKind,
  Severity,
} from '@rasvm/acpi';
import { Argument, Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { FORMATS, type Format, writeOutput } from '../acpi/acpi-output.ts';
import { kebab, optionsOf } from './cper-fields.ts';
import { fieldsHelp } from './cper-help.ts';
import { sectionKind, sectionNames } from './cper-sections.ts';
import { optionName, sectionValue } from './cper-values.ts';

interface MakeOptions {
  severity: string;
  fruId?: string;
  fruText?: string;
  timestamp?: string;
  flags?: string;
  record?: true;
  notification?: string;
  recordId?: string;
  section?: true;
  out?: string;
  format?: Format;
}

export function cperMakeCommand(): Command {
  return new Command('make')
    .description(
      'Makes an error record with one section, whose fields are given by name: an error status block as firmware gives ' +
        'it to a guest, or a whole record. What is given is marked valid.',
    )
    .addArgument(new Argument('<section>', `what failed: ${sectionNames().join(', ')}`))
    .argument('[fields...]', '--field value, as `rasvm cper make SECTION --help` lists them')
    .addOption(
      new Option('--severity <SEVERITY>', 'of the error')
        .choices(Object.keys(Severity).map(kebab))
        .default('recoverable'),
    )
    .option('--fru-id <GUID>', 'field replaceable unit')
    .option('--fru-text <TEXT>', 'its name, at most 20 characters')
    .option('--timestamp <TIME>', 'when, in UTC, such as 2026-01-31T23:59:59Z; or now')
    .option('--flags <FLAGS>', `of the section, with commas between: ${flagNames().join(', ')}`)
    .option('--record', 'a whole CPER record, as ERST keeps them')
    .addOption(
      new Option('--notification <NOTIFICATION>', 'with --record: how the error was told').choices(
        Object.keys(RecordNotification).map(kebab),
      ),
    )
    .option('--record-id <NUMBER>', 'with --record: the number that no other record of its creator has')
    .option('--section', 'the section alone')
    .option('--out <FILE>', 'where to write; without it standard output, on a terminal as a hexadecimal dump')
    .addOption(
      new Option('--format <FORMAT>', 'bytes, a hexadecimal dump, or an array of C or TypeScript').choices(
        FORMATS,
      ),
    )
    .allowUnknownOption()
    .addHelpText('after', ({ command }) => fieldsHelp(command))
    .action((name: string, fields: string[], options: MakeOptions) => {
      const kind = sectionKind(name);
      checkOptions(options);
      const section = sectionValue(SECTIONS[kind].codec as never, fields) as object;
      const bytes = orUsage(() => encode(kind, section, options));
      const what = options.section ? 'section' : options.record ? 'record' : 'error status block';
      writeOutput(bytes, `${kebab(kind)} ${what}`, options);
    });
}

function flagNames(): string[] {
  return optionsOf(DataEntryHeader.field('flags').codec).map(({ name }) => name);
}

function checkOptions({ record, section, notification, recordId, ...entry }: MakeOptions): void {
  if (record && section) throw new RasvmError('USAGE', '--record and --section: give one of them');
  const alone = record
    ? undefined
    : notification !== undefined
      ? '--notification'
      : recordId !== undefined
        ? '--record-id'
        : undefined;
  if (alone !== undefined) throw new RasvmError('USAGE', `${alone} is for a whole record: give --record too`);
  const foreign = (['fruId', 'fruText', 'timestamp', 'flags'] as const).find(
    (name) => entry[name] !== undefined,
  );
  if (section && foreign !== undefined)
    throw new RasvmError('USAGE', `--${kebab(foreign)} is no part of a section: leave out --section`);
}

/** What the library finds wrong, with the option that it is about. */
function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AcpiError)) throw error;
    const path = error.field.replace(/^(entries|sections)\[0\]\.?/, '').replace(/^section\.?/, '');
    const missing =
      error.reason === 'is missing' ? `is missing: give it as --${optionName(path)} VALUE` : error.reason;
    throw new RasvmError('USAGE', path === '' ? missing : `--${optionName(path)}: ${missing}`, {
      cause: error,
    });
  }
}

function encode(kind: SectionKind, fields: object, options: MakeOptions): Uint8Array {
  const section = { kind, ...fields };
  // biome-ignore lint/suspicious/noExplicitAny: which section it is, is known only now
  const codec = SECTIONS[kind].codec as any;
  if (options.section) return codec.encode(section);
  const { severity, timestamp, ...entry } = sectionValue(
    DataEntryHeader as never,
    entryArguments(options),
  ) as Encodable<typeof DataEntryHeader>;
  if (!options.record)
    return ErrorStatusBlock.encode({
      severity,
      entries: [{ ...entry, severity, timestamp, section: section as never }],
    });
  const { notification, recordId } = options;
  const header = fromJson(RecordHeader, {
    severity,
    ...(recordId !== undefined && { recordId }),
    ...(notification !== undefined && { notificationType: notificationType(notification) }),
  } as JsonValue);
  return CperRecord.encode({
    ...header,
    timestamp,
    sections: [{ ...entry, severity, section: section as never }],
  } as never);
}

/** The options that every section has, as arguments by the names of the data entry's members. */
function entryArguments({ severity, fruId, fruText, timestamp, flags }: MakeOptions): string[] {
  return Object.entries({ severity, fruId, fruText, timestamp, flags }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${kebab(name)}=${value}`],
  );
}

function notificationType(name: string): string {
  return Object.entries(RecordNotification).find(([known]) => kebab(known) === name)![1];
}
