import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ReadFdtNode, readFdt } from '../../../src/core/fdt.ts';
import { type ChosenOptions, SEED_SIZE } from '../../../src/firmware/chosen.ts';
import { buildFullDtb } from '../../../src/firmware/full-dtb.ts';
import { DTB_AREA } from '../../../src/firmware/layout.ts';
import { buildStubDtb } from '../../../src/firmware/stub-dtb.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { decompile, noDtc } from './dtc.ts';
import { vcpuMpidr } from './mpidr.ts';

const SEED = Uint8Array.from({ length: SEED_SIZE }, (_, i) => i + 1);
const CHOSEN: ChosenOptions = {
  bootargs: 'console=ttyAMA0 quiet',
  initrd: { base: 0x4800_0000, size: 0x12_3456 },
  seed: SEED,
};

const text = (node: ReadFdtNode, name: string) =>
  Buffer.from(node.properties[name]!).toString().replace(/\0$/, '');
const cells = (node: ReadFdtNode, name: string) => {
  const bytes = Buffer.from(node.properties[name]!);
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(4 * i));
};
const number64 = (node: ReadFdtNode, name: string) =>
  Number(Buffer.from(node.properties[name]!).readBigUInt64BE());

describe('device tree of an ACPI guest', () => {
  const build = (overrides: Partial<ChosenOptions> = {}) =>
    buildStubDtb({
      ...CHOSEN,
      ...overrides,
      efi: { systemTable: 0x1_7ff0_0000, memoryMap: { base: 0x1_7ff0_1000, size: 200 } },
    });

  it('has /chosen and no other node, or Linux would not take ACPI', () => {
    assert.deepEqual(Object.keys(readFdt(build()).root.children), ['chosen']);
  });

  it('names command line, initrd, seeds and the six EFI properties', () => {
    const chosen = readFdt(build()).root.children.chosen!;
    assert.equal(text(chosen, 'bootargs'), 'console=ttyAMA0 quiet');
    assert.equal(number64(chosen, 'linux,initrd-start'), 0x4800_0000);
    assert.equal(number64(chosen, 'linux,initrd-end'), 0x4812_3456);
    assert.deepEqual([...chosen.properties['kaslr-seed']!], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([...chosen.properties['rng-seed']!], [...SEED.subarray(8)]);
    assert.equal(number64(chosen, 'linux,uefi-system-table'), 0x1_7ff0_0000);
    assert.equal(number64(chosen, 'linux,uefi-mmap-start'), 0x1_7ff0_1000);
    assert.deepEqual(cells(chosen, 'linux,uefi-mmap-size'), [200]);
    assert.deepEqual(cells(chosen, 'linux,uefi-mmap-desc-size'), [40]);
    assert.deepEqual(cells(chosen, 'linux,uefi-mmap-desc-ver'), [1]);
    assert.deepEqual(cells(chosen, 'linux,uefi-secure-boot'), [2]);
  });

  it('says nothing of an initrd without one', () => {
    const chosen = readFdt(build({ initrd: undefined })).root.children.chosen!;
    assert.equal('linux,initrd-start' in chosen.properties, false);
  });

  it('refuses a command line that Linux would cut off', () => {
    build({ bootargs: 'a'.repeat(2047) });
    assert.throws(() => build({ bootargs: 'a'.repeat(2048) }), { code: 'USAGE' });
    assert.throws(() => build({ bootargs: 'a\0b' }), { code: 'USAGE' });
  });

  it('is well formed to dtc', { skip: noDtc }, () => {
    const { source, warnings } = decompile(build());
    assert.match(source, /linux,uefi-secure-boot = <0x0?2>;/);
    assert.equal(warnings, '');
  });
});

describe('device tree of a guest without ACPI', () => {
  const build = (vcpus: number, serial = false) =>
    buildFullDtb({
      ...CHOSEN,
      mpidrs: Array.from({ length: vcpus }, (_, index) => vcpuMpidr(index)),
      memory: [
        { base: 0x4000_0000, size: 0x1000_0000 },
        { base: 0x5001_0000, size: 0x1_0000_0000 },
      ],
      pmu: true,
      board: virtBoard({ acpi: false, serial, sources: 0 }),
    });

  it('is without a warning to dtc, for 1 and 64 vCPUs', { skip: noDtc }, () => {
    for (const vcpus of [1, 64]) assert.equal(decompile(build(vcpus)).warnings, '');
    assert.equal(decompile(build(1, true)).warnings, '');
  });

  it('fits into its area with 64 vCPUs', () => {
    assert.ok(build(64).length < DTB_AREA / 2);
  });

  it('has a node a vCPU with the affinity that KVM gives it', () => {
    const cpus = readFdt(build(20)).root.children.cpus!;
    const names = Object.keys(cpus.children);
    assert.equal(names.length, 20);
    assert.equal(names[0], 'cpu@0');
    assert.equal(names[19], 'cpu@103');
    assert.deepEqual(cells(cpus.children['cpu@103']!, 'reg'), [0x103]);
    assert.equal(text(cpus.children['cpu@0']!, 'enable-method'), 'psci');
  });

  it('gives every usable range of RAM', () => {
    const { children } = readFdt(build(1)).root;
    assert.deepEqual(cells(children['memory@40000000']!, 'reg'), [0, 0x4000_0000, 0, 0x1000_0000]);
    assert.deepEqual(cells(children['memory@50010000']!, 'reg'), [0, 0x5001_0000, 1, 0]);
  });

  it('counts interrupts as the GIC binding does: SPIs from 32, PPIs from 16', () => {
    const { children } = readFdt(build(1)).root;
    assert.deepEqual(cells(children['pl011@9000000']!, 'interrupts'), [0, 1, 4]);
    assert.deepEqual(cells(children.timer!, 'interrupts'), [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4]);
    assert.deepEqual(cells(children.pmu!, 'interrupts'), [1, 7, 4]);
  });

  it('has a second PL011, which is serial1 and not the console, only if asked', () => {
    const { children } = readFdt(build(1, true)).root;
    assert.equal(text(children.aliases!, 'serial0'), '/pl011@9000000');
    assert.equal(text(children.aliases!, 'serial1'), '/pl011@9040000');
    assert.equal(text(children.chosen!, 'stdout-path'), '/pl011@9000000');
    assert.deepEqual(cells(children['pl011@9040000']!, 'reg'), [0, 0x904_0000, 0, 0x1000]);
    assert.deepEqual(cells(children['pl011@9040000']!, 'interrupts'), [0, 10, 4]);
    const without = readFdt(build(1)).root.children;
    assert.deepEqual(Object.keys(without.aliases!.properties), ['serial0']);
    assert.equal('pl011@9040000' in without, false);
  });

  it('has redistributors for its vCPUs only', () => {
    const gic = readFdt(build(3)).root.children['interrupt-controller@8000000']!;
    assert.deepEqual(cells(gic, 'reg').slice(4), [0, 0x080a_0000, 0, 3 * 0x2_0000]);
  });

  it('speaks on the PL011 and presses the power button by the PL061', () => {
    const { children } = readFdt(build(1)).root;
    assert.equal(text(children.chosen!, 'stdout-path'), '/pl011@9000000');
    const button = children['gpio-keys']!.children['power-button']!;
    assert.deepEqual(cells(button, 'gpios'), [...cells(children['pl061@9030000']!, 'phandle'), 3, 0]);
    assert.deepEqual(cells(button, 'linux,code'), [116]);
  });
});

describe('affinity of a vCPU', () => {
  it('is sixteen a cluster, as KVM has it', () => {
    assert.deepEqual([0, 1, 15, 16, 17, 63, 4096].map(vcpuMpidr), [
      0n,
      1n,
      15n,
      0x100n,
      0x101n,
      0x30fn,
      0x1_0000n,
    ]);
  });
});
