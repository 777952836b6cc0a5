import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from '../../../src/core/crc32.ts';
import { heard, LineSplitter, parseKernelLine } from '../../../src/scenario/guest/console.ts';
import { Fields, parseGuestLine } from '../../../src/scenario/guest/guest-line.ts';
import {
  codeValueOf,
  patternOf,
  touchOf as touchOfAnswer,
  touchResult,
} from '../../../src/scenario/guest/victim.ts';

function split(...chunks: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((text) => lines.push(text));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk, 'latin1'));
  splitter.flush();
  return lines;
}

test('lines come whole, however the bytes were cut', () => {
  const text = 'one\r\ntwo\r\n\r\nfour';
  const whole = split(text);
  assert.deepEqual(whole, ['one', 'two', '', 'four']);
  assert.deepEqual(split(...text), whole);
});

test('bytes that are not text are kept one character each', () => {
  assert.deepEqual(split('\xff', '\xc3\n'), ['\xff\xc3']);
});

test('a kernel line is known with and without its caller, and by nothing else', () => {
  assert.deepEqual(parseKernelLine('[    2.038853] Memory failure: 0x5b585: x'), {
    seconds: 2.038853,
    text: 'Memory failure: 0x5b585: x',
  });
  assert.equal(parseKernelLine('[   12.000001][   T77] a b')?.text, 'a b');
  assert.equal(parseKernelLine('[    1.000000]   indented')?.text, '  indented');
  assert.equal(parseKernelLine('rasvm-guest: 1 ok'), undefined);
  assert.equal(parseKernelLine('[x] y'), undefined);
});

test("the guest's first line says its kernel and CPUs", () => {
  assert.deepEqual(parseGuestLine('rasvm-guest: ready uname=6.12.107+deb13-cloud-arm64 cpus=2'), {
    kind: 'ready',
    release: '6.12.107+deb13-cloud-arm64',
    cpus: 2,
    pageSize: 4096,
  });
  assert.equal(parseGuestLine('rasvm-guest: ready'), undefined);
});

test('an answer carries its tag and its fields', () => {
  const line = parseGuestLine(
    'rasvm-guest: 3 ok first=0 count=2 va=0xffff98f67000 gpa=0x42096000,0x42097000',
  );
  assert.ok(line?.kind === 'answer' && line.ok);
  assert.equal(line.tag, '3');
  assert.equal(line.fields.number('va'), 0xffff98f67000);
  assert.deepEqual(line.fields.numbers('gpa'), [0x42096000, 0x42097000]);
});

test("a line of the agent's port is the agent's by its checksum, also behind what a kernel left without a line end", () => {
  const words = '12 ok online=4';
  const checksum = crc32(Buffer.from(words)).toString(16).padStart(8, '0');
  const line = heard(`[    1.0] half a line rasvm-guest: ${words} #${checksum}`, 5);
  assert.ok(line?.from === 'agent' && line.said?.kind === 'answer' && line.said.ok);
  assert.equal(line.said.fields.number('online'), 4);
  assert.deepEqual([line.at, line.text], [5, `rasvm-guest: ${words}`]);
  assert.equal(heard(`rasvm-guest: ${words}`, 5), undefined);
  assert.equal(heard(`rasvm-guest: ${words} #00000000`, 5), undefined);
  assert.equal(parseGuestLine(`[    1.0] half a line rasvm-guest: ${words}`), undefined);
});

test('a failure keeps its words', () => {
  assert.deepEqual(parseGuestLine('rasvm-guest: 12 error pin: Invalid argument'), {
    kind: 'answer',
    tag: '12',
    ok: false,
    message: 'pin: Invalid argument',
  });
});

test('events of victims and of the power button', () => {
  assert.deepEqual(parseGuestLine('rasvm-guest: event b signal=7 code=5 addr=0xffffaaf97000 lsb=12'), {
    kind: 'signal',
    victim: 'b',
    report: { signal: 7, code: 5, address: 0xffffaaf97000, lsb: 12 },
  });
  assert.deepEqual(parseGuestLine('rasvm-guest: event b died signal=9'), {
    kind: 'died',
    victim: 'b',
    signal: 9,
  });
  assert.deepEqual(parseGuestLine('rasvm-guest: event power-button'), { kind: 'power-button' });
});

test('what is cut or not of the guest is no line of it', () => {
  for (const text of [
    '',
    'rasvm-guest: ',
    'rasvm-guest: 3',
    'rasvm-guest: event b',
    '[    1.0] ok first=0',
  ]) {
    assert.equal(parseGuestLine(text), undefined, text);
  }
});

test('a field that is missing or no number is an error that names it', () => {
  const fields = new Fields(['a=1', 'b=x', 'c=', '=d']);
  assert.equal(fields.number('a'), 1);
  assert.throws(() => fields.number('b'), /b/);
  assert.throws(() => fields.number('c'), /c/);
  assert.throws(() => fields.text('d'), /'d'/);
  assert.deepEqual(fields.numbers('c'), []);
  assert.throws(() => fields.word('b'), /b=x, which is no number/);
  assert.throws(() => new Fields(['a=-1']).word('a'), { code: 'CONTROL' });
});

test('an answer that looks like that to a touch, and is none, is none', () => {
  const answer = (words: string) => touchOfAnswer(new Fields(words.split(' ')));
  assert.equal(answer('va=0x1 ns=abc signal=0 value=0x0'), undefined);
  assert.equal(answer('va=0x1 ns=1 signal=0 value=abc'), undefined);
  assert.equal(answer('va=0x1 ns=1'), undefined);
  assert.equal(answer('died=1 signal=x'), undefined);
  assert.equal(answer('va=0x1 ns=1 signal=0 value=0x2')?.outcome, 'value');
});

const touchOf = (words: string, prefix?: string) => touchResult(new Fields(words.split(' ')), prefix);

test('a touch ends with a value, a signal or a death, or not at all', () => {
  assert.deepEqual(touchOf('signal=0 value=0x5203 ns=45280 ticks=2790 va=0xffff98f66000'), {
    outcome: 'value',
    value: 0x5203n,
    va: 0xffff98f66000,
    ns: 45280,
  });
  assert.deepEqual(
    touchOf('signal=7 code=4 addr=0xffffaaf9a000 lsb=12 handler=1 ns=218688 ticks=1 va=0xffffaaf9a000'),
    {
      outcome: 'signal',
      report: { signal: 7, code: 4, address: 0xffffaaf9a000, lsb: 12 },
      va: 0xffffaaf9a000,
      ns: 218688,
    },
  );
  assert.deepEqual(touchOf('signal=7 handler=0 died=1'), { outcome: 'died', signal: 7 });
  assert.deepEqual(touchOf('signal=0 died=1'), { outcome: 'died', signal: 0 });
  assert.deepEqual(touchOf('silent=1'), { outcome: 'silent' });
});

test('each racer has fields of its own', () => {
  const words = 'a.signal=0 a.value=0x1 a.ns=1 a.ticks=1 a.va=0x1000 b.signal=7 b.handler=0 b.died=1';
  assert.equal(touchOf(words, 'a.').outcome, 'value');
  assert.deepEqual(touchOf(words, 'b.'), { outcome: 'died', signal: 7 });
});

test('pattern and code value are those of native/guest/pages.c', () => {
  const page = { victim: 'a', index: 2, va: 0, gpa: 0, kind: 'anon' } as const;
  assert.equal(patternOf(page, 8), 0x5241530000200008n);
  assert.equal(codeValueOf({ ...page, index: 3 }), 0x5203n);
});
