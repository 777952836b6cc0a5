import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PanicWatch } from '../../../src/machine/panic-watch.ts';

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

  it('takes the reason from the last line if the first was lost', () => {
    const { panics, seen } = watch();
    panics.push(Buffer.from('[   12.5] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---\n'));
    assert.deepEqual(seen, ['panic: Attempted to kill init!', 'end: Attempted to kill init!']);
  });

  it('finds a panic behind a line that never seemed to end', () => {
    const { panics } = watch();
    for (let i = 0; i < 1000; i++) panics.push(Buffer.alloc(999, 'x'));
    panics.push(Buffer.from('\n[    1.0] Kernel panic - not syncing: late\n'));
    assert.equal(panics.reason, 'late');
  });

  it('knows lines with a level and a caller', () => {
    for (const head of ['<0>[    1.25] ', '[  101.250000][    T1] ', '[    0.000000][ C12] ']) {
      const { panics } = watch();
      panics.push(Buffer.from(`${head}Kernel panic - not syncing: caller\r\n`));
      assert.equal(panics.reason, 'caller', head);
    }
  });

  it('says nothing of what is no line of the kernel log', () => {
    const { panics, seen } = watch();
    const lines = [
      'Kernel panic - not syncing: typed',
      'nginx[77]: GET /Kernel panic - not syncing: hello',
      'nginx[77]: GET /---[ end Kernel panic - not syncing: hello ]---',
      'x [    1.0] Kernel panic - not syncing: behind something',
      '[    1.0] audit: Kernel panic - not syncing: inside something',
      '[    1.0] Kernel panic - not syncin',
      '[    1.0] ---[ end trace ]---',
    ];
    panics.push(Buffer.from(`${lines.join('\n')}\n`));
    assert.deepEqual(seen, []);
  });

  it('gives a reason without control characters', () => {
    const { panics } = watch();
    panics.push(Buffer.from('[    1.0] Kernel panic - not syncing: \x1b[1mbad\x07 thing\x1b[0m\r\n'));
    assert.equal(panics.reason, 'bad thing');
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
