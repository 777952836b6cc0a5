/** `rasvm cper sample`. */

import {
  CperRecord,
  ErrorStatusBlock,
  SECTIONS,
  type SectionKind,
  sampleCperRecord,
  sampleErrorStatusBlock,
  sampleSection,
} from '@rasvm/acpi';
import { Argument, Command, Option } from 'commander';
import { RasvmError } from '../../core/errors.ts';
import { parseCount } from '../../core/quantity.ts';
import { FORMATS, type Format, writeOutput } from '../acpi/acpi-output.ts';
import { kebab } from './cper-fields.ts';
import { sectionKind, sectionNames } from './cper-sections.ts';

interface SampleOptions {
  seed: string;
  count: string;
  record?: true;
  section?: true;
  out?: string;
  format?: Format;
}

export function cperSampleCommand(): Command {
  return new Command('sample')
    .description(
      'Makes valid error records with a section of this type and values by chance, for tests: the same seed gives the ' +
        'same bytes.',
    )
    .addArgument(new Argument('<section>', sectionNames().join(', ')))
    .option('--seed <N>', "number from which the values are made; of several records the first one's", '1')
    .option('--count <N>', 'so many records, one after the other, each with the next seed', '1')
    .option('--record', 'whole CPER records, as ERST keeps them')
    .option('--section', 'sections alone')
    .option('--out <FILE>', 'where to write; without it standard output, on a terminal as a hexadecimal dump')
    .addOption(
      new Option('--format <FORMAT>', 'bytes, a hexadecimal dump, or an array of C or TypeScript').choices(
        FORMATS,
      ),
    )
    .action((name: string, options: SampleOptions) => {
      const kind = sectionKind(name);
      const first = parseCount(options.seed, '--seed', 0, MOST);
      const count = parseCount(options.count, '--count', 1, MOST_RECORDS);
      if (options.record && options.section)
        throw new RasvmError('USAGE', '--record and --section: give one of them');
      const samples = Array.from({ length: count }, (_, index) => sample(kind, first + index, options));
      writeOutput(Buffer.concat(samples), `${kebab(kind)} sample, seed ${first}`, options);
    });
}

const MOST = 0xffff_ffff;
/** All of them are made before they are written. */
const MOST_RECORDS = 1_000_000;

function sample(kind: SectionKind, seed: number, { record, section }: SampleOptions): Uint8Array {
  if (section) return SECTIONS[kind].codec.encode(sampleSection(kind, seed) as never);
  if (record) return CperRecord.encode(sampleCperRecord([kind], seed));
  return ErrorStatusBlock.encode(sampleErrorStatusBlock([kind], seed));
}
