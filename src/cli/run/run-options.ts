/**
 * The options of `rasvm run`, declared once: for commander (help, mistakes) and for the direct reading of a
 * command line without a mistake, which spares the boot commander's loading (6 ms).
 */

import { checkName } from '../../control/name.ts';
import { RasvmError } from '../../core/errors.ts';
import { LOG_LEVELS } from '../../core/log.ts';
import { parseChoice, parseCount, parseSize, sizeText } from '../../core/quantity.ts';
import { GiB, KiB, MiB } from '../../core/region.ts';
import type { ConsoleSpec, MetricsSpec, RunOptions, SerialSpec } from '../../machine/options.ts';
import { MAX_VCPUS } from '../../platform/address-map.ts';
import { LAB_OPTIONS } from '../lab/lab-choice.ts';
import { parseAskedOfRas, RAS_OPTIONS } from './ras-options.ts';

interface RunOption {
  /** Of the value in the help; without one the option is a switch. */
  readonly value?: string;
  readonly description: string;
  readonly default?: string;
}

export const RUN_OPTIONS = {
  machine: {
    value: 'FILE',
    description: 'options from a YAML file, by their names; those of the command line count more',
  },
  kernel: {
    value: 'IMAGE',
    description:
      "arm64 kernel Image, or debian:SERIES for Debian's, such as debian:6.12; debian:6.12-16k has pages of 16 KiB, debian:6.12-rt is the real-time one (required)",
  },
  initrd: { value: 'FILE', description: 'initial RAM disk' },
  append: { value: 'STRING', description: "the kernel's command line", default: '' },
  cpus: { value: 'N', description: `vCPUs, 1 to ${MAX_VCPUS}`, default: '1' },
  memory: { value: 'SIZE', description: 'guest RAM, such as 512M or 4G', default: '1G' },
  ...RAS_OPTIONS,
  name: { value: 'NAME', description: 'name for the other commands (default: vm-PID)' },
  console: {
    value: 'stdio|file:PATH',
    description: "the guest's serial console; on a terminal Ctrl-A ? lists the keys",
    default: 'stdio',
  },
  serial: {
    value: 'unix:PATH',
    description: 'a second serial port (ttyAMA1), for programs: a unix socket that rasvm listens on',
  },
  shared: { description: 'guest RAM is a memfd, which other processes can map' },
  hugepages: { value: '2M|1G', description: 'guest RAM of hugetlb pages of this size' },
  'on-panic': {
    value: 'end|report|reset',
    description: "when the guest's kernel panics: end the machine with status 3, go on, or reset the guest",
    default: 'end',
  },
  'panic-from': {
    value: 'device|console',
    description:
      'what tells of a panic: the guest by its pvpanic device, or also any line like that of a panic on its console',
    default: 'device',
  },
  'stop-after': { value: 'N', description: 'end the machine, with status 7, when N memory errors were met' },
  events: { value: 'FILE', description: 'append each event as a line of JSON to FILE' },
  metrics: {
    value: 'unix:PATH|HOST:PORT',
    description: 'Prometheus metrics of the memory errors, by HTTP at /metrics',
  },
  'exit-with-parent': {
    value: 'on|PID',
    description: 'end at once when the process that started it ends; it is to be PID, if that is given',
  },
  'log-level': { value: 'LEVEL', description: LOG_LEVELS.join(', '), default: 'warn' },
  log: { value: 'FILE', description: 'log as JSON lines into FILE (default: readable, on stderr)' },
  ...LAB_OPTIONS,
  /** Of the program, not of `run`; here for the direct reading. */
  debug: { description: 'print the cause of an error' },
} as const satisfies Record<string, RunOption>;

type OptionName = keyof typeof RUN_OPTIONS;
type ValueName = {
  [K in OptionName]: (typeof RUN_OPTIONS)[K] extends { value: string } ? K : never;
}[OptionName];
type SwitchName = Exclude<OptionName, ValueName>;

/** Options as they stand on the command line. */
export type RunValues = { [K in ValueName]?: string } & { [K in SwitchName]?: true };

/** Undefined for anything out of the ordinary (--help, a mistake): commander has the words for it. */
export function readRunArguments(argv: readonly string[]): RunValues | undefined {
  const values: Record<string, string | true> = {};
  for (let index = 0; index < argv.length; index++) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[index]!);
    if (!match || !Object.hasOwn(RUN_OPTIONS, match[1]!)) return undefined;
    const option: RunOption = RUN_OPTIONS[match[1] as OptionName];
    const value = option.value ? (match[2] ?? argv[++index]) : match[2] === undefined ? true : undefined;
    if (value === undefined) return undefined;
    values[match[1]!] = value;
  }
  return values.kernel === undefined && values.machine === undefined ? undefined : (values as RunValues);
}

/** Throws USAGE with the option's name and what is valid. */
export function toRunOptions(values: RunValues): RunOptions {
  const missing = (name: ValueName) =>
    new RasvmError('USAGE', `--${name} is missing: give it as --${name} ${RUN_OPTIONS[name].value}`);
  const given = (name: ValueName): string | undefined => {
    const value = values[name] ?? (RUN_OPTIONS[name] as RunOption).default;
    if (value === '' && name !== 'append') throw missing(name);
    return value;
  };
  const required = (name: ValueName): string => {
    const value = given(name);
    if (value === undefined) throw missing(name);
    return value;
  };
  const hugePageSize = parseHugePages(given('hugepages'));
  const log = given('log');
  const initrd = given('initrd');
  const name = given('name');
  const serial = given('serial');
  const stopAfter = given('stop-after');
  const events = given('events');
  const metrics = given('metrics');
  return {
    kernel: required('kernel'),
    ...(initrd !== undefined && { initrd }),
    append: required('append'),
    vcpus: parseCount(required('cpus'), '--cpus', 1, MAX_VCPUS),
    memory: parseMemory(required('memory'), hugePageSize),
    ...parseAskedOfRas({
      ras: required('ras'),
      acpi: required('acpi'),
      'no-acpi-policy': required('no-acpi-policy'),
    }),
    ...(name !== undefined && { name: checkName(name) }),
    console: parseConsole(required('console')),
    ...(serial !== undefined && { serial: parseSerial(serial) }),
    shared: values.shared ?? false,
    hugePageSize,
    panic: {
      action: parseChoice(required('on-panic'), '--on-panic', ['end', 'report', 'reset']),
      from: parseChoice(required('panic-from'), '--panic-from', ['device', 'console']),
    },
    ...(stopAfter !== undefined && {
      stopAfter: parseCount(stopAfter, '--stop-after', 1, Number.MAX_SAFE_INTEGER),
    }),
    ...(events !== undefined && { events }),
    ...(metrics !== undefined && { metrics: parseMetrics(metrics) }),
    log: {
      level: parseChoice(required('log-level'), '--log-level', LOG_LEVELS),
      ...(log !== undefined && { file: log }),
    },
  };
}

/** Undefined: left out. */
export function parseExitWithParent(text: string | undefined): 'on' | number | undefined {
  if (text === undefined || text === 'on') return text;
  if (/^[1-9]\d*$/.test(text) && Number(text) <= 2 ** 31) return Number(text);
  throw new RasvmError('USAGE', `--exit-with-parent: '${text}' is not on or the PID of a process`);
}

function parseHugePages(text: string | undefined): RunOptions['hugePageSize'] {
  if (text === undefined) return 0;
  return parseChoice(text, '--hugepages', ['2M', '1G']) === '2M'
    ? ((2 * MiB) as 0x20_0000)
    : (GiB as 0x4000_0000);
}

function parseMemory(text: string, hugePageSize: number): number {
  const size = parseSize(text, '--memory');
  // A guest kernel with 64 KiB pages drops what is not a whole page.
  const unit = hugePageSize || 64 * KiB;
  if (size % unit === 0) return size;
  throw new RasvmError('USAGE', `--memory: ${text} is not a multiple of ${sizeText(unit)}`);
}

function parseConsole(text: string): ConsoleSpec {
  if (text === 'stdio') return { kind: 'stdio' };
  if (text.startsWith('file:') && text.length > 5) return { kind: 'file', path: text.slice(5) };
  throw new RasvmError('USAGE', `--console: '${text}' is not stdio or file:PATH`);
}

function parseSerial(text: string): SerialSpec {
  if (text.startsWith('unix:') && text.length > 5) return { kind: 'unix', path: text.slice(5) };
  throw new RasvmError('USAGE', `--serial: '${text}' is not unix:PATH`);
}

function parseMetrics(text: string): MetricsSpec {
  if (text.startsWith('unix:') && text.length > 5) return { kind: 'unix', path: text.slice(5) };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:/[\]]+)):([0-9]+)$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) return { kind: 'tcp', host, port };
  throw new RasvmError(
    'USAGE',
    `--metrics: '${text}' is not unix:PATH or HOST:PORT, such as 127.0.0.1:9100 or [::1]:9100`,
  );
}
