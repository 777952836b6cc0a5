import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  colours,
  eventRows,
  formatRows,
  kernelRows,
  mergeRows,
  plain,
  victimRows,
} from '../../../src/scenario/report/timeline.ts';
import { printed, saidByAgent } from './console-lines.ts';

const event = (at: number, kind: string) => ({ at, event: { seq: at, time: at, kind } });

test('rows of both sides stand in the order of time; equal times keep theirs', () => {
  const events = eventRows([event(10, 'signal'), event(30, 'acknowledged')], () => 'words');
  const kernel = kernelRows([
    printed('[    1.000000] same time', 30),
    printed('[    0.900000] before', 20),
    printed('no kernel line', 25),
  ]);
  assert.deepEqual(
    mergeRows(events, kernel).map(({ actor, text }) => `${actor}|${text}`),
    ['host|signal: words', 'guest kernel|before', 'rasvm|acknowledged: words', 'guest kernel|same time'],
  );
});

test('a victim speaks by its signals and by the answers to its touches only', () => {
  const rows = victimRows(
    [
      'event e signal=7 code=5 addr=0x1000 lsb=12',
      '4 ok signal=7 code=4 addr=0x1000 lsb=12 handler=1 ns=2500000 ticks=1 va=0x1000',
      '5 ok signal=0 value=0x5203 ns=1 ticks=1 va=0x1000',
      '6 ok signal=7 handler=0 died=1',
      '7 ok first=0 count=1 va=0x1000 gpa=0x2000',
      '8 error touch: No such process',
      '9 ok signal=0 died=1',
      '10 ok silent=1',
    ].map((words) => saidByAgent(words)),
  );
  assert.deepEqual(
    rows.map(({ text }) => text),
    [
      'its SIGBUS handler ran: BUS_MCEERR_AO (5), si_addr 0x1000, si_addr_lsb 12',
      "its SIGBUS handler ran: BUS_MCEERR_AR (4), si_addr 0x1000, si_addr_lsb 12; 2.50 ms after the load by the guest's clock",
      'read 0x5203: no error',
      'was killed by signal 7',
      'died in the kernel',
      'did not come back from its touch',
    ],
  );
});

test('columns are aligned, times are since the loss', () => {
  const rows = [
    { at: 995, actor: 'rasvm' as const, text: 'a' },
    { at: 1000, actor: 'host' as const, text: 'b' },
    { at: 13345.67, actor: 'guest kernel' as const, text: 'c' },
  ];
  assert.deepEqual(formatRows(rows, 1000, plain), [
    '    -5.0 ms  rasvm         a',
    '    +0.0 ms  host          b',
    '+12345.7 ms  guest kernel  c',
  ]);
});

test('a text longer than the terminal is broken at spaces and goes on where it began', () => {
  const text = 'recorded: recoverable at physical address 0x40000000, mask 0xfffffffffffff000';
  const lines = formatRows([{ at: 0, actor: 'rasvm' as const, text }], 0, plain, 67);
  assert.deepEqual(lines, [
    '   +0.0 ms  rasvm         recorded: recoverable at physical address',
    '                          0x40000000, mask 0xfffffffffffff000',
  ]);
  assert.deepEqual(formatRows([{ at: 0, actor: 'rasvm' as const, text }], 0, plain, 40).length, 1);
});

test('colours change nothing but colour', () => {
  const rows = [{ at: 0, actor: 'victim' as const, text: 'x' }];
  const [coloured] = formatRows(rows, 0, colours);
  assert.notEqual(coloured, formatRows(rows, 0, plain)[0]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
  assert.equal(coloured!.replace(/\x1b\[[0-9;]*m/g, ''), formatRows(rows, 0, plain)[0]);
});

test('an escape sequence that a guest prints does not reach the terminal', () => {
  const rows = [{ at: 0, actor: 'guest kernel', text: 'evil \x1b]0;owned\x07\u202e' }] as const;
  const [line] = formatRows(rows, 0, plain);
  assert.match(line!, /evil \\x1b\]0;owned\\x07\\u\{202e\}$/);
});
