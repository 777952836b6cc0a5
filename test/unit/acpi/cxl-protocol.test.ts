import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CXL_PROTOCOL,
  CxlAgentType,
  CxlDvsec,
  CxlProtocolError,
  CxlRasCapability,
  type Encodable,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const zeros = (bytes: number) => '00'.repeat(bytes);

test('the CXL protocol error section has the places of UEFI, N.2.13', () => {
  assert.equal(CXL_PROTOCOL.sectionType, '80b9efb4-52b5-4de3-a777-68784b771048');
  assert.deepEqual(
    CxlProtocolError.fields.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['validationBits', 0, 8],
      ['agentType', 8, 1],
      ['reserved', 9, 7],
      ['agentAddress', 16, 8],
      ['rcrbBaseAddress', 16, 8],
      ['deviceId', 24, 16],
      ['serialNumber', 40, 8],
      ['capability', 48, 60],
      ['dvsecLength', 108, 2],
      ['errorLogLength', 110, 2],
      ['reserved2', 112, 4],
      ['dvsec', 116, 0],
      ['errorLog', 116, 0],
      ['trailing', 116, 0],
    ],
  );
  // As Linux has it: struct cxl_ras_capability_regs.
  assert.equal(CxlRasCapability.size, 88);
  assert.equal(CxlRasCapability.field('headerLog').offset, 24);
  assert.equal(CxlDvsec.size, 10);
});

const Example: Encodable<typeof CxlProtocolError> = {
  agentType: CxlAgentType.Device,
  agentAddress: { segment: 0x1234, bus: 0x56, device: 7, function: 1 },
  deviceId: {
    vendorId: 0x8086,
    deviceId: 0x0d93,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
    classCode: 0x0502,
    slot: { number: 3 },
  },
  serialNumber: 0x0102030405060708n,
  dvsec: {
    capability: { id: 0x23, version: 1 },
    header: { vendorId: 0x1e98, length: 0x3c },
    data: unhex('aabb'),
  },
  errorLog: {
    uncorrectableStatus: { memDataEcc: true },
    control: { firstErrorPointer: 7 },
    headerLog: [0xa5, ...new Array<number>(15).fill(0)],
  },
};

const EXAMPLE = `
  6f00000000000000 02 ${zeros(7)} 01 07 56 3412 000000
  8680 930d f41a 0011 0205 1800 00000000 0807060504030201
  ${zeros(60)} 0c00 5800 00000000
  23000100 981ec003 0000 aabb
  80000000 00000000 00000000 00000000 00000000 07000000 a5000000 ${zeros(60)}`.replaceAll(/\s/g, '');

test('a CXL protocol error is the bytes that the specification says', () => {
  assert.equal(hex(CxlProtocolError.encode(Example)), EXAMPLE);
  const value = CxlProtocolError.decode(unhex(EXAMPLE));
  assert.equal(hex(CxlProtocolError.encode(value)), EXAMPLE);
  assert.equal(value.errorLog?.uncorrectableStatus?.memDataEcc, true);
  assert.deepEqual(value.agentAddress, { segment: 0x1234, bus: 0x56, device: 7, function: 1 });
  assert.equal('rcrbBaseAddress' in value, false);
});

test("a restricted host's downstream port is found by its registers", () => {
  const value = { agentType: CxlAgentType.RestrictedHostDownstreamPort, rcrbBaseAddress: 0xfed0_0000_1234n };
  const data = `0300000000000000 01 ${zeros(7)} 3412 0000 d0fe 0000 ${zeros(92)}`.replaceAll(' ', '');
  assert.equal(hex(CxlProtocolError.encode(value)), data);
  assert.deepEqual(CxlProtocolError.decode(unhex(data)), value);
  assert.throws(() => CxlProtocolError.encode({ ...value, agentType: CxlAgentType.RootPort }), {
    code: 'VALUE',
    field: 'rcrbBaseAddress',
  });
});

test('each member of a CXL protocol error has its validation bit', () => {
  const whole = { ...Example, capability: { nextCapability: 0x40 } };
  const members = [
    'agentType',
    'agentAddress',
    'deviceId',
    'serialNumber',
    'capability',
    'dvsec',
    'errorLog',
  ];
  members.forEach((name, bit) => {
    const data = CxlProtocolError.encode({ [name]: whole[name as keyof typeof whole] });
    assert.equal(data[0], 1 << bit, name);
    data[0] = 0;
    assert.deepEqual(Object.keys(CxlProtocolError.decode(data).unvalidated ?? {}), [name]);
    assert.equal(hex(CxlProtocolError.encode(CxlProtocolError.decode(data))), hex(data));
  });
});

test('error logs and DVSECs of other lengths are read as far as they go', () => {
  for (const length of [0, 1, 4, 9, 10, 23, 24, 87, 88, 91]) {
    const log = Uint8Array.from({ length }, (_, i) => i + 1);
    assert.equal(hex(CxlRasCapability.encode(CxlRasCapability.decode(log))), hex(log));
    assert.equal(hex(CxlDvsec.encode(CxlDvsec.decode(log))), hex(log));
  }
  assert.throws(() => CxlProtocolError.decode(unhex(EXAMPLE).subarray(0, 215)), {
    code: 'TRUNCATED',
    field: 'errorLog',
  });
});
