/** libcper's form of an Arm RAS error: Arm DEN0085 revision 1. */

import { AcpiError } from '../../errors.ts';
import { array, bytes, struct, u8, u32, u64 } from '../../struct.ts';
import {
  ARM_RAS_MPAM_PARTID,
  ArmRasAuxiliaryData,
  ArmRasContext,
  ArmRasError,
  ArmRasErrorRecord,
  ArmRasKeyValue,
  ArmRasRegister,
} from '../arm-ras.ts';
import {
  at,
  type Form,
  guid,
  hexNumber,
  jsonObject,
  listOf,
  long,
  number,
  printable,
  reread,
  text,
  type Values,
} from './forms.ts';
import { always, counted, inside, member, needed, object, type Part, when } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const hex64 = hexNumber(16);
const hex32 = hexNumber(8);
const hex8 = hexNumber(2);

/** `{ raw, value }`, where only what has a name has a value. */
function dict(names: readonly string[]): Form {
  return {
    toJson(raw) {
      const value = names[raw as number];
      return value === undefined ? { raw: raw as number } : { raw: raw as number, value };
    },
    fromJson(json) {
      const { raw } = jsonObject(json);
      if (raw === undefined) throw new AcpiError('VALUE', 'is missing', 'raw');
      return at('raw', () => number.fromJson(raw));
    },
  };
}

const COMPONENT_TYPES = [
  'ProcessorErrorNode',
  'MemoryErrorNode',
  'SMMUErrorNode',
  'VendorDefinedErrorNode',
  'GICErrorNode',
  'PciExpressErrorNode',
  'ProxyErrorNode',
];
const INSTANCE_FORMATS = ['PE', 'SystemPhysicalAddress', 'LocalAddressIdentifier', 'SocSpecificIpIdentifier'];
const TYPE_FORMATS = ['PE', 'SMMU_IIDR', 'GIC_IIDR', 'PIDR'];

/** Numbers in bytes, by their names in the order in which they stand there. */
function numbers(size: number, codec: typeof u8 | typeof u64, form: Form, names: readonly string[]): Form {
  const [zero, codecs] = [codec === u64 ? 0n : 0, names.map((name) => [name, codec] as const)];
  const used = names.length * codec.size;
  const layout = struct('Arm RAS identification', {
    ...Object.fromEntries(codecs),
    rest: bytes(size - used).reserved(),
  });
  const parts = names.map((name) => always(name, form, zero));
  return reread(() => bytes(size), layout as never, object(undefined, parts));
}

const PIDR = ['pidr3', 'pidr2', 'pidr1', 'pidr0', 'pidr7', 'pidr6', 'pidr5', 'pidr4'];
const INSTANCES: readonly Form[] = [
  numbers(16, u64, hex64, ['mpidrEl1']),
  numbers(16, u64, hex64, ['systemPhysicalAddress']),
  numbers(16, u64, hex64, ['localAddressIdentifier', 'baseAddress']),
];
const TYPES: readonly Form[] = [
  numbers(24, u64, hex64, ['midrEl1', 'revidrEl1', 'aidrEl1']),
  numbers(24, u32, hex32, ['iidr', 'aidr']),
  numbers(24, u8, hex8, PIDR),
];

/** Bytes in a form by the number that another member has. */
function byFormat(name: string, format: string, forms: readonly Form[], size: number): Part {
  return {
    keys: [name],
    write(values, json) {
      const form = forms[values[format] as number];
      json[name] = form?.toJson(values[name] ?? new Uint8Array(size)) ?? {};
    },
    read({ [name]: json }, values) {
      const form = forms[values[format] as number];
      if (json !== undefined && form !== undefined) values[name] = at(name, () => form.fromJson(json));
    },
  };
}

/** Two words of 64 bits as their bytes. */
function wordsAsBytes(form: Form): Form {
  const words = array(u64, 2);
  return {
    toJson: (value) => form.toJson(words.encode(value as never)),
    fromJson: (json) => words.decode(form.fromJson(json) as Uint8Array),
  };
}

/** What libcper says of an identifier that it does not show. */
const OPAQUE: Form = {
  toJson: () => ({ socSpecificIpIdentifier: '<OpaqueData>' }),
  fromJson: () => [0n, 0n],
};

function hasMore({ rasRevision }: Values): boolean {
  return Object.values(rasRevision as Values).some((part) => part !== 0);
}

const errorRecord = object(ArmRasErrorRecord, [
  needed('index', number, 'errorRecordIndex'),
  inside('rasRevision', undefined, [
    always('revision', number, 0, 'rasExtensionRevisionField'),
    always('architectureVersion', number, 0, 'rasExtensionArchVersion'),
  ]),
  member('fr', hex64, 'errorRecordFeatureRegister'),
  member('ctlr', hex64, 'errorRecordControlRegister'),
  member('status', hex64, 'errorRecordPrimaryStatusRegister'),
  member('address', hex64, 'errorRecordAddressRegister'),
  member('misc0', hex64, 'errorRecordMiscRegister0'),
  member('misc1', hex64, 'errorRecordMiscRegister1'),
  when(hasMore, member('misc2', hex64, 'errorRecordMiscRegister2')),
  when(hasMore, member('misc3', hex64, 'errorRecordMiscRegister3')),
]);

const SCOPES = ['SystemPhysicalAddressSpace', 'LocalAddressSpace'];
const scope: Form = {
  toJson: (value) => SCOPES[value ? 1 : 0]!,
  fromJson(json) {
    const index = SCOPES.indexOf(text.fromJson(json) as string);
    if (index < 0) throw new AcpiError('VALUE', `is none of ${SCOPES.join(', ')}`);
    return index === 1;
  },
};

const context = object(ArmRasContext, [
  always('flags', object(undefined, [always('local', scope, false, 'addressSpaceIdentifierScope')]), {}),
  when(
    ({ flags }) => (flags as Values).local === true,
    member('addressSpaceId', number, 'addressSpaceIdentifier'),
  ),
  needed('registers', listOf(object(ArmRasRegister, [needed('address', hex64), needed('value', hex64)]))),
]);

function isPartId({ key }: Values): boolean {
  return key === ARM_RAS_MPAM_PARTID;
}

const partId: Form = {
  toJson: (value) => Number((value as bigint) & 0xffffn),
  fromJson: (json) => long.fromJson(json),
};

const keyValue = object(ArmRasKeyValue, [
  needed('key', guid),
  when(isPartId, member('value', partId, 'mpamPartId')),
  when((values) => !isPartId(values), member('value', hex64)),
]);

const auxiliaryData = object(ArmRasAuxiliaryData, [
  always('version', number, 1),
  always('contexts', listOf(context), []),
  always('keyValues', listOf(keyValue), [], 'keyValuePairs'),
]);

export const ARM_RAS_FORM: SectionForm = {
  name: 'ArmRas',
  minSize: 80,
  message: () => 'ARM RAS error occured',
  form: object(ArmRasError, [
    always('revision', number, 1),
    needed('componentType', dict(COMPONENT_TYPES)),
    counted('errorSyndromeArrayNumEntries', 'errorRecords', 'errorSyndromes'),
    needed('ipInstanceFormat', dict(INSTANCE_FORMATS)),
    byFormat('ipInstance', 'ipInstanceFormat', [...INSTANCES.map(wordsAsBytes), OPAQUE], 16),
    needed('ipTypeFormat', dict(TYPE_FORMATS)),
    byFormat('ipType', 'ipTypeFormat', TYPES, 24),
    member('userData', printable(16)),
    needed('errorRecords', listOf(errorRecord), 'errorSyndromes'),
    member('auxiliaryData', auxiliaryData, 'auxData'),
  ]),
};
