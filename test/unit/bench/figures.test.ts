import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { stepsOf } from '../../bench/breakdown.ts';
import { guestRam, parseSmaps, sumBeside } from '../../bench/ram.ts';
import { figure, formatRows, median, row } from '../../bench/report.ts';
import { stormOf } from '../../bench/storm.ts';
import { GUEST_MEMORY } from '../../bench/subjects.ts';

test('the median of an odd number of values is one of them, of an even number the mean of two', () => {
  assert.equal(median([3, 1, 200]), 3);
  assert.equal(median([4, 1, 2, 300]), 3);
  assert.equal(median([7]), 7);
});

test('a figure has three digits that count, or four', () => {
  assert.deepEqual([0.01234, 1.2341, 12.341, 123.41].map(figure), ['0.0123', '1.234', '12.3', '123']);
});

test('a ratio below one says that rasvm needs less', () => {
  const half = row('boot', 's', 1, { name: 'peer', value: 2 });
  assert.equal(half.ratio, 0.5);
  assert.match(formatRows([half])[1]!, /^boot +1\.000 s +2\.00 s +0\.50 +peer$/);
});

test('a figure without a peer has no ratio', () => {
  const alone = row('early errors', '/s', 123.4);
  assert.deepEqual(alone, { name: 'early errors', unit: '/s', rasvm: 123.4 });
  const lines = formatRows([alone, row('late errors', '/s', 4, { name: 'peer', value: 2 })]);
  assert.match(lines[1]!, /^early errors +123 \/s$/);
  assert.match(lines[2]!, /^late errors +4\.00 \/s +2\.00 \/s +2\.00 +peer$/);
});

test('a storm lasts from the first acknowledgement to the last, in whatever order', () => {
  const ledger = new Map(
    [0x1000, 0x2000, 0x3000].map((gpa, i) => [gpa, { acknowledgedAt: [50, 20, 90][i]! }]),
  );
  assert.deepEqual(stormOf(ledger, [0x1000, 0x2000, 0x3000]), { errors: 3, ns: 70 });
});

test('a storm of which a page is not acknowledged, or not known, is an error', () => {
  const ledger = new Map([
    [0x1000, { acknowledgedAt: 5 }],
    [0x2000, {}],
  ]);
  assert.throws(() => stormOf(ledger, [0x1000, 0x2000]), RasvmError);
  assert.throws(() => stormOf(ledger, [0x1000, 0x3000]), RasvmError);
});

const SMAPS = `aaaac527d000-aaaac52b1000 rw-p 00000000 00:00 0                          [heap]
Size:                208 kB
Rss:                  48 kB
Pss:                  44 kB
Pss_Dirty:            44 kB
Private_Clean:         4 kB
Private_Dirty:        36 kB
VmFlags: rd wr mr mw me ac
ffff70000000-ffff90000000 rw-p 00000000 00:00 0 
Size:             524288 kB
Rss:               70000 kB
Pss:               70000 kB
Private_Clean:         0 kB
Private_Dirty:     70000 kB
VmFlags: rd wr
ffffa1132000-ffffa1136000 r--p 00010000 fe:00 1234                       /usr/lib/a b.so
Size:                 16 kB
Rss:                  16 kB
Pss:                   8 kB
Private_Clean:         0 kB
Private_Dirty:         0 kB
VmFlags: rd
`;

test('mappings are read with their names and sizes, and guest RAM is known by its size', () => {
  const all = parseSmaps(SMAPS);
  assert.deepEqual(
    all.map(({ name, rss, pss }) => [name, rss / 1024, pss / 1024]),
    [
      ['[heap]', 48, 44],
      ['', 70000, 70000],
      ['/usr/lib/a b.so', 16, 8],
    ],
  );
  const ram = guestRam(all);
  assert.equal(ram.start, 0xffff70000000);
  assert.equal(ram.end - ram.start, GUEST_MEMORY);
  assert.equal(sumBeside(ram, all, 'pss'), (44 + 8) * 1024);
  assert.equal(sumBeside(ram, all, 'own'), (4 + 36) * 1024);
});

test('no guest RAM among the mappings, or two, is an error', () => {
  const all = parseSmaps(SMAPS);
  assert.throws(() => guestRam(all.slice(0, 1)), RasvmError);
  assert.throws(() => guestRam([...all, all[1]!]), RasvmError);
});

const TRACE =
  `  node-147  [000] d....   173.580000: sched_process_exec: filename=/opt/rasvm/bin/rasvm pid=147 old_pid=147
  node-147  [000] d....   173.581000: sched_process_exec: filename=/usr/bin/node pid=147 old_pid=147
  node-147  [000] d....   173.681000: open: (do_sys_openat2+0x0/0x110) path="/run/rasvm-build/3/lib/main.cjs"
  node-147  [000] d....   173.781000: open: (do_sys_openat2+0x0/0x110) path="/run/rasvm-build/3/lib/rasvm.node"
  node-147  [000] d....   173.783000: open: (do_sys_openat2+0x0/0x110) path="/dev/kvm"
 vcpu0-159  [000] .....   173.843000: sys_ioctl(fd: 17, cmd: ae80, arg: 0)
 vcpu0-159  [000] .....   174.843000: kvm_mmio: mmio write len 4 gpa 0x9000000 val 0x72`.split('\n');

test('the steps of a boot follow from its trace, and add up to the whole', () => {
  const steps = stepsOf(TRACE, { start: 173_579_000_000, end: 174_853_000_000 });
  assert.deepEqual(
    steps.map(({ ns }) => Math.round(ns / 1e6)),
    [2, 100, 100, 2, 60, 1000, 10],
  );
  assert.equal(
    steps.reduce((sum, { ns }) => sum + ns, 0),
    174_853_000_000 - 173_579_000_000,
  );
});

test('a trace that lacks a step is an error that names it', () => {
  const without = TRACE.filter((line) => !line.includes('/dev/kvm'));
  assert.throws(() => stepsOf(without, { start: 0, end: 1 }), /until \/dev\/kvm is opened/);
});
