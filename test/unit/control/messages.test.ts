import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectRequest } from '../../../src/api/machine.ts';
import { DESCRIPTOR } from '../../../src/control/descriptor.ts';
import { descriptorOf, readProto } from '../../../src/control/make-descriptor.ts';
import * as messages from '../../../src/control/messages.ts';
import { CALL_PATH } from '../../../src/control/paths.ts';
import type { RasEvent } from '../../../src/events/events.ts';

const usage = (message: RegExp) => ({ code: 'USAGE', message });

test('descriptor.ts is what make-descriptor.ts makes of rasvm.proto', () => {
  assert.deepEqual(DESCRIPTOR, JSON.parse(JSON.stringify(descriptorOf(readProto()))));
});

test('the calls of the proto file are those that client and server know', () => {
  const { methods } = DESCRIPTOR.nested.rasvm.nested.v1.nested.Machine;
  assert.deepEqual(
    Object.keys(methods).map((name) => `/rasvm.v1.Machine/${name}`),
    Object.values(CALL_PATH),
  );
});

test('every inject request comes out of its bytes as it went in, the zero GPA and the last page included', () => {
  const requests: InjectRequest[] = [
    { kind: 'memory', gpa: 0, via: 'uffd', tell: 'late' },
    { kind: 'memory', gpa: 2 ** 52 - 4096, size: 4096, via: 'record', tell: 'early', severity: 'fatal' },
    { kind: 'memory', gpa: 0x4000_0000, size: 2 ** 30, via: 'hwpoison', tell: 'early' },
  ];
  for (const request of requests) {
    assert.deepEqual(messages.injectRequest.decode(messages.injectRequest.encode(request)), request);
  }
  const block = Uint8Array.of(0x12, 0, 0xff);
  const record = messages.injectRequest.decode(messages.injectRequest.encode({ kind: 'record', block }));
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

  const seen = messages.event.decode(messages.event.encode(event));

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
  const decode = (...bytes: number[]) => messages.injectRequest.decode(Uint8Array.from(bytes));

  assert.throws(() => decode(), usage(/^error is missing.*memory, record/));
  assert.throws(() => decode(0x12, 0), usage(/^block is missing/));
  assert.throws(() => decode(0x0a, 0), usage(/^gpa is missing/));
  assert.throws(() => decode(0x0a, 2, 0x08, 0), usage(/^via is missing; valid are INJECT_MEANS_RECORD/));
  assert.throws(
    () => decode(0x0a, 4, 0x08, 0, 0x18, 77),
    usage(/^via 77 is not known here; valid are .*HWPOISON/),
  );
  assert.throws(() => messages.stopRequest.decode(new Uint8Array()), usage(/^mode is missing/));
});

test('a 64-bit value that a number cannot hold is refused, not rounded', () => {
  // memory.gpa = 2^53 + 1 as a varint.
  const gpa = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
  const bytes = Uint8Array.from([0x0a, gpa.length + 5, 0x08, ...gpa, 0x18, 1, 0x20, 1]);

  assert.throws(() => messages.injectRequest.decode(bytes), usage(/^gpa 0x20000000000001 is too large/));
});

test('bytes that are no message at all are refused', () => {
  for (const bytes of [[0xff], [0x0a, 50, 1], [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]]) {
    assert.throws(
      () => messages.injectRequest.decode(Uint8Array.from(bytes)),
      usage(/^not a rasvm\.v1\.InjectRequest message/),
    );
  }
});
