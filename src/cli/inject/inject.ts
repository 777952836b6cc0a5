/** `rasvm inject`. */

import { readFile } from 'node:fs/promises';
import { Argument, Command, Option } from 'commander';
import { check } from '../../api/check.ts';
import {
  INJECT_MEANS,
  INJECT_SEVERITIES,
  INJECT_TELLS,
  type InjectMemoryRequest,
  InjectRequest,
  type InjectResult,
} from '../../api/inject.ts';
import { RasvmError } from '../../core/errors.ts';
import { parseAddress, parseCount, parseSize, sizeText } from '../../core/quantity.ts';
import { NAMED_SERROR_CLASSES } from '../../events/event.ts';
import { withMachine } from '../inspect/machine.ts';
import { reaching } from '../inspect/reach.ts';
import { checkInput } from '../shared/input-file.ts';
import { type ExceptionOptions, exceptionText, seaRequest, serrorRequest } from './inject-exception.ts';

const KINDS = ['memory', 'record', 'serror', 'sea'] as const;
type Kind = (typeof KINDS)[number];

interface InjectOptions extends ExceptionOptions {
  gpa?: string;
  size?: string;
  count?: string;
  via: (typeof INJECT_MEANS)[number];
  tell: (typeof INJECT_TELLS)[number];
  severity?: (typeof INJECT_SEVERITIES)[number];
  file?: string;
  json?: true;
}

/** By the kind of error, the options that it has and not all have. */
const OWN_OPTIONS: Record<Kind, readonly string[]> = {
  memory: ['gpa', 'size', 'count', 'via', 'tell', 'severity'],
  record: ['file'],
  serror: ['vcpu', 'el', 'class', 'esr'],
  sea: ['vcpu', 'el', 'data', 'fetch', 'va'],
};
const REQUIRED: Partial<Record<Kind, string>> = { memory: 'gpa', record: 'file' };

export function injectCommand(): Command {
  const command = new Command('inject')
    .description(
      'Makes an error in a machine. memory: a page of guest RAM is lost (uffd, madvise, hwpoison) or only reported as ' +
        'lost (record). record: the guest is told a record that was made elsewhere, as it is; no page is lost. ' +
        'serror: a vCPU gets an SError. sea: a vCPU takes a synchronous external abort where it stands. ' +
        "Prints the error's id; `rasvm events` tells its story.",
    )
    .argument('<name>', 'the machine')
    .addArgument(new Argument('<kind>', 'what fails').choices(KINDS))
    .option('--gpa <ADDRESS>', 'memory: guest physical address, decimal or 0x hex; required')
    .option('--size <SIZE>', 'memory: bytes from there, such as 4K (default: one page of the backing)')
    .option('--count <N>', 'memory: so many, one behind the other, each an error of its own (default: 1)')
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
    .option('--vcpu <N>', 'serror, sea: which vCPU (default: 0)')
    .addOption(
      new Option(
        '--el <LEVEL>',
        'serror, sea: when the vCPU is in this exception level (default: at once)',
      ).choices(['0', '1']),
    )
    .option(
      '--class <CLASS>',
      `serror: its syndrome says that it is ${NAMED_SERROR_CLASSES.join(', ')}; several, with commas: one after the other ` +
        'before the vCPU runs on (default: KVM chooses the syndrome)',
    )
    .option('--esr <VALUE>', 'serror: its syndrome, ESR_EL1.ISS, bits 24 to 0; several as with --class')
    .option('--data', 'sea: of a load or a store (default)')
    .option('--fetch', 'sea: of an instruction fetch')
    .option(
      '--va <ADDRESS>',
      'sea: what FAR_EL1 says; if that page is lost, the abort has its record (default: PC with --fetch, else none)',
    )
    .option('--json', 'one object');
  return reaching(
    command,
    async (name: string, options: InjectOptions) => {
      const kind = command.args[1] as Kind;
      checkOptions(kind, (each) => command.getOptionValueSource(each) === 'cli');
      const request = check(InjectRequest, await REQUESTS[kind](options));
      const result = await withMachine(name, (client) => client.inject(request));
      console.log(options.json ? JSON.stringify(result, hexOfWords) : resultText(kind, result, request));
    },
    ['file'],
  );
}

/** Throws USAGE for an option that is missing, or that another kind of error has. */
function checkOptions(kind: Kind, given: (option: string) => boolean): void {
  const own = OWN_OPTIONS[kind];
  const foreign = Object.values(OWN_OPTIONS)
    .flat()
    .find((option) => !own.includes(option) && given(option));
  if (foreign !== undefined) {
    const whose = KINDS.filter((each) => OWN_OPTIONS[each].includes(foreign)).join(' and ');
    throw new RasvmError('USAGE', `--${foreign} is for ${whose} alone, not for ${kind}`);
  }
  const required = REQUIRED[kind];
  if (required !== undefined && !given(required))
    throw new RasvmError('USAGE', `${kind} needs the option --${required}`);
}

const REQUESTS: Record<Kind, (options: InjectOptions) => InjectRequest | Promise<InjectRequest>> = {
  memory: memoryRequest,
  record: recordRequest,
  serror: serrorRequest,
  sea: seaRequest,
};

/** Throws USAGE. */
function memoryRequest({ gpa, size, count, via, tell, severity }: InjectOptions): InjectRequest {
  return {
    kind: 'memory',
    gpa: parseAddress(gpa!, '--gpa'),
    ...(size !== undefined && { size: parseSize(size, '--size') }),
    ...(count !== undefined && { count: parseCount(count, '--count', 1, 2 ** 20) }),
    via,
    tell,
    ...(severity && { severity }),
  };
}

/** Throws USAGE, FILE. */
async function recordRequest({ file }: InjectOptions): Promise<InjectRequest> {
  checkInput('--file', file!);
  const { givenRecord } = await import('../../ras/records/given-record.ts');
  try {
    const block = await readFile(file!);
    givenRecord(block);
    return { kind: 'record', block };
  } catch (cause) {
    const code = cause instanceof RasvmError ? cause.code : 'FILE';
    throw new RasvmError(code, `--file ${file}: ${(cause as Error).message}`, { cause });
  }
}

function hexOfWords(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

function resultText(kind: Kind, result: InjectResult, request: InjectRequest): string {
  const { id, gpa, size, hva, exception } = result;
  if (exception) return exceptionText(id, kind, exception);
  if (gpa === undefined) return `error #${id}: a record of ${size} bytes`;
  const host = hva === undefined ? '' : `, HVA 0x${hva.toString(16)}`;
  const { count = 1 } = request as InjectMemoryRequest;
  if (count > 1)
    return `errors #${id} to #${id + count - 1}: ${count} times ${sizeText(size)} from GPA 0x${gpa.toString(16)}${host}`;
  return `error #${id}: ${sizeText(size)} at GPA 0x${gpa.toString(16)}${host}`;
}
