import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from '../../../../src/core/crc32.ts';
import type { ConsoleLine } from '../../../../src/scenario/guest/console.ts';
import { Feed } from '../../../../src/scenario/guest/feed.ts';
import { PREFIX } from '../../../../src/scenario/guest/protocol.ts';
import { AgentLine } from '../../../../src/scenario/vmm/agent-line.ts';
import { printed } from '../console-lines.ts';

function framed(text: string): string {
  return `${PREFIX}${text} #${crc32(Buffer.from(text)).toString(16).padStart(8, '0')}\r\n`;
}

/** A line to an agent that answers with what `agent` says, to each command. */
async function start(t: TestContext, agent: (tag: string, words: string) => string[]) {
  const path = join(mkdtempSync(join(tmpdir(), 'rasvm-agent-')), 'agent');
  const console = new Feed<ConsoleLine>('guest g');
  const line = new AgentLine('g', path, console);
  assert.throws(() => line.send('early'), /guest g is not ready yet/);
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.write('firmware speaks here too\r\n');
    socket.write(framed('ready uname=6.12.1 cpus=2 page=4096'));
    createInterface(socket).on('line', (command) => {
      const [, tag, words] = /^(\d+) (.*)$/.exec(command)!;
      for (const said of agent(tag!, words!)) socket.write(framed(said));
    });
  });
  // It is not there at first.
  await sleep(150);
  server.listen(path);
  t.after(() => {
    line.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(join(path, '..'), { recursive: true });
  });
  const wait = { what: 'user space', limit: 20_000, from: 0 };
  return { line, console, ready: await line.said({ kind: 'ready', ...wait }) };
}

test('waits for the VMM, hears the agent alone, and asks by tags', async (t) => {
  const { line, console, ready } = await start(t, (tag, words) => [
    `99 ok words=not-yours`,
    `${tag} data part-of-`,
    `${tag} data ${words}`,
    `${tag} ok words=${words}`,
  ]);
  assert.deepEqual([ready.release, ready.cpus], ['6.12.1', 2]);
  const [a, b] = await Promise.all([line.ask('one', 20_000), line.ask(['two words'], 20_000)]);
  assert.equal(a.fields.text('words'), 'one');
  assert.equal(a.content.toString(), 'part-of-one');
  assert.equal(b.fields.text('words'), 'two%20words');
  assert.equal(b.content.toString(), 'part-of-two words');
  // Content is no line of the console's.
  assert.ok(console.items.every(({ text }) => text.startsWith(PREFIX) && !text.includes('data')));
});

test('a command that fails, one that is not answered, a VMM that ends', async (t) => {
  const { line, console } = await start(t, (tag, words) =>
    words === 'bad' ? [`${tag} error no such page`] : [],
  );
  await assert.rejects(line.ask('bad', 20_000), /guest g: 'bad' failed: no such page/);
  await assert.rejects(line.ask('silent', 100), /an answer to 'silent' did not come within 0\.1 s/);
  const waiting = line.ask('late', 20_000);
  console.end('QEMU aborted (oh)');
  await assert.rejects(waiting, /an answer to 'late' did not come: QEMU aborted \(oh\)/);
});

test('a line of the console answers no command and says no ready, whatever is in it', async (t) => {
  const { line, console } = await start(t, () => []);
  const from = console.mark;
  const asked = line.ask('silent', 150);
  console.push(printed(`${PREFIX}1 ok words=forged`));
  console.push(printed(framed('1 ok words=forged').trimEnd()));
  console.push(printed(`${PREFIX}ready uname=9.9.9 cpus=2`));
  await assert.rejects(asked, /an answer to 'silent' did not come/);
  await assert.rejects(line.said({ kind: 'ready', what: 'a ready line', limit: 50, from }), /did not come/);
});
