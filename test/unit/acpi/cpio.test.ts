import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpio } from '@rasvm/acpi';

test('a member is magic, thirteen fields of eight digits, name and data, each padded to four bytes', () => {
  const archive = Buffer.from(cpio([{ path: 'init', mode: 0o755, data: Buffer.from('hello') }]));

  assert.equal(
    archive.subarray(0, 128).toString('latin1'),
    '070701' +
      '00000001' + // inode
      '000081ed' + // S_IFREG, 0755
      '00000000' + // uid
      '00000000' + // gid
      '00000001' + // links
      '00000000' + // time
      '00000005' + // size
      '00000000' + // device, major and minor
      '00000000' +
      '00000000' + // its own device number
      '00000000' +
      '00000005' + // name with its NUL
      '00000000' + // no checksum
      'init\0' +
      '\0' + // 110 + 5, to 116
      'hello\0\0\0' +
      '0707',
  );
});

test('the archive ends with the trailer', () => {
  const archive = Buffer.from(cpio([]));

  assert.equal(archive.length, 124);
  assert.equal(archive.subarray(110, 121).toString(), 'TRAILER!!!\0');
});

test('directories, links and character devices have their types', () => {
  const modes = [
    { path: 'dev' },
    { path: 'sh', symlink: 'busybox' },
    { path: 'null', device: [1, 3] as const },
  ].map((entry) =>
    Buffer.from(cpio([entry]))
      .subarray(14, 22)
      .toString(),
  );

  assert.deepEqual(modes, ['000041ed', '0000a1ed', '00002180']);
});

test('a link holds its target, a device its number', () => {
  const link = Buffer.from(cpio([{ path: 'sh', symlink: 'busybox' }]));
  const device = Buffer.from(cpio([{ path: 'null', device: [1, 3] }]));

  assert.equal(link.subarray(116, 123).toString(), 'busybox');
  assert.equal(device.subarray(6 + 9 * 8, 6 + 11 * 8).toString(), '0000000100000003');
});

test('the same entries give the same bytes', () => {
  const entries = [{ path: 'a' }, { path: 'a/b', data: Buffer.from('c') }];

  assert.deepEqual(cpio(entries), cpio(entries));
});
