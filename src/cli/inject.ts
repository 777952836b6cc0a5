/** `rasvm inject`. */

import { Argument, Command, Option } from 'commander';
import { RasvmError } from '../errors.ts';
import {
  INJECT_MEANS,
  INJECT_SEVERITIES,
  INJECT_TELLS,
  type InjectRequest,
  type InjectResult,
} from '../machine/api.ts';
import { withMachine } from './machine.ts';
import { parseAddress, parseSize, sizeText } from './quantity.ts';
import { reaching } from './reach.ts';

interface MemoryOptions {
  gpa: string;
  size?: string;
  via: (typeof INJECT_MEANS)[number];
  tell: (typeof INJECT_TELLS)[number];
  severity?: (typeof INJECT_SEVERITIES)[number];
  json?: true;
}

export function injectCommand(): Command {
  const command = new Command('inject')
    .description(
      'Makes an error in a machine. memory: a page of guest RAM is lost (uffd, madvise, hwpoison) or only reported as ' +
        "lost (record). Prints the error's id; `rasvm events` tells its story.",
    )
    .argument('<name>', 'the machine')
    .addArgument(new Argument('<kind>', 'what fails').choices(['memory']))
    .requiredOption('--gpa <ADDRESS>', 'guest physical address, decimal or 0x hex')
    .option('--size <SIZE>', 'bytes from there, such as 4K (default: one page of the backing)')
    .addOption(
      new Option(
        '--via <MEANS>',
        'record: no page is lost; uffd: UFFDIO_POISON, no privilege, Linux 6.6; madvise: MADV_HWPOISON, needs ' +
          "CAP_SYS_ADMIN; hwpoison: the host's hwpoison-inject, needs CAP_SYS_ADMIN",
      )
        .choices(INJECT_MEANS)
        .default('uffd'),
    )
    .addOption(
      new Option('--tell <WHEN>', 'early: before the guest touches the page; late: when a vCPU does')
        .choices(INJECT_TELLS)
        .default('late'),
    )
    .addOption(
      new Option(
        '--severity <SEVERITY>',
        "the record's, with --via record only (default: recoverable)",
      ).choices(INJECT_SEVERITIES),
    )
    .option('--json', 'one object');
  return reaching(command, async (name: string, options: MemoryOptions) => {
    const request = toRequest(options);
    const result = await withMachine(name, (client) => client.inject(request));
    console.log(options.json ? JSON.stringify(result) : resultText(result));
  });
}

/** Throws USAGE. */
export function toRequest({ gpa, size, via, tell, severity }: MemoryOptions): InjectRequest {
  if (severity !== undefined && via !== 'record') {
    throw new RasvmError(
      'USAGE',
      `--severity is for --via record alone; a page lost via ${via} is always recoverable`,
    );
  }
  return {
    kind: 'memory',
    gpa: parseAddress(gpa, '--gpa'),
    ...(size !== undefined && { size: parseSize(size, '--size') }),
    via,
    tell,
    ...(severity && { severity }),
  };
}

function resultText({ id, gpa, size, hva }: InjectResult): string {
  const host = hva === undefined ? '' : `, HVA 0x${hva.toString(16)}`;
  return `error #${id}: ${sizeText(size)} at GPA 0x${gpa.toString(16)}${host}`;
}
