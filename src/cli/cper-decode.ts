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
  printJson,
} from '@rasvm/acpi';
import { Command, Option } from 'commander';
import { FILE_ARGUMENT } from './acpi-files.ts';
import { TextOutput } from './acpi-output.ts';
import { recordsOf } from './cper-records.ts';

interface DecodeOptions {
  json?: true;
  text?: true;
  linux?: LinuxSeries;
  skip?: true;
}

export function cperDecodeCommand(): Command {
  return new Command('decode')
    .description('Shows error records: error status blocks and CPER records, also long logs of them.')
    .argument('<file>', FILE_ARGUMENT)
    .addOption(
      new Option('--text', "what a person reads, in the words of the kernel's log; the default").conflicts(
        'json',
      ),
    )
    .option(
      '--json',
      "libcper's form, from which `rasvm cper encode` makes the same bytes; of several an array",
    )
    .addOption(
      new Option('--linux <SERIES>', 'the text as the log of this kernel on arm64 has it, and no more')
        .choices(Object.keys(LINUX_LOGS))
        .conflicts('json'),
    )
    .option('--skip', 'pass over what is no record, and say so on stderr; without it that is an error')
    .action(async (path: string, { json, linux, skip }: DecodeOptions) => {
      const out = new TextOutput();
      const list = json ? new JsonList(out) : undefined;
      let gaps = 0;
      try {
        for await (const record of recordsOf(path, { damaged: skip ? 'skip' : 'fail' })) {
          if (record.kind === 'gap') {
            gaps++;
            process.stderr.write(`rasvm: passed over: ${record.length} bytes at offset ${record.offset}\n`);
          } else if (list !== undefined) await list.add(jsonOf(record));
          else await out.write(textOf(record, linux));
        }
        await list?.end();
      } finally {
        // What stands before a fault is shown.
        await out.flush();
      }
      if (gaps > 0) process.exitCode = 1;
    });
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
