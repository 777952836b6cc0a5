import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const compiler = process.arch === 'arm64' ? 'g++' : 'aarch64-linux-gnu-g++';
const missing = spawnSync(compiler, ['--version']).error !== undefined;

// A guest may poll block_status: on arm64 an ordinary store may be seen before the record that it announces.
test('arm64: a value that is stored for the guest is a store-release', {
  skip: missing && `no ${compiler}`,
}, () => {
  const options = ['-std=c++17', '-O2', '-Inative', '-S', '-o', '-', 'native/sigbus/guarded.cc'];
  const { status, stdout, stderr } = spawnSync(compiler, options, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\tstlr\tw\d+, \[/, '4 bytes');
  assert.match(stdout, /\tstlr\tx\d+, \[/, '8 bytes');
  assert.match(stdout, /\tldar\tx\d+, \[/, 'a load that acquires');
});
