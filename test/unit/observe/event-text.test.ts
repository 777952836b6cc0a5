import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventMessage } from '../../../src/api/events.ts';
import { STREAM_EVENTS } from '../../../src/control/messages.ts';
import { EVENT_FIELDS, type RasEvent } from '../../../src/events/event.ts';
import { eventJson, eventLine } from '../../../src/observe/event-text.ts';

const codec = STREAM_EVENTS.response;

/** Each with the line that it must make. */
const STORY: [RasEvent, string][] = [
  [
    { seq: 1, time: 67_000, kind: 'machine.started', vcpus: 4, memory: 2 ** 32, boot: 'acpi' },
    '   +0.000067 s       machine.started  4 vCPUs, 4G, boot by ACPI',
  ],
  [
    {
      seq: 2,
      time: 12_345_678_000,
      kind: 'signal',
      code: 'BUS_MCEERR_AR',
      hva: 0xffff_9000_0000,
      size: 4096,
      vcpu: 1,
    },
    '  +12.345678 s       signal          BUS_MCEERR_AR at HVA 0xffff90000000, 4K (vCPU 1)',
  ],
  [
    {
      seq: 3,
      time: 12_345_700_000,
      kind: 'recorded',
      id: 3,
      source: 0,
      block: 0x7ffd_1000,
      physicalAddress: 0x4200_0000,
      physicalAddressMask: 0xffff_ffff_ffff_f000n,
      severity: 'recoverable',
      fruText: 'DIMM 0',
    },
    "  +12.345700 s  #3   recorded        recoverable at physical address 0x42000000, mask 0xfffffffffffff000, in the block of source 0 at GPA 0x7ffd1000, FRU 'DIMM 0'",
  ],
  [
    { seq: 4, time: 12_345_900_000, kind: 'acknowledged', id: 3, source: 0, after: 152_300 },
    '  +12.345900 s  #3   acknowledged    read_ack of source 0 after 152.3 µs',
  ],
];

test('an event is a line with its time, its error, its kind and what happened', () => {
  for (const [event, line] of STORY) {
    assert.equal(eventLine(event), line);
  }
});

test('an event reads the same before and after the wire, as text and as JSON', () => {
  for (const [event] of STORY) {
    const seen = codec.decode(codec.encode(event)) as EventMessage;
    assert.equal(eventLine(seen), eventLine(event));
    assert.deepEqual(JSON.parse(eventJson(seen)), JSON.parse(eventJson(event)));
  }
});

test('each of them is as its schema says', () => {
  for (const [{ seq: _seq, time: _time, kind, ...fields }] of STORY)
    assert.deepEqual(EVENT_FIELDS[kind].parse(fields), fields);
});

test('JSON has 64-bit words as 0x-hex and addresses as numbers', () => {
  const json = JSON.parse(eventJson(STORY[2]![0]));
  assert.equal(json.physicalAddressMask, '0xfffffffffffff000');
  assert.equal(json.physicalAddress, 0x4200_0000);
});

test('a field that is left out leaves no trace in the line', () => {
  const line = eventLine({
    seq: 1,
    time: 0,
    kind: 'signal',
    code: 'BUS_MCEERR_AO',
    hva: 4096,
    size: 2 ** 21,
  });
  assert.match(line, /BUS_MCEERR_AO at HVA 0x1000, 2M$/);
  assert.doesNotMatch(line, /undefined/);
});

test('a kind that this version does not know is shown field by field', () => {
  const line = eventLine({
    seq: 1,
    time: 0,
    id: 12,
    kind: 'quantum',
    esr: '0xbe000011',
    level: 3,
    list: [1, 'a'],
  });
  assert.match(line, /#12 +quantum +esr=0xbe000011 level=3 list=\[1,"a"\]$/);
});

test('what a terminal would obey is shown, whoever says it', () => {
  const unknown = { seq: 1, time: 0, kind: 'new-kind', text: '\x1b[2J\u009b\u202e' };
  assert.match(eventLine(unknown as never), /new-kind {2,}text=\\x1b\[2J\\x9b\\u\{202e\}$/);
  const panicked = { seq: 1, time: 0, kind: 'machine.panicked', reason: 'a\x07b' };
  assert.match(eventLine(panicked as never), /a\\x07b$/);
});
