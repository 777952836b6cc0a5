/** libcper's form of an IA-32/x64 processor error: UEFI 2.11, appendix N.2.4.2. */

import { AcpiError } from '../../errors.ts';
import { Ia32X64Cpuid, Ia32X64ProcessorError } from '../ia32x64-processor.ts';
import {
  BUS_CHECK,
  CACHE_CHECK,
  Ia32X64BusCheck,
  Ia32X64BusInformation,
  Ia32X64CacheCheck,
  Ia32X64MsCheck,
  Ia32X64TlbCheck,
  MS_CHECK,
  TLB_CHECK,
} from '../ia32x64-processor-check.ts';
import { at, boolean, type Form, guid, jsonObject, listOf, long, named, names, number } from './forms.ts';
import { ia32X64Context } from './ia32x64-processor-context.ts';
import { always, counted, member, members, object, type Part } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const TRANSACTIONS = names(['Instruction', 'Data Access', 'Generic']);
const OPERATIONS = names([
  'Generic Error',
  'Generic Read',
  'Generic Write',
  'Data Read',
  'Data Write',
  'Instruction Fetch',
  'Prefetch',
  'Eviction',
  'Snoop',
]);
const PARTICIPATIONS = names(
  [
    'Local processor originated request',
    'Local processor responded to request',
    'Local processor observed',
    'Generic',
  ],
  'Unknown',
);
const ADDRESS_SPACES = names(['Memory Access', 'Reserved', 'I/O', 'Other Transaction'], 'Unknown');
// libcper has names for two more, but does not use them.
const MS_ERRORS = names(
  ['No Error', 'Unclassified', 'Microcode ROM Parity Error', 'External Error'],
  'Unknown (Processor Specific)',
);

const COMMON: readonly Part[] = [
  member('processorContextCorrupt', boolean),
  member('uncorrected', boolean),
  member('preciseIp', boolean, 'preciseIP'),
  member('restartableIp', boolean, 'restartableIP'),
  member('overflow', boolean),
];

const TRANSACTION: readonly Part[] = [
  member('transactionType', named(TRANSACTIONS)),
  member('operation', named(OPERATIONS)),
  member('level', number),
  ...COMMON,
];

/** Kinds of check: their GUID, name and form. Others have no form. */
const CHECKS: Readonly<Record<string, readonly [type: string, name: string, form: Form]>> = {
  cache: [CACHE_CHECK, 'Cache Check Error', object(Ia32X64CacheCheck, TRANSACTION)],
  tlb: [TLB_CHECK, 'TLB Check Error', object(Ia32X64TlbCheck, TRANSACTION)],
  bus: [
    BUS_CHECK,
    'Bus Check Error',
    object(Ia32X64BusCheck, [
      ...TRANSACTION,
      member('timeOut', boolean, 'timedOut'),
      member('participationType', named(PARTICIPATIONS)),
      member('addressSpace', named(ADDRESS_SPACES)),
    ]),
  ],
  microArchitectural: [
    MS_CHECK,
    'MS Check Error',
    object(Ia32X64MsCheck, [member('errorType', named(MS_ERRORS)), ...COMMON]),
  ],
};

/** The kind of check, by its GUID. */
const type: Part = {
  keys: ['type'],
  write({ kind, errorType }, json) {
    const [guid, name] = CHECKS[kind as string] ?? [errorType as string, 'Unknown'];
    json.type = { guid, name };
  },
  read({ type }, values) {
    const errorType = at('type', () => at('guid', () => guid.fromJson(jsonObject(type).guid ?? null)));
    const found = Object.entries(CHECKS).find(([, [guid]]) => guid === errorType);
    values.kind = found?.[0] ?? 'other';
    if (found === undefined) values.errorType = errorType;
  },
};

/** In a form by the kind, which `type` has read before. */
const checkInfo: Part = {
  keys: ['checkInfo'],
  write({ kind, checkInformation }, json) {
    const form = CHECKS[kind as string]?.[2];
    if (checkInformation !== undefined && form !== undefined) json.checkInfo = form.toJson(checkInformation)!;
  },
  read({ checkInfo: json }, values) {
    const form = CHECKS[values.kind as string]?.[2];
    if (json === undefined) return;
    if (form === undefined) throw new AcpiError('VALUE', 'is there for known types only', 'checkInfo');
    values.checkInformation = at('checkInfo', () => form.fromJson(json));
  },
};

// Members behind the check are the same in each kind.
const errorInformation = object(Ia32X64BusInformation, [
  type,
  checkInfo,
  member('targetId', long, 'targetAddressID'),
  member('requestorId', long, 'requestorID'),
  member('responderId', long, 'responderID'),
  member('instructionPointer', long),
]);

export const IA32X64_PROCESSOR_FORM: SectionForm = {
  name: 'Ia32x64Processor',
  minSize: 64,
  message: () => 'An IA32/x64 Processor Error occurred',
  form: object(Ia32X64ProcessorError, [
    counted('processorErrorInfoNum', 'errorInformation', 'processorErrorInfo'),
    counted('processorContextInfoNum', 'contextInformation', 'processorContextInfo'),
    member('localApicId', long, 'localAPICID'),
    member('cpuid', object(Ia32X64Cpuid, members(long, 'eax', 'ebx', 'ecx', 'edx')), 'cpuidInfo'),
    always('errorInformation', listOf(errorInformation), [], 'processorErrorInfo'),
    always('contextInformation', listOf(ia32X64Context), [], 'processorContextInfo'),
  ]),
  unpadded: (values) => ({
    ...values,
    contextInformation: (values.contextInformation as readonly unknown[]).map((each) =>
      ia32X64Context.unpadded(each),
    ),
  }),
};
