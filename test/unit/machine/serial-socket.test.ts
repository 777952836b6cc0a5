import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Console } from '../../../src/machine/console.ts';
import { listenSerial } from '../../../src/machine/serial-socket.ts';

const directory = mkdtempSync(join(tmpdir(), 'rasvm-serial-'));
after(() => rmSync(directory, { recursive: true }));
let count = 0;
const newPath = () => join(directory, `s${++count}`);

async function client(path: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(path);
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
  });
  await once(socket, 'connect');
  return { socket, text: () => text };
}

async function until(test: () => boolean): Promise<void> {
  for (let i = 0; !test(); i++) {
    assert.ok(i < 500, 'did not come to pass in five seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function withSerial(
  body: (serial: Console, path: string, got: Buffer[]) => Promise<void>,
  more = () => true,
): Promise<void> {
  const path = newPath();
  const got: Buffer[] = [];
  const serial = await listenSerial(path, (bytes) => {
    got.push(Buffer.from(bytes));
    return more();
  });
  try {
    await body(serial, path, got);
  } finally {
    await serial.close();
  }
  assert.equal(existsSync(path), false);
}

test('bytes go both ways; what was sent before comes first; the socket is its owner’s and goes at the end', async () => {
  await withSerial(async (serial, path, got) => {
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.equal(serial.write(Buffer.from('before ')), true);
    const { socket, text } = await client(path);
    await until(() => text() === 'before ');
    serial.write(Buffer.from('\xff after', 'latin1'));
    await until(() => text() === 'before \xff after');
    socket.write('x\0y');
    await until(() => Buffer.concat(got).toString() === 'x\0y');
    socket.destroy();
  });
});

test('while nobody is there the latest 64 KiB are kept', async () => {
  await withSerial(async (serial, path) => {
    for (let i = 0; i < 100; i++) assert.equal(serial.write(Buffer.alloc(1000, 65 + (i % 26))), true);
    const { socket, text } = await client(path);
    await until(() => text().length >= 65536);
    const all = Array.from({ length: 100 }, (_, i) => String.fromCharCode(65 + (i % 26)).repeat(1000)).join(
      '',
    );
    assert.equal(text(), all.slice(-65536));
    socket.destroy();
  });
});

test('a second client waits until the first has gone; then the line is its own', async () => {
  await withSerial(async (serial, path, got) => {
    const first = await client(path);
    serial.write(Buffer.from('1'));
    await until(() => first.text() === '1');
    const second = await client(path);
    second.socket.write('second');
    first.socket.write('first');
    await until(() => got.length === 1);
    first.socket.destroy();
    await until(() => got.length === 2);
    serial.write(Buffer.from('2'));
    await until(() => second.text() === '2');
    assert.equal(Buffer.concat(got).toString(), 'firstsecond');
    second.socket.destroy();
  });
});

test('a client that does not read makes the machine wait, until it reads or goes', async () => {
  for (const ends of ['reads', 'goes'] as const)
    await withSerial(async (serial, path) => {
      let drained = 0;
      serial.onDrain(() => drained++);
      const { socket } = await client(path);
      socket.pause();
      const block = Buffer.alloc(65536);
      let sent = 0;
      // The first blocks go into the socket's own buffers.
      await until(() => {
        while (serial.write(block)) sent++;
        return sent++ > 100 || drained === 0;
      });
      assert.equal(drained, 0);
      if (ends === 'reads') socket.resume();
      else socket.destroy();
      await until(() => drained > 0);
      socket.destroy();
    });
});

test('a machine that has enough input makes the client wait', async () => {
  let enough = true;
  await withSerial(
    async (serial, path, got) => {
      const { socket } = await client(path);
      socket.write('first');
      await until(() => got.length === 1);
      socket.write('second');
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(got.length, 1);
      enough = false;
      serial.resumeInput();
      await until(() => got.length === 2);
      socket.destroy();
    },
    () => !enough,
  );
});

test('what the guest said last reaches the client', async () => {
  const path = newPath();
  const serial = await listenSerial(path, () => true);
  const { socket, text } = await client(path);
  serial.write(Buffer.from('a'));
  await until(() => text() === 'a');
  serial.write(Buffer.from('end'));
  const closed = once(socket, 'close');
  await serial.close();
  await closed;
  assert.equal(text(), 'aend');
});

test('a socket that was left over is replaced; one in use, and what is no socket, are not', async () => {
  const path = newPath();
  // A server that is killed leaves its socket: here a hard link to one that is closed.
  const server = createServer().listen(path);
  await once(server, 'listening');
  await assert.rejects(
    listenSerial(path, () => true),
    { code: 'FILE', message: /another program listens there/ },
  );
  const left = newPath();
  linkSync(path, left);
  server.close();
  await once(server, 'close');
  const serial = await listenSerial(left, () => true);
  await serial.close();

  const file = newPath();
  writeFileSync(file, '');
  await assert.rejects(
    listenSerial(file, () => true),
    { code: 'FILE', message: /no socket/ },
  );
  await assert.rejects(
    listenSerial(join(directory, 'no', 'where'), () => true),
    { code: 'FILE' },
  );
  await assert.rejects(
    listenSerial(`/${'x'.repeat(107)}`, () => true),
    { code: 'FILE', message: /at most 99 bytes/ },
  );
});
