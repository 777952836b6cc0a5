import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { GuestMemory, NativeError } from '../../../src/native/binding.ts';
import { addon } from './support.ts';

const MIB = 1 << 20;
const GIB = 2 ** 30;
const PAGE = 4096;

function withMemory<T>(backing: 'anonymous' | 'memfd', size: number, body: (memory: GuestMemory) => T): T {
  return body(new addon.GuestMemory({ size, backing, hugePageSize: 0 }));
}

/** Whether this kernel has UFFDIO_POISON (Linux 6.6) and lets us use it. */
const canPoison = await withMemory('anonymous', 2 * MIB, (memory) =>
  memory.poison(0, memory.pageSize, 'uffd').then(
    () => true,
    () => false,
  ),
);
const poisonTest = { skip: canPoison ? false : 'this kernel has no UFFDIO_POISON' };

/** The mapping that begins at the memory's: its range, and its flags, which madvise() sets; policies stand with it too. */
function mappingOf({ hva }: GuestMemory): { range: string; flags: string } {
  const text = readFileSync('/proc/self/smaps', 'utf8');
  const [, range, flags] =
    new RegExp(`^(${hva.toString(16)}-\\w+) .*?^VmFlags: (.*?) *$`, 'ms').exec(text) ?? [];
  return { range: range!, flags: flags! };
}

for (const backing of ['anonymous', 'memfd'] as const) {
  describe(`guest memory, ${backing}`, () => {
    test('a large one is mapped at once, aligned to 1 GiB, and takes no page until it is touched', () => {
      withMemory(backing, 8 * GIB, (memory) => {
        assert.equal(memory.size, 8 * GIB);
        assert.equal(memory.hva % GIB, 0);
        assert.equal(memory.resident(), 0);
        assert.equal(memory.fd >= 0, backing === 'memfd');
        memory.write(5 * GIB, Buffer.from('x'));
        assert.ok(memory.resident() > 0 && memory.resident() <= 2 * MIB);
      });
    });

    test('what is written is read, across pages, at any alignment', () => {
      withMemory(backing, 4 * MIB, (memory) => {
        const data = Buffer.from(Array.from({ length: 3 * PAGE }, (_, i) => (i * 7) & 0xff));
        memory.write(PAGE - 13, data);
        const back = Buffer.alloc(data.length);
        memory.read(PAGE - 13, back);
        assert.deepEqual(back, data);
        memory.writeU64(0x808, 0x1122_3344_5566_7788n);
        assert.equal(memory.readU64(0x808), 0x1122_3344_5566_7788n);
        assert.equal(memory.readU64(0x80c), 0x1122_3344n);
        memory.writeU64(0x1001, 0xffff_ffff_ffff_ffffn);
        memory.clear(0x1002, 2);
        assert.equal(memory.readU64(0x1001), 0xffff_ffff_ff00_00ffn);
        memory.writeU64(0x2000, 0n);
        memory.writeU32(0x2004, 0xfedc_ba98);
        assert.equal(memory.readU64(0x2000), 0xfedc_ba98_0000_0000n);
      });
    });

    test('access outside is a RangeError, at every edge', () => {
      withMemory(backing, 2 * MIB, (memory) => {
        for (const [offset, length] of [
          [2 * MIB, 1],
          [2 * MIB - 1, 2],
          [0, 2 * MIB + 1],
          [Number.MAX_SAFE_INTEGER, 1],
          [-1, 1],
          [0.5, 1],
        ] as const) {
          assert.throws(() => memory.read(offset, Buffer.alloc(length)), RangeError);
          assert.throws(() => memory.write(offset, Buffer.alloc(length)), RangeError);
          assert.throws(() => memory.clear(offset, length), RangeError);
          assert.throws(() => memory.findPoison(offset, length), RangeError);
        }
        assert.throws(() => memory.readU64(2 * MIB - 7), RangeError);
        assert.throws(() => memory.writeU32(2 * MIB, 1), RangeError);
        for (const offset of [1, 2, 3]) {
          assert.throws(() => memory.writeU32(offset, 1), /must be a multiple of 4/);
        }
        assert.throws(() => memory.writeU32(0, -1), RangeError);
        assert.throws(() => memory.writeU32(0, 2 ** 32), RangeError);
        assert.throws(() => memory.renew(100, PAGE), RangeError);
        assert.throws(() => memory.poison(2 * MIB, PAGE, 'uffd'), RangeError);
        memory.read(2 * MIB, Buffer.alloc(0));
      });
    });

    test('a file is read straight into it, short at the end of the file', () => {
      const folder = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
      try {
        const content = Buffer.alloc(3 * MIB, 'rasvm ');
        writeFileSync(join(folder, 'image'), content);
        const fd = openSync(join(folder, 'image'), 'r');
        withMemory(backing, 8 * MIB, (memory) => {
          assert.equal(memory.readFile(fd, 1000, MIB, 4 * MIB), content.length - 1000);
          const back = Buffer.alloc(content.length - 1000);
          memory.read(MIB, back);
          assert.ok(back.equals(content.subarray(1000)));
          assert.equal(memory.readFile(fd, content.length, 0, 10), 0);
          assert.throws(() => memory.readFile(9999, 0, 0, 10), { code: 'EBADF', syscall: 'pread' });
        });
        closeSync(fd);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('a lost page fails the copy that needs it, and no other', poisonTest, async () => {
      await withMemory(backing, 4 * MIB, async (memory) => {
        memory.write(0, Buffer.alloc(8 * PAGE, 0xaa));
        assert.equal(await memory.poison(3 * PAGE, 2 * PAGE, 'uffd'), 0);
        const lost = (offset: number) => (error: NativeError) => {
          assert.deepEqual([error.code, error.errno, error.offset], ['EHWPOISON', 133, offset]);
          return true;
        };
        const target = Buffer.alloc(8 * PAGE);
        for (let round = 0; round < 3; round++) {
          assert.throws(() => memory.read(0, target), lost(3 * PAGE));
          assert.throws(() => memory.read(4 * PAGE + 5, target.subarray(0, 1)), lost(4 * PAGE));
          assert.throws(() => memory.write(3 * PAGE, target), lost(3 * PAGE));
          assert.throws(() => memory.readU64(3 * PAGE + 8), lost(3 * PAGE));
          assert.throws(() => memory.writeU64(4 * PAGE, 1n), lost(4 * PAGE));
          assert.throws(() => memory.writeU32(4 * PAGE + 4, 1), lost(4 * PAGE));
          assert.throws(() => memory.clear(0, 4 * PAGE), lost(3 * PAGE));
        }
        memory.read(5 * PAGE, target.subarray(0, PAGE));
        assert.equal(target[0], 0xaa);
      });
    });

    test('a file is not read over a lost page', poisonTest, async () => {
      await withMemory(backing, 4 * MIB, async (memory) => {
        await memory.poison(PAGE, PAGE, 'uffd');
        const fd = openSync(process.execPath, 'r');
        assert.throws(() => memory.readFile(fd, 0, 0, 4 * PAGE), { code: 'EHWPOISON', offset: PAGE });
        assert.equal(memory.readFile(fd, 0, 0, PAGE), PAGE);
        closeSync(fd);
      });
    });

    test('lost pages are found, the swapped and absent ones around them are not', poisonTest, async () => {
      await withMemory(backing, 16 * GIB, async (memory) => {
        memory.write(0, Buffer.alloc(2 * MIB, 1));
        const lost = [7 * PAGE, MIB, 3 * GIB + PAGE, 16 * GIB - PAGE];
        for (const offset of lost) await memory.poison(offset, PAGE, 'uffd');
        assert.deepEqual(memory.findPoison(0, memory.size), lost);
        assert.deepEqual(memory.findPoison(8 * PAGE, 2 * MIB), [MIB]);
        assert.deepEqual(memory.findPoison(8 * PAGE, PAGE), []);
      });
    });

    test('memory that is renewed stays one mapping, with what madvise() set', poisonTest, async () => {
      await withMemory(backing, 8 * MIB, async (memory) => {
        memory.write(0, Buffer.alloc(8 * MIB, 1));
        const before = mappingOf(memory);
        assert.equal(before.range, `${memory.hva.toString(16)}-${(memory.hva + 8 * MIB).toString(16)}`);
        assert.match(before.flags, /\bdd\b/);
        await memory.poison(3 * MIB, 5 * PAGE, 'uffd');
        memory.renew(3 * MIB, 5 * PAGE);
        memory.renew(0, 2 * MIB);
        assert.deepEqual(mappingOf(memory), before);
      });
    });

    test('a lost page that is renewed reads as zeros, and its neighbours are kept', poisonTest, async () => {
      await withMemory(backing, 4 * MIB, async (memory) => {
        memory.write(0, Buffer.alloc(4 * PAGE, 0xaa));
        await memory.poison(PAGE, PAGE, 'uffd');
        memory.renew(PAGE, PAGE);
        assert.deepEqual(memory.findPoison(0, memory.size), []);
        assert.equal(memory.readU64(PAGE), 0n);
        assert.equal(memory.readU64(PAGE - 8), 0xaaaa_aaaa_aaaa_aaaan);
        memory.writeU64(PAGE, 1n);
        await memory.poison(PAGE, PAGE, 'uffd');
        assert.deepEqual(memory.findPoison(0, memory.size), [PAGE]);
      });
    });

    test('a closed one says so', () => {
      withMemory(backing, 2 * MIB, (memory) => {
        memory.close();
        memory.close();
        assert.throws(() => memory.read(0, Buffer.alloc(1)), { code: 'ERR_STATE' });
      });
    });
  });
}

test('a page that the file behind it no longer has is want of memory, not poison', () => {
  withMemory('memfd', 4 * MIB, (memory) => {
    memory.write(3 * MIB, Buffer.from('x'));
    ftruncateSync(memory.fd, 2 * MIB);
    assert.throws(() => memory.read(3 * MIB + 5, Buffer.alloc(8)), { code: 'ENOMEM', offset: 3 * MIB });
    memory.write(0, Buffer.from('x'));
  });
});

test(
  'a loss that fails in its middle says what is lost, and what has lost its contents',
  poisonTest,
  async () => {
    await withMemory('memfd', 8 * MIB, async (memory) => {
      memory.write(0, Buffer.alloc(8 * MIB, 0xaa));
      // A marker cannot stand behind the end of the file (mm/userfaultfd.c, mfill_atomic_pte_poison).
      ftruncateSync(memory.fd, 3 * MIB + 2 * PAGE);
      await assert.rejects(memory.poison(3 * MIB, 4 * PAGE, 'uffd'), {
        ...{ code: 'EFAULT', syscall: 'UFFDIO_POISON', offset: 3 * MIB + 2 * PAGE, length: 2 * PAGE },
      });
      assert.deepEqual(memory.findPoison(0, 3 * MIB + 2 * PAGE), [3 * MIB, 3 * MIB + PAGE]);
      assert.equal(memory.readU64(3 * MIB - 8), 0xaaaa_aaaa_aaaa_aaaan);
    });
  },
);

test('of a large loss that fails, the contents behind are kept', poisonTest, async () => {
  await withMemory('memfd', 8 * MIB, async (memory) => {
    memory.write(0, Buffer.alloc(8 * MIB, 0xaa));
    ftruncateSync(memory.fd, PAGE);
    const { offset, length } = await memory.poison(0, 8 * MIB, 'uffd').then(
      () => assert.fail('it is lost behind the end of the file'),
      (error: NativeError) => error,
    );
    assert.deepEqual([offset, length], [PAGE, 2 * MIB - PAGE]);
  });
});

// To copy on write, the kernel would write-protect all that KVM has mapped.
test('a fork does not get it', () => {
  withMemory('anonymous', 2 * MIB, (memory) => assert.match(mappingOf(memory).flags, /\bdc\b/));
});

test('a memfd is shared: what another mapping or descriptor writes is seen', () => {
  withMemory('memfd', 2 * MIB, (memory) => {
    writeSync(memory.fd, Buffer.from('from outside'), 0, 12, PAGE);
    const back = Buffer.alloc(12);
    memory.read(PAGE, back);
    assert.equal(back.toString(), 'from outside');
  });
});

test('what cannot be had is refused in words', () => {
  const make = (options: object) => () => new addon.GuestMemory(options as never);
  assert.throws(make({ size: 0, backing: 'anonymous', hugePageSize: 0 }), RangeError);
  assert.throws(make({ size: 100, backing: 'anonymous', hugePageSize: 0 }), RangeError);
  assert.throws(make({ size: 4 * MIB, backing: 'disk', hugePageSize: 0 }), RangeError);
  assert.throws(make({ size: 4 * MIB, backing: 'memfd', hugePageSize: 12 }), RangeError);
  assert.throws(make({ size: '1', backing: 'memfd', hugePageSize: 0 }), TypeError);
  assert.throws(make({ size: 2 ** 52, backing: 'anonymous', hugePageSize: 0 }), {
    code: 'ENOMEM',
    syscall: 'mmap',
  });
});

/**
 * Another process maps the file and binds it to node 0, as numactl --file does: the policy is the file's, and numa_maps shows it in
 * each mapping. perl is on every Debian. Exit status 77: it may not.
 */
const BIND = `
my ($path, $size, $mmap, $mbind) = @ARGV;
open(my $file, '+<', $path) or die $!;
my $at = syscall($mmap + 0, 0, $size + 0, 3, 1, fileno($file) + 0, 0);
die $! if $at == -1;
my $nodes = pack('Q', 1);
exit 77 if syscall($mbind + 0, $at, $size + 0, 2, $nodes, 64, 0) == -1;
`;
/** Numbers of mmap and mbind. */
const CALLS: Partial<Record<string, [mmap: number, mbind: number]>> = { x64: [9, 237], arm64: [222, 235] };

/** The policy of the mapping that memory begins with, by /proc/self/numa_maps; undefined: this kernel has none. */
function numaPolicyOf(memory: GuestMemory): string | undefined {
  let maps: string;
  try {
    maps = readFileSync('/proc/self/numa_maps', 'latin1');
  } catch {
    return undefined;
  }
  return new RegExp(`^${memory.hva.toString(16)} (\\S+)`, 'm').exec(maps)?.[1];
}

/** The descriptor of a memfd's mapping, by its inode. */
function descriptorOf(memory: GuestMemory): string | undefined {
  const maps = readFileSync('/proc/self/maps', 'latin1');
  const inode = new RegExp(`^${memory.hva.toString(16)}-\\S+ \\S+ \\S+ \\S+ (\\d+)`, 'm').exec(maps)?.[1];
  return readdirSync('/proc/self/fd').find(
    (fd) => String(statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })?.ino) === inode,
  );
}

test('memory that is renewed keeps its NUMA policy', async (t) => {
  const size = 4 * MIB;
  const memory = new addon.GuestMemory({ size, backing: 'memfd', hugePageSize: 0 });
  try {
    const calls = CALLS[process.arch];
    if (numaPolicyOf(memory) === undefined || calls === undefined) {
      t.skip('this kernel has no NUMA');
      return;
    }
    assert.equal(numaPolicyOf(memory), 'default');
    const words = [`/proc/${process.pid}/fd/${descriptorOf(memory)}`, ...[size, ...calls].map(String)];
    const { status, stderr } = spawnSync('perl', ['-e', BIND, ...words], { encoding: 'utf8' });
    if (status === 77) {
      t.skip('mbind() is not allowed here');
      return;
    }
    assert.equal(status, 0, stderr);
    assert.equal(numaPolicyOf(memory), 'bind:0');
    memory.write(0, Buffer.alloc(size, 1));
    if (canPoison) await memory.poison(MIB, PAGE, 'uffd');
    memory.renew(MIB, PAGE);
    memory.writeU64(MIB, 7n);
    assert.equal(numaPolicyOf(memory), 'bind:0');
    assert.equal(mappingOf(memory).range.split('-')[0], memory.hva.toString(16));
  } finally {
    memory.close();
  }
});

for (const backing of ['anonymous', 'memfd'] as const) {
  test(`huge pages, ${backing}: kept for the guest from the start, or refused from the start`, async (t) => {
    const options = { size: 4 * MIB, backing, hugePageSize: 0x20_0000 } as const;
    let memory: GuestMemory;
    try {
      memory = new addon.GuestMemory(options);
    } catch (error) {
      assert.equal((error as NativeError).code, 'ENOMEM');
      assert.match((error as Error).message, /not enough free huge pages/);
      t.diagnostic('this host has no free huge pages');
      return;
    }
    assert.equal(memory.pageSize, 2 * MIB);
    memory.writeU64(2 * MIB + 16, 5n);
    if (canPoison) {
      await memory.poison(0, 2 * MIB, 'uffd');
      assert.deepEqual(memory.findPoison(0, memory.size), [0]);
      assert.throws(() => memory.readU64(MIB), { code: 'EHWPOISON', offset: 0 });
      memory.renew(0, 2 * MIB);
      assert.equal(memory.readU64(MIB), 0n);
    }
    assert.equal(memory.readU64(2 * MIB + 16), 5n);
    memory.close();
  });
}

test('MADV_HWPOISON, where the kernel has it, loses the page and counts its own signals', async (t) => {
  const memory = new addon.GuestMemory({ size: 2 * MIB, backing: 'anonymous', hugePageSize: 0 });
  memory.write(0, Buffer.alloc(4 * PAGE, 1));
  let signals: number;
  try {
    signals = await memory.poison(PAGE, PAGE, 'madvise');
  } catch (error) {
    // EINVAL: no CONFIG_MEMORY_FAILURE; EPERM: not privileged.
    assert.ok(['EINVAL', 'EPERM'].includes((error as NativeError).code));
    assert.equal((error as NativeError).syscall, 'MADV_HWPOISON');
    t.diagnostic('this kernel or user cannot MADV_HWPOISON');
    return;
  }
  assert.ok(signals >= 1);
  assert.throws(() => memory.readU64(PAGE), { code: 'EHWPOISON', offset: PAGE });
});
