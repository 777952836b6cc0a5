/** `rasvm cper decode`. */

import {
  cperRecordText,
  cperRecordToJson,
  type DecodedRecord,
  errorStatusBlockText,
  errorStatusBlockToJson,
  type JsonValue,
  LINUX_LOGS,
  type LinuxSeries,
  type LoggedGap,
  printJson,
  printJsonLine,
  type Section,
  sectionText,
  sectionToJson,
} from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { FILE_ARGUMENT, filesOf, orFile, passedOver } from '../acpi/acpi-files.ts';
import { TextOutput } from '../acpi/acpi-output.ts';
import { recordsOf } from './cper-records.ts';
import { readSection, sectionOption } from './cper-sections.ts';

interface DecodeOptions {
  json?: true;
  jsonLines?: true;
  text?: true;
  section?: string;
  linux?: LinuxSeries;
  skip?: true;
}

export function cperDecodeCommand(): Command {
  return new Command('decode')
    .description('Shows error records: error status blocks and CPER records, also long logs of them.')
    .argument('<file|directory>', FILE_ARGUMENT)
    .addOption(
      new Option('--text', "what a person reads, in the words of the kernel's log; the default").conflicts([
        'json',
        'jsonLines',
      ]),
    )
    .option(
      '--json',
      "libcper's form, from which `rasvm cper encode` makes the same bytes; of several an array",
    )
    .addOption(
      new Option('--json-lines', 'the same, each record on a line of its own, for long logs').conflicts(
        'json',
      ),
    )
    .addOption(
      new Option('--linux <SERIES>', 'the text as the log of this kernel on arm64 has it, and no more')
        .choices(Object.keys(LINUX_LOGS))
        .conflicts(['json', 'jsonLines']),
    )
    .addOption(sectionOption())
    .option('--skip', 'pass over what is no record, and say so on stderr; without it that is an error')
    .action(async (path: string, options: DecodeOptions) => {
      if (options.section !== undefined) {
        process.stdout.write(sectionIn(options.section, path, options));
        return;
      }
      const out = new TextOutput();
      const list = options.json ? new JsonList(out) : undefined;
      const print = async (record: DecodedRecord) => {
        if (list !== undefined) await list.add(jsonOf(record));
        else if (options.jsonLines) await out.write(`${printJsonLine(jsonOf(record))}\n`);
        else await out.write(textOf(record, options.linux));
      };
      const files = filesOf(path);
      try {
        await passedOver(path, files, async ({ path: file }) => {
          for await (const record of recordsOf(file, { damaged: options.skip ? 'skip' : 'fail' })) {
            if (record.kind !== 'gap') await print(record);
            else tellGap(files.length > 1 ? `${file}: ` : '', record);
          }
        });
        await list?.end();
      } finally {
        // What stands before a fault is shown.
        await out.flush();
      }
    });
}

function tellGap(name: string, { length, offset, reason }: LoggedGap): void {
  process.exitCode = 1;
  process.stderr.write(`rasvm: passed over: ${name}${length} bytes at offset ${offset}: ${reason}\n`);
}

function sectionIn(section: string, path: string, { json, jsonLines, linux }: DecodeOptions): string {
  const { name, kind, codec, bytes } = readSection(section, path);
  const value = { kind, ...(orFile(name, () => codec.decode(bytes)) as object) } as Section;
  if (!json && !jsonLines) return sectionText(value, { linux });
  return `${(json ? printJson : printJsonLine)(sectionToJson(value))}\n`;
}

function jsonOf(record: DecodedRecord): JsonValue {
  return record.kind === 'cperRecord' ? cperRecordToJson(record.value) : errorStatusBlockToJson(record.value);
}

function textOf(record: DecodedRecord, linux: LinuxSeries | undefined): string {
  return record.kind === 'cperRecord'
    ? cperRecordText(record.value)
    : errorStatusBlockText(record.value, { linux });
}

/** One value as it is, several as an array, each printed when the next one is there. */
class JsonList {
  readonly #out: TextOutput;
  #waiting: string | undefined;
  #several = false;

  constructor(out: TextOutput) {
    this.#out = out;
  }

  async add(value: JsonValue): Promise<void> {
    if (this.#waiting !== undefined) {
      await this.#out.write(`${this.#several ? ',' : '['}\n${this.#waiting}`);
      this.#several = true;
    }
    this.#waiting = printJson(value);
  }

  async end(): Promise<void> {
    if (this.#several) await this.#out.write(`,\n${this.#waiting}\n]\n`);
    else if (this.#waiting !== undefined) await this.#out.write(`${this.#waiting}\n`);
  }
}
