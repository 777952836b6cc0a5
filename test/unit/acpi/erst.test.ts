import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Erst,
  ErstAction,
  ErstBlock,
  ErstEntry,
  ErstInstruction,
  erstActions,
  erstCommandActions,
  erstRegisters,
  memoryRegister,
} from '@rasvm/acpi';
import { hex } from './hex.ts';
import { assertIaslAgrees, hasIasl } from './iasl.ts';
import { memoryAt, run } from './interpreter.ts';
import { assertLayout } from './layout.ts';

const BASE = 0x5ff8_0000;
const DOORBELL = 0x0909_0010;
const execute = memoryRegister(DOORBELL, 32);

test('ERST structures have the sizes and offsets of ACPI 6.5, 18.5', () => {
  assertLayout(Erst, 48, { headerSize: 36, reserved: 40, entryCount: 44 });
  assertLayout(ErstEntry, 32, { action: 0, instruction: 1, flags: 2, register: 4, value: 16, mask: 24 });
  assert.deepEqual(
    Object.values(ErstAction),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16],
    'number 12 is reserved',
  );
  assert.deepEqual(
    Object.values(ErstInstruction),
    Array.from({ length: 19 }, (_, i) => i),
  );
});

test("the entries of an OSPM that stores records: every action does what Linux's driver wants of it", () => {
  const { entries } = Erst.decode(Erst.encode({ entries: erstActions({ ...erstRegisters(BASE), execute }) }));
  const block = ErstBlock.encode({
    nextRecordId: 0x1_0000_0002n,
    rangeAddress: 0x5ff9_0000n,
    rangeLength: 0x2000n,
    rangeAttributes: { slow: true },
    recordCount: 3,
    status: 5,
    timings: { nominal: 1, maximum: 2 },
  });
  const rung: bigint[] = [];
  const memory = memoryAt(BigInt(BASE), block, (address, value) => {
    if (address === BigInt(DOORBELL)) rung.push(value);
  });
  const act = (action: number, given?: bigint) => run(entries, action, memory, given);
  for (const action of [0, 1, 2, 11, 3]) {
    act(action);
    assert.equal(ErstBlock.decode(block).operation, action);
  }
  act(ErstAction.SetRecordOffset, 0x40n);
  act(ErstAction.SetRecordIdentifier, 0xfeed_0000_0001n);
  act(ErstAction.ExecuteOperation);
  assert.deepEqual(rung, [1n]);
  const { recordId, recordOffset } = ErstBlock.decode(block);
  assert.deepEqual([recordId, recordOffset], [0xfeed_0000_0001n, 0x40]);
  assert.equal(act(ErstAction.CheckBusyStatus), 0n);
  block[ErstBlock.field('busy').offset] = 0xff;
  assert.equal(act(ErstAction.CheckBusyStatus), 1n);
  assert.equal(act(ErstAction.GetCommandStatus), 5n);
  assert.equal(act(ErstAction.GetRecordIdentifier), 0x1_0000_0002n);
  assert.equal(act(ErstAction.GetRecordCount), 3n);
  assert.equal(act(ErstAction.GetErrorLogAddressRange), 0x5ff9_0000n);
  assert.equal(act(ErstAction.GetErrorLogAddressRangeLength), 0x2000n);
  assert.equal(act(ErstAction.GetErrorLogAddressRangeAttributes), 4n);
  assert.equal(act(ErstAction.GetExecuteOperationTimings), (2n << 32n) | 1n);
});

/** What QEMU's device documentation and source say of its entries: action, instruction, width, offset, value. */
const QEMU: readonly (readonly [number, number, 32 | 64, 0 | 8, number])[] = [
  ...[0, 1, 2, 3].map((action) => [action, 3, 32, 0, action] as const),
  [4, 2, 32, 8, 0],
  [4, 3, 32, 0, 4],
  [5, 3, 32, 8, 0x9c],
  [5, 3, 32, 0, 5],
  [6, 3, 32, 0, 6],
  [6, 1, 32, 8, 1],
  [7, 3, 32, 0, 7],
  [7, 0, 32, 8, 0],
  [8, 3, 32, 0, 8],
  [8, 0, 64, 8, 0],
  [9, 2, 64, 8, 0],
  [9, 3, 32, 0, 9],
  [10, 3, 32, 0, 10],
  [10, 0, 32, 8, 0],
  [11, 3, 32, 0, 11],
  [13, 3, 32, 0, 13],
  [13, 0, 64, 8, 0],
  [14, 3, 32, 0, 14],
  [14, 0, 64, 8, 0],
  [15, 3, 32, 0, 15],
  [15, 0, 32, 8, 0],
  [16, 3, 32, 0, 16],
  [16, 0, 64, 8, 0],
];

test("the entries of QEMU's acpi-erst device, to the byte", () => {
  const bar = 0xfebd_5000;
  const expected = Buffer.alloc(48 + 32 * QEMU.length);
  QEMU.forEach(([action, instruction, width, offset, value], i) => {
    const entry = expected.subarray(48 + 32 * i);
    entry.set([action, instruction, 0, 0, 0, width, 0, width === 32 ? 3 : 4]);
    entry.writeBigUInt64LE(BigInt(bar + offset), 8);
    entry.writeBigUInt64LE(BigInt(value), 16);
    entry.writeBigUInt64LE((1n << BigInt(width)) - 1n, 24);
  });
  const erst = Erst.encode({ entries: erstCommandActions({ action: bar, value: bar + 8 }) });
  assert.equal(hex(erst.subarray(36, 48)), '30000000' + '00000000' + '1b000000');
  assert.equal(hex(erst.subarray(48)), hex(expected.subarray(48)));
});

test('iasl agrees', { skip: hasIasl ? false : 'iasl is not installed' }, () => {
  assertIaslAgrees('erst', Erst.encode({ entries: erstActions({ ...erstRegisters(BASE), execute }) }));
  assertIaslAgrees('qemu', Erst.encode({ entries: erstCommandActions({ action: 0x1000, value: 0x1008 }) }));
});
