import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PanicWatch } from '../../../src/devices/panic-watch.ts';

const LOG = [
  '[    1.100000] VFS: Cannot open root device\r\n',
  '[    1.200000] Kernel panic - not syncing: GHES: Fatal hardware error\r\n',
  '[    1.300000] CPU: 0 PID: 1 Comm: swapper/0\r\n',
  '[    1.400000] ---[ end Kernel panic - not syncing: GHES: Fatal hardware error ]---\r\n',
].join('');

function watch() {
  const seen: string[] = [];
  const panics = new PanicWatch({
    onPanic: (reason) => seen.push(`panic: ${reason}`),
    onEnd: (reason) => seen.push(`end: ${reason}`),
  });
  return { panics, seen };
}

const SEEN = ['panic: GHES: Fatal hardware error', 'end: GHES: Fatal hardware error'];

describe('panic watch', () => {
  it('finds the reason and the end, cut at any place', () => {
    const bytes = Buffer.from(LOG);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { panics, seen } = watch();
      panics.push(bytes.subarray(0, cut));
      panics.push(bytes.subarray(cut));
      assert.deepEqual(seen, SEEN, `cut at ${cut}`);
    }
  });

  it('finds them byte by byte', () => {
    const { panics, seen } = watch();
    for (const byte of Buffer.from(LOG)) panics.push(Uint8Array.of(byte));
    assert.deepEqual(seen, SEEN);
  });

  it('takes the reason from the end marker if the beginning was lost', () => {
    const { panics, seen } = watch();
    panics.push(Buffer.from('---[ end Kernel panic - not syncing: Attempted to kill init! ]---\n'));
    assert.deepEqual(seen, ['panic: Attempted to kill init!', 'end: Attempted to kill init!']);
  });

  it('finds a panic behind a line that never ended', () => {
    const { panics } = watch();
    for (let i = 0; i < 1000; i++) panics.push(Buffer.alloc(999, 'x'));
    panics.push(Buffer.from('Kernel panic - not syncing: late\n'));
    assert.equal(panics.reason, 'late');
  });

  it('says nothing without a panic', () => {
    const { panics, seen } = watch();
    panics.push(
      Buffer.from('Kernel panic - not syncin\nKernel panic\nnot syncing: x\n---[ end trace ]---\n'),
    );
    assert.deepEqual(seen, []);
  });

  it('gives a reason without control characters', () => {
    const { panics } = watch();
    panics.push(Buffer.from('\x1b[31mKernel panic - not syncing: \x1b[1mbad\x07 thing\x1b[0m\r\n'));
    assert.equal(panics.reason, 'bad thing');
  });

  it('sees the next panic after a reset', () => {
    const { panics, seen } = watch();
    panics.push(Buffer.from(LOG));
    panics.reset();
    panics.push(Buffer.from(LOG));
    assert.deepEqual(seen, [...SEEN, ...SEEN]);
  });

  it('lives through any bytes around and inside a panic', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const { panics } = watch();
        for (const chunk of chunks) panics.push(chunk);
        panics.push(Buffer.from(`\n${LOG}`));
        assert.equal(panics.reason, 'GHES: Fatal hardware error');
      }),
    );
  });
});
