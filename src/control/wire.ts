/**
 * Messages of rasvm.proto, to and from bytes: protobufjs' Writer and Reader, led by the tables of
 * wire-fields.ts. protobufjs' own reflection would compile five functions a message, and takes five times as
 * long to load as its Writer and Reader.
 *
 * A field is what the api has in its place: an enumeration its word, a fixed64 a bigint, any other integer a
 * number (a bigint where a number is not exact, for the api's schemas to refuse), a message an object or what
 * its {@link Form} makes of it.
 */

import protobuf from 'protobufjs/minimal.js';
import { RasvmError } from '../core/errors.ts';
import { type Long, long, signed, unsigned, word } from './long.ts';
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

/** By its name Writer and Reader have each, too. `absent`: its value when it is not sent. */
const SCALARS = {
  uint32: { wireType: VARINT, absent: 0 },
  uint64: { wireType: VARINT, absent: 0, exact: unsigned },
  sint64: { wireType: VARINT, absent: 0, exact: signed },
  fixed64: { wireType: BITS_64, absent: 0n, exact: word },
  bool: { wireType: VARINT, absent: false },
  double: { wireType: BITS_64, absent: 0 },
  string: { wireType: LENGTH, absent: '' },
  bytes: { wireType: LENGTH, absent: new Uint8Array() },
} as const satisfies Record<string, ScalarType>;

interface ScalarType {
  wireType: number;
  absent: unknown;
  /** Of 64 bits, what they are in the api. */
  exact?(value: number | Long): number | bigint;
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
  if (isScalar(type)) {
    const { wireType, absent, exact }: ScalarType = SCALARS[type];
    return {
      ...{ ...common, wireType, absent: absentOf(presence, absent) },
      write: (writer, value: unknown) =>
        writer[type]((typeof value === 'bigint' ? long(value) : value) as never),
      read(reader) {
        const value = reader[type]();
        return exact === undefined ? value : exact(value as number | Long);
      },
    };
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
    else if (before === undefined) plain[name] = [field.read(reader, undefined)];
    else (before as unknown[]).push(field.read(reader, undefined));
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

function isScalar(type: FieldRow[2]): type is Scalar {
  return type in SCALARS;
}
