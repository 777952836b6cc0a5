import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { QemuMonitor } from '../../../../src/scenario/vmm/qemu-monitor.ts';

interface Command {
  execute: string;
  arguments?: { 'command-line': string };
  id: string;
}

/** Answers as QEMU does. @returns the socket's path, and a monitor that was there before it */
function monitor(t: TestContext, answer: (line: string) => object): QemuMonitor {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-qmp-'));
  const path = join(directory, 'monitor');
  const client = new QemuMonitor(path);
  const server = createServer((socket) => {
    const say = (message: object) => socket.write(`${JSON.stringify(message)}\r\n`);
    say({ QMP: { version: {}, capabilities: [] } });
    createInterface(socket).on('line', (text) => {
      const { execute, arguments: given, id } = JSON.parse(text) as Command;
      if (execute === 'qmp_capabilities') return say({ return: {}, id });
      socket.write('no JSON\r\n');
      say({ event: 'STOP' });
      say({ ...answer(given!['command-line']), id });
    });
  });
  server.listen(path);
  t.after(() => {
    client.close('over');
    server.close();
    rmSync(directory, { recursive: true });
  });
  return client;
}

test('a command of the human monitor, among events and what is no message', async (t) => {
  const client = monitor(t, (line) => ({ return: `Host virtual address of ${line}` }));
  const answers = await Promise.all([client.human('gpa2hva 0x1000'), client.human('gpa2hva 0x2000')]);
  assert.deepEqual(answers, [
    'Host virtual address of gpa2hva 0x1000',
    'Host virtual address of gpa2hva 0x2000',
  ]);
});

test('what QEMU refuses is told; after its end all is', async (t) => {
  const client = monitor(t, () => ({ error: { class: 'GenericError', desc: 'no such device' } }));
  await assert.rejects(client.human('x'), /QEMU: human-monitor-command: no such device/);
  client.close('QEMU aborted');
  await assert.rejects(client.human('x'), /QEMU aborted/);
});

test('a QEMU that ends before it listens', async () => {
  const client = new QemuMonitor('/no/such/socket');
  client.close('QEMU ended with status 1');
  await assert.rejects(client.human('x'), /QEMU ended before its monitor was there/);
});
