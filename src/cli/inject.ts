/** `rasvm inject`. */

import { readFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { RasvmError } from '../errors.ts';
import {
  INJECT_MEANS,
  INJECT_SEVERITIES,
  INJECT_TELLS,
  type InjectRequest,
  type InjectResult,
} from '../machine/api.ts';
import { checkInput } from './input-file.ts';
import { withMachine } from './machine.ts';
import { parseAddress, parseSize, sizeText } from './quantity.ts';
import { reaching } from './reach.ts';

const KINDS = ['memory', 'record'] as const;

interface InjectOptions {
  gpa?: string;
  size?: string;
  via: (typeof INJECT_MEANS)[number];
  tell: (typeof INJECT_TELLS)[number];
  severity?: (typeof INJECT_SEVERITIES)[number];
  file?: string;
  json?: true;
}

/** By the kind of error, the options that only it has; the first one is required. */
const OWN_OPTIONS = {
  memory: ['gpa', 'size', 'via', 'tell', 'severity'],
  record: ['file'],
} as const;

export function injectCommand(): Command {
  const command = new Command('inject')
    .description(
      'Makes an error in a machine. memory: a page of guest RAM is lost (uffd, madvise, hwpoison) or only reported as ' +
        'lost (record). record: the guest is told a record that was made elsewhere, as it is; no page is lost. ' +
        "Prints the error's id; `rasvm events` tells its story.",
    )
    .argument('<name>', 'the machine')
    .addArgument(new Argument('<kind>', 'what fails').choices(KINDS))
    .option('--gpa <ADDRESS>', 'memory: guest physical address, decimal or 0x hex; required')
    .option('--size <SIZE>', 'memory: bytes from there, such as 4K (default: one page of the backing)')
    .addOption(
      new Option(
        '--via <MEANS>',
        'memory: record: no page is lost; uffd: UFFDIO_POISON, no privilege, Linux 6.6; madvise: MADV_HWPOISON, needs ' +
          "CAP_SYS_ADMIN; hwpoison: the host's hwpoison-inject, needs CAP_SYS_ADMIN",
      )
        .choices(INJECT_MEANS)
        .default('uffd'),
    )
    .addOption(
      new Option('--tell <WHEN>', 'memory: early: before the guest touches the page; late: when a vCPU does')
        .choices(INJECT_TELLS)
        .default('late'),
    )
    .addOption(
      new Option(
        '--severity <SEVERITY>',
        "memory: the record's, with --via record only (default: recoverable)",
      ).choices(INJECT_SEVERITIES),
    )
    .option('--file <FILE>', 'record: a Generic Error Status Block, binary, at most 4096 bytes; required')
    .option('--json', 'one object');
  return reaching(
    command,
    async (name: string, options: InjectOptions) => {
      const kind = command.args[1] as (typeof KINDS)[number];
      checkOptions(kind, (each) => command.getOptionValueSource(each) === 'cli');
      const request = kind === 'record' ? await recordRequest(options) : memoryRequest(options);
      const result = await withMachine(name, (client) => client.inject(request));
      console.log(options.json ? JSON.stringify(result) : resultText(result));
    },
    ['file'],
  );
}

/** Throws USAGE for an option that is missing, or that another kind of error has. */
function checkOptions(kind: (typeof KINDS)[number], given: (option: string) => boolean): void {
  for (const each of KINDS) {
    const foreign = each === kind ? undefined : OWN_OPTIONS[each].find(given);
    if (foreign !== undefined)
      throw new RasvmError('USAGE', `--${foreign} is for ${each} alone, not for ${kind}`);
  }
  const [required] = OWN_OPTIONS[kind];
  if (!given(required)) throw new RasvmError('USAGE', `${kind} needs the option --${required}`);
}

/** Throws USAGE. */
function memoryRequest({ gpa, size, via, tell, severity }: InjectOptions): InjectRequest {
  if (severity !== undefined && via !== 'record') {
    throw new RasvmError(
      'USAGE',
      `--severity is for --via record alone; a page lost via ${via} is always recoverable`,
    );
  }
  return {
    kind: 'memory',
    gpa: parseAddress(gpa!, '--gpa'),
    ...(size !== undefined && { size: parseSize(size, '--size') }),
    via,
    tell,
    ...(severity && { severity }),
  };
}

/** Throws USAGE, FILE. */
async function recordRequest({ file }: InjectOptions): Promise<InjectRequest> {
  checkInput('--file', file!);
  const { givenRecord } = await import('../ras/given-record.ts');
  try {
    const block = await readFile(file!);
    givenRecord(block);
    return { kind: 'record', block };
  } catch (cause) {
    const code = cause instanceof RasvmError ? cause.code : 'FILE';
    throw new RasvmError(code, `--file ${file}: ${(cause as Error).message}`, { cause });
  }
}

function resultText({ id, gpa, size, hva }: InjectResult): string {
  if (gpa === undefined) return `error #${id}: a record of ${size} bytes`;
  const host = hva === undefined ? '' : `, HVA 0x${hva.toString(16)}`;
  return `error #${id}: ${sizeText(size)} at GPA 0x${gpa.toString(16)}${host}`;
}
