/**
 * Messages of rasvm.proto, to and from bytes: protobufjs' Writer and Reader, led by the tables of wire-fields.ts. protobufjs'
 * own reflection would compile five functions a message, and takes five times as long to load as its Writer and Reader.
 *
 * A field is what the api has in its place: an enumeration its word, a fixed64 a bigint, any other integer a number (a bigint
 * where a number is not exact, for the api's schemas to refuse), a message an object or what its {@link Form} makes of it.
 */

import protobuf from 'protobufjs/minimal.js';
import { RasvmError } from '../core/errors.ts';
import { ENUMS, MESSAGES } from './wire-fields.ts';

export type MessageName = keyof typeof MESSAGES;
type EnumName = keyof typeof ENUMS;
type Scalar = keyof typeof SCALARS;

/** Left out: not sent is the same as zero, or as UNSPECIFIED. */
export type Presence = 'optional' | 'repeated' | 'oneof';
export type FieldRow = readonly [
  id: number,
  name: string,
  type: Scalar | EnumName | MessageName,
  presence?: Presence,
];

/** What of a message has another form in the api than its fields have. */
export interface Form {
  toWire(value: never): object;
  fromWire(message: never): unknown;
}

/** How one message goes over the wire. */
export interface Codec<T> {
  encode(value: T): Buffer;
  /** Throws RasvmError USAGE for what is no such message. What it holds is for the api's schemas to check. */
  decode(bytes: Uint8Array): unknown;
}

type Plain = Record<string, unknown>;

interface Field {
  id: number;
  name: string;
  presence: Presence | undefined;
  wireType: number;
  /** Of a field that is not sent, where that is not the same as having none. */
  absent: unknown;
  write(writer: protobuf.Writer, value: never): void;
  /** @param before what the same field had in the message already */
  read(reader: protobuf.Reader, before: unknown): unknown;
  /** Of a message: what was read, in the api's form. */
  finish?(value: Plain): unknown;
}

interface Message {
  fields: readonly Field[];
  byId: ReadonlyMap<number, Field>;
  form: Form | undefined;
}

const VARINT = 0;
const BITS_64 = 1;
const LENGTH = 2;

const SCALARS = {
  uint32: scalar(
    VARINT,
    0,
    (w, value: number) => w.uint32(value),
    (r) => r.uint32(),
  ),
  uint64: scalar(
    VARINT,
    0,
    (w, value: number | bigint) => w.uint64(long(value)),
    (r) => unsigned(r.uint64()),
  ),
  sint64: scalar(
    VARINT,
    0,
    (w, value: number | bigint) => w.sint64(long(value)),
    (r) => signed(r.sint64()),
  ),
  fixed64: scalar(
    BITS_64,
    0n,
    (w, value: bigint) => w.fixed64(long(value)),
    (r) => word(r.fixed64()),
  ),
  bool: scalar(
    VARINT,
    false,
    (w, value: boolean) => w.bool(value),
    (r) => r.bool(),
  ),
  double: scalar(
    BITS_64,
    0,
    (w, value: number) => w.double(value),
    (r) => r.double(),
  ),
  string: scalar(
    LENGTH,
    '',
    (w, value: string) => w.string(value),
    (r) => r.string(),
  ),
  bytes: scalar(
    LENGTH,
    new Uint8Array(),
    (w, value: Uint8Array) => w.bytes(value),
    (r) => r.bytes(),
  ),
} as const;

function scalar<T>(
  wireType: number,
  absent: T,
  write: (writer: protobuf.Writer, value: never) => void,
  read: (reader: protobuf.Reader) => T | bigint,
) {
  return { wireType, absent, write, read };
}

/** @returns the codec of a message by its name in package rasvm.v1 */
export function codecs(forms: Partial<Record<MessageName, Form>>): <T>(name: MessageName) => Codec<T> {
  const messages = new Map<MessageName, Message>();
  const messageOf = (name: MessageName): Message => {
    let message = messages.get(name);
    if (message === undefined) {
      const fields = (MESSAGES[name] as readonly FieldRow[]).map((row) => fieldOf(row, messageOf));
      message = { fields, byId: new Map(fields.map((field) => [field.id, field])), form: forms[name] };
      messages.set(name, message);
    }
    return message;
  };
  return <T>(name: MessageName): Codec<T> => ({
    encode(value) {
      const writer = protobuf.Writer.create();
      write(writer, messageOf(name), value);
      return writer.finish() as Buffer;
    },
    decode(bytes) {
      const message = messageOf(name);
      return finish(message, readAll(bytes, message, name));
    },
  });
}

function readAll(bytes: Uint8Array, message: Message, name: MessageName): Plain {
  try {
    const reader = protobuf.Reader.create(bytes);
    return read(reader, message, reader.len, {});
  } catch (cause) {
    const why = (cause as Error).message;
    throw new RasvmError('USAGE', `not a rasvm.v1.${name} message: ${why}`, { cause });
  }
}

function fieldOf([id, name, type, presence]: FieldRow, messageOf: (name: MessageName) => Message): Field {
  const common = { id, name, presence };
  if (type in SCALARS) {
    const { absent, ...rest } = SCALARS[type as Scalar];
    return { ...common, ...rest, absent: absentOf(presence, absent) };
  }
  const absent = absentOf(presence, undefined);
  if (type in ENUMS) {
    const numbers = new Map<unknown, number>(Object.entries(ENUMS[type as EnumName]));
    const words = new Map<number, string>(Object.entries(ENUMS[type as EnumName]).map(([k, v]) => [v, k]));
    return {
      ...{ ...common, absent, wireType: VARINT },
      write: (writer, value: string) => writer.int32(numbers.get(value) ?? 0),
      read(reader) {
        const number = reader.int32();
        // UNSPECIFIED is as good as not sent; a number that is not known here is for the schema to refuse.
        return number === 0 ? undefined : (words.get(number) ?? number);
      },
    };
  }
  return {
    ...{ ...common, absent, wireType: LENGTH },
    write(writer, value) {
      write(writer.fork(), messageOf(type as MessageName), value);
      writer.ldelim();
    },
    read(reader, before) {
      const end = reader.uint32() + reader.pos;
      return read(reader, messageOf(type as MessageName), end, (before as Plain | undefined) ?? {});
    },
    finish: (value) => finish(messageOf(type as MessageName), value),
  };
}

function absentOf(presence: Presence | undefined, zero: unknown): unknown {
  if (presence === 'repeated') return [];
  return presence === undefined ? zero : undefined;
}

function write(writer: protobuf.Writer, { fields, form }: Message, value: unknown): void {
  const plain = (form === undefined ? value : form.toWire(value as never)) as Plain;
  for (const field of fields) {
    const given = plain[field.name];
    if (given === undefined) continue;
    for (const each of field.presence === 'repeated' ? (given as unknown[]) : [given]) {
      field.write(writer.uint32((field.id << 3) | field.wireType), each as never);
    }
  }
}

/** Into `plain`; a message that is sent in parts becomes one. */
function read(reader: protobuf.Reader, message: Message, end: number, plain: Plain): Plain {
  if (end > reader.len) throw new RangeError('it ends within a field');
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = message.byId.get(tag >>> 3);
    if (field === undefined || field.wireType !== (tag & 7)) {
      reader.skipType(tag & 7, 0, tag >>> 3);
      continue;
    }
    const { name, presence } = field;
    if (presence === 'oneof')
      for (const other of message.fields)
        if (other.presence === 'oneof' && other !== field) delete plain[other.name];
    const before = plain[name];
    if (presence !== 'repeated') plain[name] = field.read(reader, before);
    else plain[name] = [...((before as unknown[] | undefined) ?? []), field.read(reader, undefined)];
  }
  if (reader.pos !== end) throw new RangeError('it ends within a field');
  return plain;
}

/** What was read in the api's form, with what was not sent. */
function finish({ fields, form }: Message, plain: Plain): unknown {
  const whole: Plain = {};
  for (const { name, absent, presence, finish: inForm } of fields) {
    const value = plain[name] ?? absent;
    if (value === undefined) continue;
    if (inForm === undefined) whole[name] = value;
    else whole[name] = presence === 'repeated' ? (value as Plain[]).map(inForm) : inForm(value as Plain);
  }
  return form === undefined ? whole : form.fromWire(whole as never);
}

/** 64 bits as protobufjs takes and gives them. */
type Long = Pick<protobuf.Long, 'low' | 'high' | 'unsigned'>;

function long(value: number | bigint): number | protobuf.Long {
  if (typeof value === 'number') return value;
  const half = (bits: bigint) => Number(BigInt.asIntN(32, bits));
  return { low: half(value), high: half(value >> 32n), unsigned: true } satisfies Long as protobuf.Long;
}

function word(value: number | Long): bigint {
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

function unsigned(value: number | Long): number | bigint {
  if (typeof value === 'number') return value;
  const number = (value.high >>> 0) * 2 ** 32 + (value.low >>> 0);
  return Number.isSafeInteger(number) ? number : word(value);
}

function signed(value: number | Long): number | bigint {
  if (typeof value === 'number') return value;
  const number = (value.high | 0) * 2 ** 32 + (value.low >>> 0);
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, word(value));
}
