/** The wire of rasvm.proto, held against protobufjs' own reflection of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { readProto } from '../../../src/control/make-wire-fields.ts';
import { METHOD_CALLS, STREAM_EVENTS } from '../../../src/control/messages.ts';
import { codecs, type FieldRow, type MessageName } from '../../../src/control/wire.ts';
import { ENUMS, MESSAGES } from '../../../src/control/wire-fields.ts';

const { root } = protobuf.parse(readProto());
const plainCodec = codecs({});
const NAMES = Object.keys(MESSAGES) as MessageName[];
const isEnum = (type: string): type is keyof typeof ENUMS => type in ENUMS;

/** Messages in messages that are made. */
const DEPTH = 3;

const SCALARS: Record<string, fc.Arbitrary<unknown>> = {
  uint32: fc.nat(2 ** 32 - 1),
  uint64: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  sint64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  fixed64: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  bool: fc.boolean(),
  double: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'grapheme' }),
  bytes: fc.uint8Array(),
};

/** A message as protobufjs' fromObject takes it. */
function message(name: MessageName, depth = 0): fc.Arbitrary<object> {
  const rows = (MESSAGES[name] as readonly FieldRow[]).filter(
    ([, , type]) => depth < DEPTH || !(type in MESSAGES),
  );
  const fields = rows.map(([, field, type, presence]) => {
    const one = SCALARS[type] ?? (isEnum(type) ? fc.constantFrom(...Object.values(ENUMS[type])) : undefined);
    const value = one ?? message(type as MessageName, depth + 1);
    return [field, presence === 'repeated' ? fc.array(value, { maxLength: 3 }) : value] as const;
  });
  const whole = fc.record(Object.fromEntries(fields), { requiredKeys: [] });
  const only = rows.filter(([, , , presence]) => presence === 'oneof').map(([, field]) => field);
  return whole.map((given) => {
    const first = only.find((field) => field in given);
    return Object.fromEntries(
      Object.entries(given).filter(([field]) => !only.includes(field) || field === first),
    );
  });
}

const seen = (type: protobuf.Type, bytes: Uint8Array) =>
  type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: String, defaults: true });

test('every message of the proto file says the same here as to protobufjs', () => {
  const messages = fc.constantFrom(...NAMES).chain((name) => message(name).map((value) => ({ name, value })));
  fc.assert(
    fc.property(messages, ({ name, value }) => {
      const type = root.lookupType(`rasvm.v1.${name}`);
      const { encode, decode } = plainCodec<unknown>(name);
      const bytes = type.encode(type.fromObject(value)).finish();
      assert.deepEqual(seen(type, encode(decode(bytes))), seen(type, bytes));
    }),
    { numRuns: 1000 },
  );
});

test('parts of a message are put together, the last of a oneof counts, the unknown is passed over', () => {
  const { decode } = METHOD_CALLS.inject.request;
  const gpa = [0x0a, 2, 0x08, 5];
  const via = [0x0a, 4, 0x18, 2, 0x20, 1];
  const record = [0x12, 3, 0x0a, 1, 7];
  const unknown = [0x7a, 2, 1, 2, 0x09, ...Array(8).fill(0)];

  assert.deepEqual(decode(Uint8Array.from([...gpa, ...unknown, ...via])), {
    ...{ kind: 'memory', gpa: 5, via: 'uffd', tell: 'early' },
  });
  assert.deepEqual(decode(Uint8Array.from([...gpa, ...record])), { kind: 'record', block: Uint8Array.of(7) });
});

test('whatever the bytes, they are a message or refused as USAGE', () => {
  const codecsOfRequests = [...Object.values(METHOD_CALLS), STREAM_EVENTS].map(({ request }) => request);
  const length = fc
    .nat(4)
    .chain((at) => fc.tuple(fc.constantFrom(...codecsOfRequests), fc.uint8Array(), fc.constant(at)));
  fc.assert(
    fc.property(length, ([{ decode }, noise, at]) => {
      const bytes = METHOD_CALLS.inject.request.encode({
        kind: 'memory',
        gpa: 4096,
        via: 'uffd',
        tell: 'late',
      });
      for (const each of [
        noise,
        Uint8Array.of(...bytes.subarray(0, at), ...noise),
        bytes.subarray(0, -1 - at),
      ]) {
        try {
          decode(each);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'USAGE', String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});
