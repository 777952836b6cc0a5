import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RasvmError } from '../../../src/core/errors.ts';
import {
  encodeExec,
  encodeFrame,
  type Frame,
  FrameReader,
  FrameType,
  MAX_PAYLOAD,
} from '../../../src/lab/frames.ts';

test('a frame is length, session, type and stream in little-endian, then the payload', () => {
  const frame = encodeFrame(FrameType.Data, 0x1234, 2, Buffer.from('abc'));

  assert.deepEqual([...frame], [3, 0, 0, 0, 0x34, 0x12, 3, 2, 0x61, 0x62, 0x63]);
});

test('frames come out as they went in, however the stream is cut', () => {
  const frame = fc.record(
    {
      type: fc.constantFrom(...Object.values(FrameType)),
      session: fc.nat(0xffff),
      stream: fc.nat(2),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 50 })), (frames, cuts) => {
      const stream = Buffer.concat(frames.map((f) => encodeFrame(f.type, f.session, f.stream, f.payload)));
      const reader = new FrameReader();
      const got: Frame[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        got.push(...reader.push(stream.subarray(at, at + cut)));
        at += cut;
      }

      assert.deepEqual(got, frames);
    }),
  );
});

test('a length that no frame has is an error, not an allocation', () => {
  const header = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0, 0, 3, 1]);

  assert.throws(() => [...new FrameReader().push(header)], isError('LAB'));
});

test('a payload above the limit cannot be encoded', () => {
  assert.throws(() => encodeFrame(FrameType.Data, 1, 0, new Uint8Array(MAX_PAYLOAD + 1)), RangeError);
});

test('exec carries terminal, directory, arguments and environment', () => {
  const payload = encodeExec(['ls', '-l'], '/share', { A: 'b c' }, { rows: 24, columns: 80 });

  assert.deepEqual([...payload.subarray(0, 8)], [1, 0, 24, 0, 80, 0, 2, 0]);
  assert.equal(payload.subarray(8).toString(), '/share\0ls\0-l\0A=b c\0');
});

test('exec without a terminal says so', () => {
  assert.equal(encodeExec(['ls'], '/', {}).readUInt16LE(0), 0);
});

test('a command that is none, holds a NUL or is too long is refused', () => {
  assert.throws(() => encodeExec([], '/', {}), isError('USAGE'));
  assert.throws(() => encodeExec(['a\0b'], '/', {}), isError('USAGE'));
  assert.throws(() => encodeExec(['a'.repeat(MAX_PAYLOAD)], '/', {}), isError('USAGE'));
});

function isError(code: string) {
  return (error: unknown) => error instanceof RasvmError && error.code === code;
}
