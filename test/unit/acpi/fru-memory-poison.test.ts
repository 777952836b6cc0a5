import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRU_MEMORY_POISON, FruMemoryPoison, FruMemoryPoisonList } from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const zeros = (bytes: number) => '00'.repeat(bytes);

test('the FRU memory poison section has the places of UEFI, N.2.15', () => {
  assert.equal(FRU_MEMORY_POISON.sectionType, '5e4706c1-5356-48c6-930b-52f2120a4458');
  assert.deepEqual(
    FruMemoryPoisonList.fields.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['checksum', 0, 4],
      ['validationBits', 4, 8],
      ['architectureType', 12, 4],
      ['architecture', 16, 8],
      ['idType', 24, 4],
      ['id', 28, 8],
      ['entryCount', 36, 4],
      ['entries', 40, 0],
      ['trailing', 40, 0],
    ],
  );
  assert.deepEqual(
    FruMemoryPoison.fields.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['timestamp', 0, 8],
      ['hardwareIdType', 8, 4],
      ['hardwareId', 12, 8],
      ['addressType', 20, 4],
      ['address', 24, 8],
    ],
  );
});

test('its checksum is a number of 32 bits', () => {
  const value = {
    architectureType: 0,
    architecture: 0x00a20f12n,
    idType: 0,
    id: 0xffn,
    entries: [{ timestamp: 1n, hardwareId: 2n, address: 0xfffen }],
  };
  const body = `3f00000000000000 00000000 120fa20000000000 00000000 ff00000000000000 01000000
    0100000000000000 00000000 0200000000000000 00000000 feff000000000000`;
  let total = 0;
  for (const byte of unhex(body)) total += byte;
  assert.ok(total > 0xff);
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, 2 ** 32 - total, true);
  const data = hex(checksum) + hex(unhex(body));
  assert.equal(hex(FruMemoryPoisonList.encode(value)), data);
  assert.deepEqual(FruMemoryPoisonList.decode(unhex(data)), {
    ...value,
    entries: [{ timestamp: 1n, hardwareIdType: 0, hardwareId: 2n, addressType: 0, address: 0xfffen }],
  });
  const wrong = `01${data.slice(2)}`;
  assert.throws(() => FruMemoryPoisonList.decode(unhex(wrong)), { code: 'CHECKSUM', field: 'checksum' });
  const kept = FruMemoryPoisonList.decode(unhex(wrong), { checksum: 'keep' });
  assert.equal(hex(FruMemoryPoisonList.encode(kept)), wrong);
  assert.equal(hex(FruMemoryPoisonList.encode({})), zeros(40));
});
