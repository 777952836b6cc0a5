import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { heard, LineSplitter } from '../../../src/scenario/guest/console.ts';
import { parseGuestLine } from '../../../src/scenario/guest/guest-line.ts';
import { agentLine, argument, contentBytes } from '../../../src/scenario/guest/protocol.ts';
import { addressList, touchResult } from '../../../src/scenario/guest/victim.ts';

/** The checksum is that of zlib. */
const READY = 'rasvm-guest: ready uname=6.12.107 cpus=2 page=4096 #fb4df016';

test('a line of the agent counts with its checksum, and only then', () => {
  assert.equal(agentLine(READY), 'rasvm-guest: ready uname=6.12.107 cpus=2 page=4096');
  assert.equal(agentLine(READY.replace('cpus=2', 'cpus=3')), undefined);
  assert.equal(agentLine(READY.slice(0, -1)), undefined);
  assert.equal(agentLine('rasvm-guest: ready uname=6.12.107 cpus=2 page=4096'), undefined);
  assert.equal(agentLine(''), undefined);
});

test('a kernel that prints on the same line does no harm before it, and makes it none within', () => {
  const line = 'rasvm-guest: ready uname=6.12.107 cpus=2 page=4096';
  assert.equal(agentLine(`[    1.0] half a line ${READY}`), line);
  assert.equal(agentLine(`rasvm-guest: cut off${READY}`), line);
  for (let at = 1; at < READY.length; at++)
    assert.equal(agentLine(`${READY.slice(0, at)}[    1.0] x${READY.slice(at)}`)?.length ?? 0, 0);
});

test('arguments and content hold any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const word = argument(bytes);
      assert.match(word, /^[!-~]*$/);
      assert.deepEqual([...contentBytes(word)], [...bytes]);
    }),
  );
  assert.equal(argument('a b%ü'), 'a%20b%25%C3%BC');
  assert.equal(contentBytes('a b%0a%zz%4').toString(), 'a b\n%zz%4');
});

test('content and trace events are lines of their own kinds', () => {
  assert.deepEqual(parseGuestLine('rasvm-guest: 7 data MemTotal:  12 kB%0A'), {
    kind: 'data',
    tag: '7',
    bytes: Buffer.from('MemTotal:  12 kB\n'),
  });
  assert.deepEqual(
    parseGuestLine('rasvm-guest: event trace  <idle>-0  [000] .... 1.5: memory_failure_event: x'),
    {
      kind: 'trace',
      text: ' <idle>-0  [000] .... 1.5: memory_failure_event: x',
    },
  );
});

test('a signal says the thread that it came to; a system call its errno', () => {
  const line = parseGuestLine('rasvm-guest: event v signal=7 code=5 addr=0x1000 lsb=12 thread=141');
  assert.ok(line?.kind === 'signal');
  assert.equal(line.report.thread, 141);
  const answer = parseGuestLine('rasvm-guest: 1 ok signal=0 value=0x0 error=133 ns=5 va=0x1000');
  assert.ok(answer?.kind === 'answer' && answer.ok);
  assert.deepEqual(touchResult(answer.fields), {
    outcome: 'value',
    value: 0n,
    error: 133,
    va: 0x1000,
    ns: 5,
  });
});

test('whatever a guest sends is a line or none, and nothing throws', () => {
  const word = fc.constantFrom(
    'rasvm-guest: ',
    'event',
    'ready',
    'ok',
    'error',
    'data',
    'trace',
    'died',
    ' ',
    '=',
    'signal=',
    'cpus=',
    'uname=x',
    '7',
    '0x',
    '#',
    '%',
  );
  const text = fc
    .array(fc.oneof(word, fc.string({ unit: 'binary-ascii', maxLength: 6 })))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (said) => void parseGuestLine(`rasvm-guest: ${said}`)),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line));
      for (const chunk of chunks) splitter.push(chunk);
      splitter.flush();
      for (const line of lines) heard(line, 0);
      const all = Buffer.concat(chunks).toString('latin1').replaceAll('\r', '');
      assert.equal(lines.join('\n'), all.endsWith('\n') ? all.slice(0, -1) : all);
    }),
  );
});

test('a line without an end is cut, and what is kept of it is bounded', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (let i = 0; i < 100; i++) splitter.push(Buffer.alloc(4096, 0x41));
  assert.ok(lines.length >= 5 && lines.every(({ length }) => length <= 70_000), String(lines.length));
});

test('addresses that follow one another are one word', () => {
  assert.deepEqual(addressList('0x41f21000'), [0x41f21000]);
  assert.deepEqual(addressList('0x1000+2,0x9000-1,0x5000'), [0x1000, 0x2000, 0x3000, 0x9000, 0x8000, 0x5000]);
  for (const text of ['', 'x', '0x1000+', '0x1000+1+1', '0x1000+99999', '0x1+4095,0x2'])
    assert.throws(() => addressList(text), { code: 'CONTROL' }, text);
});
