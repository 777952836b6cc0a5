import assert from 'node:assert/strict';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RasvmError } from '../../../src/core/errors.ts';
import { Channel, greet } from '../../../src/lab/channel.ts';
import {
  encodeFrame,
  encodeU32,
  type Frame,
  FrameReader,
  FrameType,
  OUTPUT_WINDOW,
  PROTOCOL_VERSION,
  STDIN_WINDOW,
} from '../../../src/lab/frames.ts';

test('output and exit status of a command come through', async (t) => {
  const { channel, agent } = await pair(t);

  const command = channel.exec(['true']);
  const { session } = await agent.next(FrameType.Exec);
  agent.send(FrameType.Data, session, 1, Buffer.from('out'));
  agent.send(FrameType.Data, session, 2, Buffer.from('err'));
  agent.send(FrameType.Exit, session, 0, exit(0, 7));

  assert.deepEqual(await command.exit, { status: 7 });
  assert.equal(await text(command.stdout), 'out');
  assert.equal(await text(command.stderr), 'err');
});

test('a signal that ended the command is 128 and its number', async (t) => {
  const { channel, agent } = await pair(t);

  const command = channel.exec(['true']);
  const { session } = await agent.next(FrameType.Exec);
  agent.send(FrameType.Exit, session, 0, exit(1, 9));

  assert.deepEqual(await command.exit, { status: 137, signal: 'SIGKILL' });
});

test('a command that is not there has status 127, one that may not run 126', async (t) => {
  const { channel, agent } = await pair(t);

  const missing = channel.exec(['missing']);
  agent.send(FrameType.Exit, (await agent.next(FrameType.Exec)).session, 0, exit(2, 2));
  const forbidden = channel.exec(['forbidden']);
  agent.send(FrameType.Exit, (await agent.next(FrameType.Exec)).session, 0, exit(2, 13));

  assert.deepEqual(await missing.exit, { status: 127, error: 'ENOENT' });
  assert.deepEqual(await forbidden.exit, { status: 126, error: 'EACCES' });
});

test('input stops at the window until the agent gives credit', async (t) => {
  const { channel, agent } = await pair(t);
  const command = channel.exec(['cat']);
  const { session } = await agent.next(FrameType.Exec);

  command.stdin.end(Buffer.alloc(STDIN_WINDOW + 1000));
  await agent.until(() => agent.bytes(FrameType.Data) === STDIN_WINDOW);
  await sleep(20);
  assert.equal(agent.bytes(FrameType.Data), STDIN_WINDOW);
  agent.send(FrameType.Credit, session, 0, encodeU32(STDIN_WINDOW));

  await agent.until(() => agent.bytes(FrameType.Data) === STDIN_WINDOW + 1000);
  await agent.until(() => agent.frames.at(-1)!.payload.length === 0);
});

test('output gets its credit when it is read, and not before', async (t) => {
  const { channel, agent } = await pair(t);
  const command = channel.exec(['yes']);
  const { session } = await agent.next(FrameType.Exec);

  for (let sent = 0; sent < OUTPUT_WINDOW; sent += 0x8000)
    agent.send(FrameType.Data, session, 1, Buffer.alloc(0x8000));
  await sleep(50);
  assert.equal(agent.frames.filter(({ type }) => type === FrameType.Credit).length, 0);
  command.stdout.resume();

  await agent.until(() => agent.credit() > 0);
  assert.ok(agent.credit() <= OUTPUT_WINDOW);
});

test('a lab that ends takes its commands with it, with an error that says so', async (t) => {
  const { channel, agent } = await pair(t);
  const command = channel.exec(['sleep']);
  await agent.next(FrameType.Exec);

  agent.socket.destroy();

  await assert.rejects(command.exit, isLabError);
  await channel.closed;
  assert.throws(() => channel.exec(['true']), isLabError);
});

test('signals, sizes and hang-ups reach the agent', async (t) => {
  const { channel, agent } = await pair(t);
  const command = channel.exec(['sh'], { tty: { rows: 24, columns: 80 } });

  command.kill('SIGINT');
  command.resize({ rows: 50, columns: 100 });
  command.hangup();

  await agent.next(FrameType.Hangup);
  const payloads = agent.frames.slice(1).map(({ type, payload }) => [type, ...payload]);
  assert.deepEqual(payloads, [
    [FrameType.Signal, 2, 0, 0, 0],
    [FrameType.Resize, 50, 0, 100, 0],
    [FrameType.Hangup],
  ]);
});

test('an agent of another version is refused', async (t) => {
  const { channel, agent } = await pair(t);

  const greeting = greet(channel);
  agent.send(FrameType.Hello, 0, 0, encodeU32(PROTOCOL_VERSION + 1));

  await assert.rejects(greeting, isLabError);
});

function exit(kind: number, value: number): Buffer {
  return Buffer.concat([encodeU32(kind), encodeU32(value)]);
}

function isLabError(error: unknown): boolean {
  return error instanceof RasvmError && error.code === 'LAB';
}

/** The agent's side of a channel, as a test plays it. */
class Agent {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #taken = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader();
    socket.on('data', (bytes: Buffer) => this.frames.push(...reader.push(bytes)));
  }

  send(type: FrameType, session: number, stream: number, payload: Buffer): void {
    this.socket.write(encodeFrame(type, session, stream, payload));
  }

  /** The next frame of that type that was not taken yet. */
  async next(type: FrameType): Promise<Frame> {
    const find = () => this.frames.findIndex((frame, index) => index >= this.#taken && frame.type === type);
    await this.until(() => find() >= 0);
    const index = find();
    this.#taken = index + 1;
    return this.frames[index]!;
  }

  async until(condition: () => boolean): Promise<void> {
    const end = Date.now() + 5000;
    while (!condition()) {
      assert.ok(Date.now() < end, 'waited for too long');
      await sleep(2);
    }
  }

  bytes(type: FrameType): number {
    return this.frames
      .filter((frame) => frame.type === type)
      .reduce((sum, { payload }) => sum + payload.length, 0);
  }

  credit(): number {
    const credits = this.frames.filter(({ type }) => type === FrameType.Credit);
    return credits.reduce((sum, { payload }) => sum + payload.readUInt32LE(0), 0);
  }
}

async function pair(t: TestContext): Promise<{ channel: Channel; agent: Agent }> {
  const path = join(tmpdir(), `rasvm-test-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const channel = new Channel(createConnection(path));
  const agent = new Agent(await accepted);
  t.after(() => {
    channel.close();
    agent.socket.destroy();
    server.close();
  });
  return { channel, agent };
}
