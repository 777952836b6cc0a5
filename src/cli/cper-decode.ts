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
      const list = json ? new JsonList() : undefined;
      let gaps = 0;
      for await (const record of recordsOf(path, { damaged: skip ? 'skip' : 'fail' })) {
        if (record.kind === 'gap') {
          gaps++;
          process.stderr.write(`rasvm: passed over: ${record.length} bytes at offset ${record.offset}\n`);
        } else if (list !== undefined) list.add(jsonOf(record));
        else process.stdout.write(textOf(record, linux));
      }
      list?.end();
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
  #waiting: string | undefined;
  #several = false;

  add(value: JsonValue): void {
    if (this.#waiting !== undefined) {
      process.stdout.write(`${this.#several ? ',' : '['}\n${this.#waiting}`);
      this.#several = true;
    }
    this.#waiting = printJson(value);
  }

  end(): void {
    if (this.#several) process.stdout.write(`,\n${this.#waiting}\n]\n`);
    else if (this.#waiting !== undefined) process.stdout.write(`${this.#waiting}\n`);
  }
}
