import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Einj,
  EinjAction,
  EinjBlock,
  EinjEntry,
  EinjErrorTypes,
  EinjInstruction,
  EinjTrigger,
  EinjV2Component,
  EinjV2ErrorTypes,
  EinjV2Extension,
  EinjVendorExtension,
  ExecuteTimings,
  einjActions,
  einjRegisters,
  memoryRegister,
  PcieSbdf,
  SetErrorTypeWithAddress,
  SetErrorTypeWithAddressV2,
  struct,
} from '@rasvm/acpi';
import { hex } from './hex.ts';
import { assertIaslAgrees, hasIasl } from './iasl.ts';
import { memoryAt, run } from './interpreter.ts';
import { assertLayout } from './layout.ts';

const BASE = 0x5ff8_0000;
const DOORBELL = 0x0909_0000;
const execute = memoryRegister(DOORBELL, 32);

test('EINJ structures have the sizes and offsets of ACPI 6.5, 18.6', () => {
  assertLayout(Einj, 48, { headerSize: 36, flags: 40, entryCount: 44, entries: 48 });
  assertLayout(EinjEntry, 32, { action: 0, instruction: 1, flags: 2, register: 4, value: 16, mask: 24 });
  const target = {
    errorType: 0,
    vendorExtensionOffset: 4,
    flags: 8,
    processor: 12,
    memoryAddress: 16,
    pcie: 32,
  };
  assertLayout(SetErrorTypeWithAddress, 36, { ...target, memoryRange: 24 });
  assertLayout(SetErrorTypeWithAddressV2, 36, target);
  assertLayout(EinjV2Extension, 8, { revision: 4, componentCount: 6 });
  assertLayout(EinjV2Component, 32, { id: 0, syndrome: 16 });
  assertLayout(EinjVendorExtension, 16, { pcie: 4, vendorId: 8, deviceId: 10, revisionId: 12 });
  assertLayout(EinjTrigger, 16, { headerSize: 0, revision: 4, tableSize: 8, entryCount: 12 });
  assertLayout(ExecuteTimings, 8, { nominal: 0, maximum: 4 });
});

test('actions and instructions have their numbers', () => {
  const entry = EinjEntry.encode({
    action: EinjAction.TriggerError,
    instruction: EinjInstruction.FlushCacheline,
    flags: { preserveRegister: true },
    register: memoryRegister(0x1234, 16),
    value: 1n,
    mask: 2n,
  });
  assert.equal(
    hex(entry),
    'ff050100' + '00100002' + '3412000000000000' + '0100000000000000' + '0200000000000000',
  );
});

const word = (codec: typeof EinjErrorTypes | typeof EinjV2ErrorTypes | typeof PcieSbdf, value: object) =>
  new DataView(struct('word', { value: codec as never }).encode({ value } as never).buffer).getUint32(
    0,
    true,
  );

test('error types have their bits', () => {
  const bits = {
    memoryUncorrectable: true,
    memoryFatal: true,
    cxlMemFatal: true,
    einjV2: true,
    vendorDefined: true,
  };
  assert.equal(word(EinjErrorTypes, bits), 0xc002_0030);
  assert.equal(word(EinjV2ErrorTypes, { memory: true, vendorDefined: true }), 0x8000_0002);
  assert.equal(word(PcieSbdf, { segment: 0x12, bus: 0x34, device: 0x1f, function: 7 }), 0x1234_ff00);
});

test("the entries of an OSPM that injects: every action does what Linux's driver wants of it", () => {
  const { entries } = Einj.decode(
    Einj.encode({
      entries: einjActions({ ...einjRegisters(BASE, { v2: true }), execute, executeValue: 7n }),
    }),
  );
  const trigger = BASE + 0x1000;
  const block = EinjBlock.encode({
    triggerTable: BigInt(trigger),
    timings: { nominal: 10, maximum: 1000 },
    errorTypes: { memoryUncorrectable: true, einjV2: true },
    v2ErrorTypes: { memory: true },
    status: 2,
  });
  const rung: bigint[] = [];
  const memory = memoryAt(BigInt(BASE), block, (address, value) => {
    if (address === BigInt(DOORBELL)) rung.push(value);
  });
  const act = (action: number, given?: bigint) => run(entries, action, memory, given);
  act(EinjAction.BeginInjectionOperation);
  assert.equal(act(EinjAction.GetErrorType), 0x4000_0010n);
  assert.equal(act(EinjAction.EinjV2GetErrorType), 2n);
  // Linux puts what it wants where the action writes, and does not run it.
  const parameters = entries.find(({ action }) => action === EinjAction.SetErrorTypeWithAddress)!;
  assert.equal(parameters.instruction, EinjInstruction.WriteRegister);
  const wanted = {
    errorType: { memoryUncorrectable: true },
    flags: { memoryValid: true },
    memoryAddress: 0x4000_0000n,
  };
  SetErrorTypeWithAddress.encodeInto(block, Number(parameters.register.address) - BASE, wanted);
  act(EinjAction.ExecuteOperation);
  assert.deepEqual(rung, [7n]);
  assert.equal(EinjBlock.decode(block).parameters.memoryAddress, 0x4000_0000n);
  assert.equal(act(EinjAction.CheckBusyStatus), 0n);
  block[EinjBlock.field('busy').offset] = 1;
  assert.equal(act(EinjAction.CheckBusyStatus), 1n);
  assert.equal(act(EinjAction.GetCommandStatus), 2n);
  assert.equal(act(EinjAction.GetTriggerErrorActionTable), BigInt(trigger));
  assert.equal(act(EinjAction.GetExecuteOperationTimings), (1000n << 32n) | 10n);
  act(EinjAction.SetErrorType, 8n);
  assert.equal(EinjBlock.decode(block).parameters.errorType.memoryCorrectable, true);
  act(EinjAction.EndOperation);
});

test('registers are whole, aligned and do not overlap, as Linux asks for each of them', () => {
  const entries = einjActions({ ...einjRegisters(BASE, { v2: true }), execute });
  const registers = entries.flatMap(({ register }) => (register?.address ? [register] : []));
  const ranges = new Map(registers.map(({ address, bitWidth }) => [Number(address), bitWidth! / 8]));
  let end = 0;
  for (const [start, size] of [...ranges].sort(([a], [b]) => a - b)) {
    assert.equal(start % size, 0);
    assert.ok(start >= end);
    end = start + size;
  }
});

test('a trigger table without entries, which says that nothing is to be done', () => {
  assert.equal(hex(EinjTrigger.encode({})), '10000000' + '01000000' + '10000000' + '00000000');
  const one = EinjTrigger.encode({
    entries: [{ action: EinjAction.TriggerError, instruction: EinjInstruction.ReadRegister }],
  });
  assert.equal(one.length, 48);
  assert.equal(hex(one.subarray(8, 16)), '30000000' + '01000000');
});

test('what EINJv2 asks for: components behind the structure, in room for more', () => {
  const asked = SetErrorTypeWithAddressV2.encode({
    errorType: { processor: true },
    flags: { einjV2Valid: true },
    extension: { componentCount: 1, components: [{ id: 5, syndrome: 9 }, { id: 0 }] },
  });
  assert.equal(asked.length, 36 + 8 + 2 * 32);
  assert.equal(hex(asked.subarray(0, 4)), '01000000');
  assert.equal(hex(asked.subarray(8, 12)), '08000000');
  assert.equal(hex(asked.subarray(36, 48)), '48000000' + '0100' + '0100' + '05000000');
  const { extension } = SetErrorTypeWithAddressV2.decode(asked);
  assert.equal(extension.componentCount, 1, 'told, as there is room for two');
  assert.deepEqual(
    extension.components.map(({ id, syndrome }) => [id, syndrome]),
    [
      [5, 9],
      [0, 0],
    ],
  );
});

test("a vendor extension has the vendor's data", () => {
  const extension = EinjVendorExtension.encode({
    vendorId: 0x13b5,
    deviceId: 1,
    data: Uint8Array.from([1, 2, 3]),
  });
  assert.equal(hex(extension), '13000000' + '00000000' + 'b513' + '0100' + '00000000' + '010203');
});

test('iasl agrees', { skip: hasIasl ? false : 'iasl is not installed' }, () => {
  assertIaslAgrees('einj', Einj.encode({ entries: einjActions({ ...einjRegisters(BASE), execute }) }));
});
