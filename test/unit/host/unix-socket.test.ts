/** A socket's path has one owner. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listenOnPath } from '../../../src/host/unix-socket.ts';

/** A path where a socket stands that nobody listens on; its folder has nothing else. */
function stalePath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rasvm-socket-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 's');
  const bind = 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(shift)) or die $!';
  assert.equal(spawnSync('perl', ['-e', bind, path]).status, 0);
  return path;
}

test('a socket that is left over is taken over, is its owner’s alone, and goes with the server', async (t) => {
  const path = stalePath(t);
  const server = createServer((socket) => socket.end('here'));
  await listenOnPath(server, path, '--serial');
  assert.equal(statSync(path).mode & 0o777, 0o700);
  const [said] = await once(connect(path).setEncoding('latin1'), 'data');
  assert.equal(said, 'here');
  assert.deepEqual(readdirSync(join(path, '..')), ['s']);
  server.close();
  await once(server, 'close');
  assert.equal(existsSync(path), false);
});

test('of several that come to a left-over socket at once, one has it, and the others say so', async (t) => {
  const path = stalePath(t);
  const program = `
    import { createServer } from 'node:net';
    import { listenOnPath } from ${JSON.stringify(join(import.meta.dirname, '../../../src/host/unix-socket.ts'))};
    process.stdin.once('data', async () => {
      await listenOnPath(createServer(), ${JSON.stringify(path)}, '--serial').then(
        () => console.log('listens'),
        (error) => { console.log(error.message); process.exit(); },
      );
    }).once('end', () => process.exit());
    console.log('ready');`;
  const options = ['--conditions=rasvm-source', '--import', 'tsx', '--input-type=module', '-e', program];
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, options, { cwd: import.meta.dirname }),
  );
  t.after(() => {
    for (const child of children) child.kill();
  });
  const line = async (child: (typeof children)[number]) =>
    String((await once(child.stdout, 'data'))[0]).trim();
  await Promise.all(children.map(line));
  const answers = children.map(line);
  for (const child of children) child.stdin.write('go\n');
  const said = await Promise.all(answers);
  assert.equal(said.filter((each) => each === 'listens').length, 1, said.join('\n'));
  for (const each of said) assert.match(each, /^listens$|another program listens there$/);
  // And it is the one whose socket stands there.
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
  for (const child of children) child.stdin.end();
});
