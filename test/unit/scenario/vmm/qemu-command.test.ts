import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qemuCommand } from '../../../../src/scenario/vmm/qemu-command.ts';

const WISH = { kernel: '/Image', initrd: '/initrd', append: 'loglevel=5', machine: { memory: '256M' } };

/** The value behind an option. */
function optionOf(command: readonly string[], option: string): string | undefined {
  const at = command.indexOf(option);
  return at < 0 ? undefined : command[at + 1];
}

test('records need ACPI, and ACPI firmware: without it RAS is not asked for', () => {
  const firmware = '/efi.fd';
  const acpi = qemuCommand({ ...WISH, firmware });
  assert.equal(optionOf(acpi, '-M'), 'virt,gic-version=host,acpi=on,ras=on');
  assert.equal(optionOf(acpi, '-bios'), firmware);
  assert.equal(optionOf(acpi, '-append'), 'loglevel=5');

  const off = qemuCommand({ ...WISH, firmware, machine: { memory: '256M', ras: 'off' } });
  assert.equal(optionOf(off, '-M'), 'virt,gic-version=host,acpi=on,ras=off');
  // What of ras is rasvm's own does not turn it off.
  const late = qemuCommand({ ...WISH, firmware, machine: { memory: '256M', ras: 'on,early=off' } });
  assert.match(optionOf(late, '-M')!, /ras=on$/);

  const tree = qemuCommand(WISH);
  assert.equal(optionOf(tree, '-M'), 'virt,gic-version=host');
  assert.equal(optionOf(tree, '-bios'), undefined);
});

test('the machine that a scenario asks for', () => {
  const plain = qemuCommand(WISH);
  assert.equal(optionOf(plain, '-smp'), '1');
  assert.equal(optionOf(plain, '-m'), '256M');
  assert.equal(optionOf(plain, '-object'), undefined);

  const shared = qemuCommand({ ...WISH, machine: { memory: '1G', cpus: 4, shared: true } });
  assert.equal(optionOf(shared, '-smp'), '4');
  assert.equal(optionOf(shared, '-object'), 'memory-backend-memfd,id=ram,size=1G,share=on');
  assert.match(optionOf(shared, '-M')!, /,memory-backend=ram$/);

  const huge = qemuCommand({ ...WISH, machine: { memory: '256M', hugepages: '2M' } });
  assert.equal(
    optionOf(huge, '-object'),
    'memory-backend-memfd,id=ram,size=256M,share=off,hugetlb=on,hugetlbsize=2M',
  );
});

test('the agent has the second serial port; sockets only where they are given', () => {
  assert.ok(!qemuCommand(WISH).join(' ').includes('socket'));
  const command = qemuCommand(WISH, { agent: '/tmp/a,b/agent', monitor: '/tmp/monitor' });
  const serials = command.flatMap((word, i) => (word === '-serial' ? command[i + 1] : []));
  assert.deepEqual(serials, ['chardev:console', 'chardev:agent']);
  assert.ok(command.includes('socket,id=agent,path=/tmp/a,,b/agent,server=on,wait=off'));
});
