/** libcper's form of an Arm processor error: UEFI 2.11, appendix N.2.4.4. */

import { AcpiError } from '../../errors.ts';
import {
  ArmErrorInformation,
  ArmErrorInformationEntry,
  ArmErrorTypeFromZero,
  ArmProcessorError,
} from '../arm-processor.ts';
import { armContext } from './arm-processor-context.ts';
import {
  at,
  base64,
  boolean,
  called,
  type Form,
  jsonObject,
  listOf,
  long,
  type Names,
  named,
  names,
  number,
  type Values,
} from './forms.ts';
import {
  always,
  counted,
  flags,
  group,
  inside,
  member,
  needed,
  object,
  type Part,
  raw,
  shown,
  statedLength,
  when,
} from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const OPERATIONS = [
  'Generic Error',
  'Generic Read',
  'Generic Write',
  'Data Read',
  'Data Write',
  'Instruction Fetch',
  'Prefetch',
];
const CACHE_OPERATIONS = names([...OPERATIONS, 'Eviction', 'Snooping', 'Snooped', 'Management']);
const TLB_OPERATIONS = names([...OPERATIONS, 'Local Management Operation', 'External Management Operation']);
const BUS_OPERATIONS = names(OPERATIONS);
const TRANSACTIONS = names(['Instruction', 'Data Access', 'Generic']);
const PARTICIPATIONS = names(
  [
    'Local Processor Originated Request',
    'Local Processor Responded to Request',
    'Local Processor Observed',
    'Generic',
  ],
  'Unknown',
);
const ADDRESS_SPACES: Names = {
  names: { 0: 'External Memory Access', 1: 'Internal Memory Access', 3: 'Device Memory Access' },
  others: 'Unknown',
};

/** What cache, TLB and bus errors have in common. */
function transaction(operations: Names): Part[] {
  return [
    member('transactionType', named(TRANSACTIONS)),
    member('operation', named(operations)),
    member('level', number),
    member('processorContextCorrupt', boolean),
    member('corrected', boolean),
    member('precisePc', boolean, 'precisePC'),
    member('restartablePc', boolean, 'restartablePC'),
  ];
}

function information(key: string, parts: readonly Part[]): Part {
  const form = object(ArmErrorInformation, parts);
  return group('errorInformation', [member('errorInformation', form, key)]);
}

/** By the type of error. */
const INFORMATION: Readonly<Record<number, Part>> = {
  [ArmErrorTypeFromZero.Cache]: information('cacheError', transaction(CACHE_OPERATIONS)),
  [ArmErrorTypeFromZero.Tlb]: information('tlbError', transaction(TLB_OPERATIONS)),
  [ArmErrorTypeFromZero.Bus]: information('busError', [
    ...transaction(BUS_OPERATIONS),
    member('participationType', named(PARTICIPATIONS)),
    member('timeOut', boolean, 'timedOut'),
    member('addressSpace', named(ADDRESS_SPACES)),
    member('memoryAttributes', number),
    member(
      'accessMode',
      called('name', (mode) => (mode === 0 ? 'Secure' : 'Normal')),
    ),
  ]),
};

const ERROR_TYPES: Names = {
  names: { 1: 'Cache Error', 2: 'TLB Error', 4: 'Bus Error', 8: 'Micro-Architectural Error' },
  others: 'Unknown (Reserved)',
};

/** In a form by the error's type; other types have none. */
const errorInformation: Part = {
  keys: ['errorInformation'],
  write(values, json) {
    if (values.errorInformation !== undefined) INFORMATION[values.type as number]?.write(values, json);
  },
  read(json, values, check) {
    if (json.errorInformation === undefined) return;
    const part = INFORMATION[values.type as number];
    if (part === undefined)
      throw new AcpiError('VALUE', 'is there for error types 1, 2 and 4 only', 'errorInformation');
    part.read(json, values, check);
  },
};

const entry = object(ArmErrorInformationEntry, [
  always('version', number, 0),
  always('length', number, 32),
  needed('type', named(ERROR_TYPES), 'errorType'),
  member(
    'multipleError',
    called('type', (count) => (count < 1 ? 'Single Error' : 'Multiple Errors')),
  ),
  member(
    'flags',
    flags({
      first: 'firstErrorCaptured',
      last: 'lastErrorCaptured',
      propagated: 'propagated',
      overflow: 'overflow',
    }),
  ),
  errorInformation,
  member('virtualFaultAddress', long),
  member('physicalFaultAddress', long),
]);

const vendorInformation: Form = {
  toJson(value) {
    const data = base64.toJson(value);
    return data === undefined ? undefined : { data };
  },
  fromJson: (json) => at('data', () => base64.fromJson(jsonObject(json).data ?? '')),
};

/** Affinity level 3 of MPIDR_EL1. */
function affinity3(mpidr: bigint): number {
  return Number((mpidr >> 32n) & 0xffn);
}

/** A state is shown unless the highest bit of the running state is set. */
function showsPsciState(values: Values): boolean {
  const { reserved = 0n } = (raw(values, 'runningState') || {}) as { reserved?: bigint };
  return reserved >> 31n === 0n;
}

/** Characters that a message may have. */
const LONGEST_MESSAGE = 511;

/** Kinds and addresses of all errors, as far as there is room. */
function message(values: Values): string {
  const mpidr = values.mpidr as bigint | undefined;
  const cpu = mpidr === undefined ? '' : ` on CPU ${affinity3(mpidr)}`;
  let text = `An ARM Processor Error occurred${cpu}; Error Type(s): {`;
  const add = (more: string) => {
    if (text.length + more.length <= LONGEST_MESSAGE) text += more;
  };
  const errors = values.errorInformation as readonly Values[];
  for (const [i, error] of errors.entries()) {
    add(errorMessage(error));
    add(i === errors.length - 1 ? '}' : ', ');
  }
  return text;
}

const NAMED_TYPES: ReadonlySet<unknown> = new Set(Object.keys(INFORMATION).map(Number));

function errorMessage({ type, errorInformation, virtualFaultAddress, physicalFaultAddress }: Values): string {
  const isNamed = errorInformation !== undefined && NAMED_TYPES.has(type);
  const what = isNamed ? ERROR_TYPES.names[type as number] : 'Unknown Error';
  const address = (where: string, value: unknown) =>
    value === undefined ? '' : ` ${where}=0x${(value as bigint).toString(16).toUpperCase()}`;
  return `${what}${address('at Virtual Addr', virtualFaultAddress)}${address('Physical Addr', physicalFaultAddress)}`;
}

export const ARM_PROCESSOR_FORM: SectionForm = {
  name: 'ArmProcessor',
  minSize: 40,
  message,
  form: object(ArmProcessorError, [
    counted('errorInfoNum', 'errorInformation', 'errorInfo'),
    counted('contextInfoNum', 'contextInformation', 'contextInfo'),
    statedLength(ArmProcessorError, 'sectionLength'),
    member(
      'errorAffinityLevel',
      called('type', (level) => (level < 4 ? 'Vendor Defined' : 'Reserved')),
      'errorAffinity',
    ),
    member('mpidr', long, 'mpidrEl1'),
    shown('affinity3', ({ mpidr }) => (mpidr === undefined ? undefined : affinity3(mpidr as bigint))),
    always('midr', long, 0n, 'midrEl1'),
    inside('runningState', undefined, [member('running', boolean)]),
    when(showsPsciState, always('psciState', number, 0)),
    needed('errorInformation', listOf(entry), 'errorInfo'),
    always('contextInformation', listOf(armContext), [], 'contextInfo'),
    member('vendorInformation', vendorInformation, 'vendorSpecificInfo'),
  ]),
  unpadded: ({ contextInformation, ...values }) => ({
    ...values,
    contextInformation: (contextInformation as readonly unknown[]).map((each) => armContext.unpadded(each)),
  }),
};
