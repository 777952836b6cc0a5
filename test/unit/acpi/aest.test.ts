import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AcpiError,
  Aest,
  AestCacheResource,
  AestInterface4K,
  AestInterface16K,
  AestInterface64K,
  AestInterfaceType,
  AestInterfaceV1,
  AestInterrupt,
  AestInterruptType,
  AestInterruptV1,
  AestNode,
  AestTlbResource,
  AestV2,
  AnyTable,
  decodeTable,
  type Encodable,
  tableCodec,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';
import { hex } from './hex.ts';
import { assertLayout } from './layout.ts';

/** Bytes of the parts that DEN0085 gives: what every node begins with, an interface and an interrupt. */
const NODE = 44;
const INTERFACE = { v1: 48, v2: 80 };
const INTERRUPT = 12;

test('AEST structures have the sizes and offsets of Arm DEN0085', () => {
  const records = { address: 8, recordIndex: 16, recordCount: 20, implemented: 24 };
  assertLayout(AestInterfaceV1, 48, { ...records, statusReporting: 32, addressingMode: 40 });
  assertLayout(AestInterface4K, 80, {
    ...records,
    addressingMode: 40,
    errorNodeDevice: 48,
    processorAffinity: 52,
  });
  assertLayout(AestInterface4K, 80, { errorGroupBase: 56, faultInjectionBase: 64, interruptConfigBase: 72 });
  assertLayout(AestInterface16K, 152, { ...records, statusReporting: 56, errorNodeDevice: 120 });
  assertLayout(AestInterface64K, 392, { ...records, statusReporting: 136, errorNodeDevice: 360 });
  assertLayout(AestInterruptV1, 12, { flags: 3, gsiv: 4, itsGroup: 8 });
  assertLayout(AestInterrupt, 12, { flags: 3, gsiv: 4 });
  assertLayout(AestCacheResource, 20, { flags: 2, revision: 3, affinity: 4, cacheReference: 12 });
  assertLayout(AestTlbResource, 20, { flags: 2, revision: 3, affinity: 4, tlbLevel: 12 });
  const common = {
    specificOffset: 4,
    interfaceOffset: 8,
    interruptOffset: 12,
    interruptCount: 16,
    timestampRate: 20,
  };
  assertLayout(AestNode.variants.memory, NODE + 4, {
    ...common,
    errorInjectionRate: 36,
    proximityDomain: NODE,
  });
  assertLayout(AestNode.variants.processor, NODE + 4, { processorId: NODE });
  assertLayout(AestNode.variants.vendor, NODE + 28, { hid: NODE, uid: NODE + 8, data: NODE + 12 });
});

const systemRegister = { kind: 'group4K', type: AestInterfaceType.SystemRegister } as const;
const interrupts = [
  { type: AestInterruptType.FaultHandling, flags: { level: true }, gsiv: 17 },
  { type: AestInterruptType.ErrorRecovery, gsiv: 18 },
];

type Nodes = Extract<Encodable<typeof Aest>, { kind: 'revision2' }>['nodes'];

/** One of each type and resource, with the bytes of the part that is its own. */
const NODES: readonly (readonly [number, Nodes[number]])[] = [
  [
    24,
    {
      kind: 'processor',
      resource: { kind: 'cache', cacheReference: 0x54 },
      interface: systemRegister,
      interrupts,
    },
  ],
  [24, { kind: 'processor', resource: { kind: 'tlb', tlbLevel: 2 }, interface: systemRegister }],
  [
    20,
    {
      kind: 'processor',
      processorId: 3,
      resource: {
        kind: 'generic',
        flags: { shared: true },
        affinity: 0x8000_0000n,
        data: Uint8Array.of(1, 2, 3, 4),
      },
      interface: systemRegister,
    },
  ],
  [
    4,
    { kind: 'memory', proximityDomain: 1, interface: { ...systemRegister, type: 1, address: 0x2a00_0000n } },
  ],
  [8, { kind: 'smmu', iortReference: 0x30, interface: systemRegister, interrupts }],
  [28, { kind: 'vendor', hid: 'ARMHC000', uid: 2, interface: systemRegister }],
  [8, { kind: 'gic', interfaceType: 3, instanceId: 1, interface: systemRegister }],
  [4, { kind: 'pcie', iortReference: 0x60, interface: systemRegister }],
  [8, { kind: 'proxy', nodeAddress: 0x1234n, interface: systemRegister }],
];

test('a table of revision 2 has every type of node, each with its parts where its offsets say', () => {
  const aest = Buffer.from(Aest.encode({ kind: 'revision2', nodes: NODES.map(([, node]) => node) }));
  assert.equal(aest[8], 2);
  let at = 36;
  NODES.forEach(([own, node], type) => {
    const count = node.kind === 'unknown' ? 0 : (node.interrupts?.length ?? 0);
    const access = NODE + own;
    const offsets = [NODE, access, count === 0 ? 0 : access + INTERFACE.v2, count];
    assert.equal(aest[at], [0, 0, 0, 1, 2, 3, 4, 5, 6][type]);
    assert.equal(aest.readUInt16LE(at + 1), access + INTERFACE.v2 + count * INTERRUPT);
    assert.deepEqual(
      [4, 8, 12, 16].map((field) => aest.readUInt32LE(at + field)),
      offsets,
    );
    at += aest.readUInt16LE(at + 1);
  });
  assert.equal(at, aest.length);
  assert.equal(hex(aest.subarray(36 + NODE, 36 + NODE + 24)), `${'0'.repeat(32)}54${'0'.repeat(14)}`);
  const decoded = Aest.decode(aest);
  assert.ok(decoded.kind === 'revision2');
  assert.deepEqual(
    decoded.nodes.map(({ kind }) => kind),
    NODES.map(([, { kind }]) => kind),
  );
  const [first, , third] = decoded.nodes;
  assert.ok(first?.kind === 'processor' && first.resource.kind === 'cache' && third?.kind === 'processor');
  assert.equal(first.resource.cacheReference, 0x54);
  assert.deepEqual(
    first.interrupts.map(({ gsiv, flags }) => [gsiv, flags.level]),
    [
      [17, true],
      [18, false],
    ],
  );
  assert.ok(third.resource.kind === 'generic');
  assert.deepEqual(third.resource.data, Uint8Array.of(1, 2, 3, 4));
});

test('a table of revision 1 has interfaces of 48 bytes, interrupts with an ITS group, and vendors by EISA id', () => {
  const vendor = { kind: 'vendor', hid: 0x0a0c_d041, uid: 5, interface: systemRegister } as const;
  const aest = Buffer.from(
    Aest.encode({
      kind: 'revision1',
      nodes: [
        vendor,
        {
          kind: 'memory',
          proximityDomain: 0,
          interface: systemRegister,
          interrupts: [{ type: 1, gsiv: 0, itsGroup: 7 }],
        },
      ],
    }),
  );
  assert.equal(aest[8], 1);
  assert.equal(aest.readUInt16LE(37), NODE + 24 + INTERFACE.v1);
  assert.equal(aest.length, 36 + NODE + 24 + INTERFACE.v1 + (NODE + 4 + INTERFACE.v1 + INTERRUPT));
  assert.equal(hex(aest.subarray(-INTERRUPT)), '01000000' + '00000000' + '07000000');
  assert.equal(hex(aest.subarray(36 + NODE, 36 + NODE + 8)), '41d00c0a' + '05000000');
});

test('the same bytes mean other nodes in another revision', () => {
  const nodes = [{ kind: 'memory', proximityDomain: 1, interface: systemRegister }] as const;
  const one = Aest.encode({ kind: 'revision1', nodes });
  const two = Aest.encode({ kind: 'revision2', nodes });
  assert.equal(two.length - one.length, INTERFACE.v2 - INTERFACE.v1);
  for (const table of [one, two]) {
    const value = decodeTable(table);
    assert.equal(value.signature, 'AEST');
    assert.equal(hex(tableCodec('AEST').encode(value as never)), hex(table));
  }
});

test('groups of 16 and 64 KiB have 256 and 896 records', () => {
  const bitmap = (words: number) => Array.from({ length: words }, (_, i) => BigInt(i + 1));
  const nodes = [
    {
      kind: 'smmu',
      iortReference: 1,
      interface: { kind: 'group16K', type: 1, implemented: bitmap(4), flags: { interruptConfigValid: true } },
    },
    {
      kind: 'smmu',
      iortReference: 2,
      interface: { kind: 'group64K', type: 1, addressingMode: bitmap(14) },
      interrupts,
    },
  ] as const;
  const aest = Buffer.from(Aest.encode({ kind: 'revision2', nodes }));
  assert.equal(aest.length, 36 + (NODE + 8 + 152) + (NODE + 8 + 392 + 2 * INTERRUPT));
  const access = 36 + NODE + 8;
  assert.deepEqual(
    [aest[access + 1], aest.readUInt32LE(access + 4), aest[access + 24 + 3 * 8]],
    [1, 0x40, 4],
  );
  const decoded = Aest.decode(aest);
  assert.ok(decoded.kind === 'revision2');
  assert.deepEqual(
    decoded.nodes.map((node) => node.kind === 'smmu' && node.interface.kind),
    ['group16K', 'group64K'],
  );
});

test('parts in another order, with room between them, keep their places', () => {
  const [, memory] = NODES[3]!;
  const table = Buffer.from(Aest.encode({ kind: 'revision2', nodes: [{ ...memory, interrupts } as never] }));
  const node = table.subarray(36);
  const access = node.subarray(NODE + 4, NODE + 4 + INTERFACE.v2);
  const other = Buffer.alloc(node.length + 4);
  node.copy(other, 0, 0, NODE + 4);
  node.copy(other, NODE + 8, NODE + 4 + INTERFACE.v2);
  access.copy(other, NODE + 8 + 2 * INTERRUPT);
  other.writeUInt16LE(other.length, 1);
  other.writeUInt32LE(NODE + 8 + 2 * INTERRUPT, 8);
  other.writeUInt32LE(NODE + 8, 12);
  const value = AestNode.decode(other);
  assert.ok(value.kind === 'memory');
  assert.equal(value.interrupts.length, 2);
  assert.ok(value.interface.kind === 'group4K');
  assert.equal(value.interface.address, 0x2a00_0000n);
  assert.equal(hex(AestNode.encode(value)), hex(other));
});

test('what is not known is kept: a revision, a type of node, a resource, a group format', () => {
  const later = AnyTable.encode({ signature: 'AEST', revision: 3, body: Uint8Array.of(1, 2, 3) });
  assert.deepEqual(Aest.decode(later), { kind: 'unknown', data: later });
  const unknown = { kind: 'unknown', data: Uint8Array.of(9, 6, 0, 0, 1, 2) } as const;
  assert.deepEqual(Aest.decode(Aest.encode({ kind: 'revision2', nodes: [unknown] })), {
    ...Aest.decode(Aest.encode({ kind: 'revision2', nodes: [] })),
    nodes: [unknown],
  });
  const node = Buffer.from(AestV2.encode({ nodes: [NODES[0]![1]] })).subarray(36);
  node[NODE + 4] = 3;
  node[NODE + 24 + 1] = 3;
  const value = AestNode.decode(node);
  assert.ok(value.kind === 'processor');
  assert.deepEqual(
    [value.resource.kind, value.interface.kind, value.interrupts.length],
    ['unknown', 'unknown', 2],
  );
  assert.equal(hex(AestNode.encode(value)), hex(node));
});

test('a node whose parts stand nowhere is an error', () => {
  const node = Buffer.from(AestV2.encode({ nodes: [NODES[0]![1]] })).subarray(36);
  for (const offset of [0, 3, NODE, node.length + 1]) {
    node.writeUInt32LE(offset, 8);
    assert.throws(() => AestNode.decode(node), { name: 'AcpiError' }, `interface at ${offset}`);
  }
});

test('any bytes decode to what encodes to them again, or are an AcpiError', () => {
  const flips = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(arbitraryOf(Aest as never), flips, fc.nat(30), (value, masks, cut) => {
      const data = Aest.encode(value as never);
      for (const [at, mask] of masks) if (at < data.length) data[at]! ^= mask;
      const bytes = data.subarray(0, cut > 20 ? data.length - cut : data.length);
      let decoded: ReturnType<typeof Aest.decode>;
      try {
        decoded = Aest.decode(bytes, { checksum: 'keep' });
      } catch (error) {
        assert.ok(error instanceof AcpiError, (error as Error).stack);
        return;
      }
      const again = Aest.encode(decoded);
      assert.equal(hex(again), hex(bytes.subarray(0, again.length)));
    }),
    { numRuns: 1000 },
  );
});
