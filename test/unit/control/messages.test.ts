import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../../src/api/check.ts';
import { InjectRequest } from '../../../src/api/inject.ts';
import { METHODS } from '../../../src/api/methods.ts';
import { readProto, tablesOf } from '../../../src/control/make-wire-fields.ts';
import { METHOD_CALLS, STREAM_EVENTS } from '../../../src/control/messages.ts';
import * as wireFields from '../../../src/control/wire-fields.ts';
import type { RasEvent } from '../../../src/events/event.ts';

const usage = (message: RegExp) => ({ code: 'USAGE', message });

/** As the machine gets it. */
const injection = (bytes: Iterable<number>) =>
  check(InjectRequest, METHOD_CALLS.inject.request.decode(Uint8Array.from(bytes)));

test('wire-fields.ts is what make-wire-fields.ts makes of rasvm.proto', () => {
  assert.deepEqual({ ...wireFields }, tablesOf(readProto()));
});

test('the calls of the proto file are the methods of the api, and the stream of events', () => {
  assert.deepEqual(Object.keys(METHOD_CALLS), Object.keys(METHODS));
  const calls = [...Object.values(METHOD_CALLS), STREAM_EVENTS].map(({ name }) => name);
  assert.deepEqual(calls, Object.keys(wireFields.CALLS));
});

test('every inject request comes out of its bytes as it went in, the zero GPA and the last page included', () => {
  const requests: InjectRequest[] = [
    { kind: 'memory', gpa: 0, via: 'uffd', tell: 'late' },
    { kind: 'memory', gpa: 2 ** 52 - 4096, size: 4096, via: 'record', tell: 'early', severity: 'fatal' },
    { kind: 'memory', gpa: 0x4000_0000, size: 2 ** 30, via: 'hwpoison', tell: 'early' },
  ];
  for (const request of requests) {
    assert.deepEqual(injection(METHOD_CALLS.inject.request.encode(request)), request);
  }
  const block = Uint8Array.of(0x12, 0, 0xff);
  const record = injection(METHOD_CALLS.inject.request.encode({ kind: 'record', block }));
  assert.equal(record.kind, 'record');
  assert.deepEqual(record.kind === 'record' && Uint8Array.from(record.block), block);
});

test('an event keeps its 64-bit words, its order and the kinds of its fields', () => {
  const event = {
    seq: 7,
    time: 2 ** 51 + 1,
    id: 3,
    kind: 'recorded',
    physicalAddress: 2 ** 51,
    physicalAddressMask: 0xffff_ffff_ffff_f000n,
    severity: 'recoverable',
    negative: -5,
    ratio: 0.5,
    by: false,
    nested: [1, { a: 'b' }],
    absent: undefined,
  } as unknown as RasEvent;

  const seen = STREAM_EVENTS.response.decode(STREAM_EVENTS.response.encode(event)) as object;

  assert.deepEqual(seen, {
    seq: 7,
    time: 2 ** 51 + 1,
    id: 3,
    kind: 'recorded',
    physicalAddress: 2 ** 51,
    physicalAddressMask: '0xfffffffffffff000',
    severity: 'recoverable',
    negative: -5,
    ratio: 0.5,
    by: false,
    nested: [1, { a: 'b' }],
  });
  assert.deepEqual(Object.keys(seen).slice(4, 6), ['physicalAddress', 'physicalAddressMask']);
});

test('a request that lacks a field, or has a value unknown here, is refused with what is valid', () => {
  const decode = (...bytes: number[]) => injection(bytes);

  assert.throws(() => decode(), usage(/^error is missing.*memory, record/));
  assert.throws(() => decode(0x12, 0), usage(/^block is missing/));
  assert.throws(() => decode(0x0a, 0), usage(/^gpa is missing/));
  assert.throws(() => decode(0x0a, 2, 0x08, 0), usage(/^via is missing: valid are record, uffd/));
  assert.throws(
    () => decode(0x0a, 4, 0x08, 0, 0x18, 77),
    usage(/^via 77 is not known here: valid are .*hwpoison/),
  );
  assert.throws(
    () => check(METHODS.stop.request, METHOD_CALLS.stop.request.decode(new Uint8Array())),
    usage(/^mode is missing: valid are powerdown, kill/),
  );
});

test('a 64-bit value that a number cannot hold is refused, not rounded', () => {
  // memory.gpa = 2^53 + 1 as a varint.
  const gpa = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
  const bytes = Uint8Array.from([0x0a, gpa.length + 5, 0x08, ...gpa, 0x18, 1, 0x20, 1]);

  assert.throws(() => injection(bytes), usage(/^gpa 0x20000000000001 is too large/));
});

test('bytes that are no message at all are refused', () => {
  for (const bytes of [[0xff], [0x0a, 50, 1], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]]) {
    assert.throws(() => injection(bytes), usage(/^not a rasvm\.v1\.InjectRequest message/));
  }
});
