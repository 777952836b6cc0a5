import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FdtNode, readFdt, u32, u64, writeFdt } from '../../../src/core/fdt.ts';
import { compile, decompile, noDtc } from '../firmware/dtc.ts';

const TREE: FdtNode = {
  properties: { compatible: ['a,b', 'c'], model: 'test', '#address-cells': u32(2), '#size-cells': u32(2) },
  children: {
    'node@100000000': {
      properties: { reg: u64(0x1_0000_0000, 0x1000), flag: true, bytes: Uint8Array.of(1, 2, 3) },
      children: { inner: { properties: { model: 'again' } } },
    },
    empty: {},
  },
};

describe('flattened device tree', () => {
  it('reads back what was written', () => {
    const { root, reservations } = readFdt(writeFdt(TREE, [{ base: 0x4000_0000, size: 0x1_0000 }]));
    assert.deepEqual(reservations, [{ base: 0x4000_0000, size: 0x1_0000 }]);
    assert.equal(Buffer.from(root.properties.compatible!).toString(), 'a,b\0c\0');
    const node = root.children['node@100000000']!;
    assert.deepEqual([...node.properties.reg!], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0]);
    assert.equal(node.properties.flag!.length, 0);
    assert.deepEqual([...node.properties.bytes!], [1, 2, 3]);
    assert.equal(Buffer.from(node.children.inner!.properties.model!).toString(), 'again\0');
    assert.deepEqual(root.children.empty, { properties: {}, children: {} });
  });

  it('has the header of version 17 with every block where it says', () => {
    const tree = Buffer.from(writeFdt(TREE));
    const word = (i: number) => tree.readUInt32BE(4 * i);
    assert.deepEqual([word(0), word(5), word(6)], [0xd00dfeed, 17, 16]);
    assert.equal(word(1), tree.length);
    assert.equal(word(2) + word(9), word(3));
    assert.equal(word(3) + word(8), tree.length);
    assert.equal(word(4) % 8, 0);
    assert.equal(word(2) % 4, 0);
  });

  it('is what dtc makes of the same tree', { skip: noDtc }, () => {
    const ours = writeFdt(TREE, [{ base: 0x4000_0000, size: 0x1_0000 }]);
    const { source } = decompile(ours);
    assert.match(source, /\/memreserve\/\s+0x0*40000000 0x0*10000;/);
    assert.match(source, /compatible = ("a,b", "c"|"a,b\\0c");/);
    assert.match(source, /reg = <0x0?1 0x0+ 0x0+ 0x1000>;/);
    assert.match(source, /flag;/);
    assert.match(source, /bytes = \[01 02 03\];/);
    assert.deepEqual(readFdt(compile(source)), readFdt(ours));
  });

  it('is refused where the bytes are none', () => {
    assert.throws(() => readFdt(Buffer.alloc(64)), RangeError);
    assert.throws(() => readFdt(Buffer.alloc(3)), RangeError);
    const tree = writeFdt(TREE);
    for (let length = 0; length < tree.length - 40; length += 7)
      assert.throws(() => readFdt(tree.slice(0, length)), RangeError, `cut at ${length}`);
  });
});
