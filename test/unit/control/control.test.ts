import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client, credentials, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { EventMessage } from '../../../src/api/events.ts';
import type { InjectRequest } from '../../../src/api/inject.ts';
import type { ControlledMachine } from '../../../src/api/machine.ts';
import type { PoisonedPage } from '../../../src/api/poison.ts';
import type { VcpuRegisters } from '../../../src/api/registers.ts';
import type { MachineStatus } from '../../../src/api/status.ts';
import { connect } from '../../../src/control/client.ts';
import { claimName } from '../../../src/control/names.ts';
import { startControlServer } from '../../../src/control/server.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import { EventLog } from '../../../src/events/event-log.ts';

const STATUS: MachineStatus = {
  name: 'vm',
  pid: 4711,
  state: 'running',
  uptime: 2 ** 52 + 1,
  vcpus: 4,
  memory: 2 ** 32,
  ram: [{ gpa: 2 ** 30, size: 2 ** 32 }],
  leftOut: 2 ** 21,
  backing: 'memfd',
  hugePageSize: 2 ** 21,
  acpi: true,
  ras: { asked: 'auto', resolved: 'off', early: false },
  rss: 123_456_789,
  errors: { total: 5, queued: 1, told: 1, acknowledged: 2, untold: 1 },
};

const REGISTERS: VcpuRegisters[] = [
  {
    vcpu: 0,
    mpState: 'runnable',
    held: true,
    registers: { pc: 0xffff_8000_1234_5678n, x0: 0n, ESR_EL1: 2n ** 64n - 1n },
    serror: { esr: 0n },
  },
  { vcpu: 1, mpState: 'stopped', held: false, registers: {}, serror: {} },
  { vcpu: 2, mpState: 'suspended', held: false, registers: { pc: 1n } },
];

const POISON: PoisonedPage[] = [
  {
    ...{
      id: 2,
      gpa: 0x4000_0000,
      size: 2 ** 30,
      since: 2 ** 52 + 1,
      origin: 'scan',
      toldEarly: 0,
      toldLate: 2,
    },
    ...{ toldLateAt: 5, acknowledged: 3, acknowledgedAt: 6, touches: 4, touchedAt: 7, offlined: 'no' },
  },
  {
    ...{ id: 1, gpa: 2 ** 52 - 4096, size: 4096, since: 1, origin: 'injection', toldLate: 0 },
    ...{ acknowledged: 0, touches: 0, offlined: 'unknown' },
  },
  {
    ...{ id: 3, gpa: 0, size: 2 ** 21, since: 0, origin: 'signal', toldLate: 0 },
    ...{ acknowledged: 0, touches: 0, offlined: 'left-out' },
  },
];

const EXCEPTION = {
  vcpu: 3,
  pc: 0xffff_8000_1234_5678n,
  exceptionLevel: 1,
  esr: 0n,
  pending: true,
} as const;

class FakeMachine implements ControlledMachine {
  readonly name = 'vm';
  readonly events = new EventLog();
  readonly injected: InjectRequest[] = [];
  readonly stops: string[] = [];
  readonly keys: string[] = [];
  refusal: unknown;

  status(): MachineStatus {
    return STATUS;
  }

  async stop(mode: string): Promise<void> {
    if (this.refusal) throw this.refusal;
    this.stops.push(mode);
  }

  async inject(request: InjectRequest) {
    if (this.refusal) throw this.refusal;
    this.injected.push(request);
    if (request.kind === 'record') return { id: 10, size: request.block.byteLength };
    if (request.kind !== 'memory') return { id: 11, size: 0, exception: EXCEPTION };
    return { id: 9, gpa: request.gpa, size: request.size ?? 4096, hva: 0xffff_9000_0000 };
  }

  async registers(vcpu?: number) {
    if (this.refusal) throw this.refusal;
    return REGISTERS.filter((each) => vcpu === undefined || each.vcpu === vcpu);
  }

  poison() {
    return POISON;
  }

  async sysrq(key: string) {
    if (this.refusal) throw this.refusal;
    this.keys.push(key);
  }

  /** As many events as an error storm makes. */
  emit(count: number): void {
    for (let index = 0; index < count; index++) {
      this.events.emit('signal', { code: 'BUS_MCEERR_AR', hva: 4096 * index, size: 4096, vcpu: 1 });
    }
  }
}

async function start(t: TestContext) {
  const runtime = mkdtempSync(join(tmpdir(), 'rasvm-'));
  const claim = claimName('vm', runtime);
  const machine = new FakeMachine();
  const server = startControlServer(machine, claim);
  const client = connect(claim);
  t.after(async () => {
    client.close();
    await server.close(100);
    claim.release();
    rmSync(runtime, { recursive: true });
  });
  return { machine, server, client, claim, runtime };
}

async function collect(
  events: AsyncIterable<EventMessage>,
  count = Number.POSITIVE_INFINITY,
): Promise<number[]> {
  const seen: number[] = [];
  for await (const { seq } of events) {
    seen.push(seq);
    if (seen.length >= count) break;
  }
  return seen;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A call with bytes of our own, as another program might make it. */
function rawCall(socketPath: string, path: string, bytes: Uint8Array): Promise<ServiceError | null> {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure());
  return new Promise((resolve) => {
    const same = (value: Buffer) => value;
    client.makeUnaryRequest(path, same, same, Buffer.from(bytes), (error) => {
      client.close();
      resolve(error);
    });
  });
}

test('a status comes over the socket exactly as the machine gave it', async (t) => {
  const { client } = await start(t);
  assert.deepEqual(await client.status(), STATUS);
});

test("an answer that this rasvm does not know is the machine's fault, not the caller's", async (t) => {
  const { client, machine } = await start(t);
  machine.status = () => ({ ...STATUS, state: 'flying' as never });
  await assert.rejects(client.status(), {
    code: 'CONTROL',
    message: /^machine 'vm' gives an answer that is not known here: state is missing: valid are starting, /,
  });
});

test('the poison ledger comes over the socket exactly as the machine gave it', async (t) => {
  const { client } = await start(t);
  assert.deepEqual(await client.poison(), POISON);
});

test('the socket is found by the name alone', async (t) => {
  const { runtime } = await start(t);
  const client = connect({ name: 'vm', socketPath: join(runtime, 'vm.sock') });
  assert.equal((await client.status()).pid, 4711);
  client.close();
});

test('an injection reaches the machine, and its result comes back', async (t) => {
  const { client, machine } = await start(t);
  const request: InjectRequest = { kind: 'memory', gpa: 2 ** 32, size: 8192, via: 'madvise', tell: 'early' };

  assert.deepEqual(await client.inject(request), { id: 9, gpa: 2 ** 32, size: 8192, hva: 0xffff_9000_0000 });
  await client.inject({ ...request, count: 3 });
  assert.deepEqual(machine.injected, [request, { ...request, count: 3 }]);
});

test('a record that was made elsewhere reaches the machine as it is; one without a byte does not', async (t) => {
  const { machine, client } = await start(t);
  const block = new Uint8Array(20 + 64);
  block.set([0x12, 0, 0, 0], 0); // Block status: correctable, one entry.
  block.set([64, 0, 0, 0], 12);
  block.set([2, 0, 0, 0], 16);

  assert.deepEqual(await client.inject({ kind: 'record', block }), { id: 10, size: 84 });
  assert.deepEqual(
    machine.injected.map((each) => each.kind === 'record' && Buffer.from(each.block).equals(block)),
    [true],
  );
  await assert.rejects(client.inject({ kind: 'record', block: new Uint8Array() }), {
    name: 'RasvmError',
    code: 'USAGE',
    message: /^block is missing/,
  });
  assert.equal(machine.injected.length, 1);
});

test('exceptions reach the machine as they were asked for, and where the vCPU stood comes back', async (t) => {
  const { client, machine } = await start(t);
  const requests: InjectRequest[] = [
    { kind: 'serror', vcpu: 0, serrors: [{}] },
    { kind: 'serror', vcpu: 63, serrors: [{ iss: 0n }, { iss: 0x1ff_ffffn }, {}], exceptionLevel: 0 },
    { kind: 'sea', vcpu: 0, access: 'data' },
    { kind: 'sea', vcpu: 1, access: 'fetch', va: 2n ** 64n - 1n, exceptionLevel: 1 },
    { kind: 'sea', vcpu: 1, access: 'data', va: 0n },
  ];
  for (const request of requests)
    assert.deepEqual(await client.inject(request), { id: 11, size: 0, exception: EXCEPTION });
  assert.deepEqual(machine.injected, requests);
});

test('an exception that there cannot be never reaches the machine', async (t) => {
  const { client, machine } = await start(t);
  const wrong: [InjectRequest, RegExp][] = [
    [{ kind: 'serror', vcpu: 0, serrors: [] }, /serrors is missing/],
    [{ kind: 'serror', vcpu: 0, serrors: Array(17).fill({ iss: 0n }) }, /serrors has 17; at most 16/],
    [
      { kind: 'serror', vcpu: 0, serrors: [{ iss: 0x811n }, { iss: 1n << 25n }] },
      /0x2000000 has more than ESR_EL1.ISS/,
    ],
    [
      { kind: 'sea', vcpu: 0, access: 'data', exceptionLevel: 2 as never },
      /exceptionLevel 2 is not known here: valid are 0, 1/,
    ],
    [{ kind: 'sea', vcpu: 0, access: undefined as never }, /access is missing: valid are data, fetch/],
  ];
  for (const [request, message] of wrong)
    await assert.rejects(client.inject(request), { name: 'RasvmError', code: 'USAGE', message });
  assert.deepEqual(machine.injected, []);
});

test('an injection outside guest RAM, of no size, or with a severity that no page has, never reaches it', async (t) => {
  const { client, machine } = await start(t);
  const base = { kind: 'memory', gpa: 2 ** 30, via: 'uffd', tell: 'late' } as const;
  const wrong: [InjectRequest, RegExp][] = [
    [{ ...base, gpa: 2 ** 30 - 1 }, /gpa 0x3fffffff is not guest RAM, which is 0x40000000 to 0x13fffffff/],
    [{ ...base, gpa: 2 ** 30 + 2 ** 32 }, /is not guest RAM/],
    [{ ...base, size: 0 }, /size 0/],
    [{ ...base, gpa: 2 ** 32, size: 2 ** 32 }, /is not 1 to 1073741824/],
    [{ ...base, severity: 'fatal' }, /severity is for records alone/],
    [{ ...base, count: 0 }, /count 0 is none/],
    [{ ...base, via: 'record', count: 2 }, /count is for pages that are lost/],
  ];
  for (const [request, message] of wrong) {
    await assert.rejects(client.inject(request), { name: 'RasvmError', code: 'USAGE', message });
  }
  assert.deepEqual(machine.injected, []);
});

test("the machine's refusal arrives with its code, its message and its exit status", async (t) => {
  const { client, machine } = await start(t);

  machine.refusal = new RasvmError('KVM_CAPABILITY', 'UFFDIO_POISON needs Linux 6.6; use --via madvise');
  await assert.rejects(client.inject({ kind: 'memory', gpa: 2 ** 30, via: 'uffd', tell: 'late' }), {
    code: 'KVM_CAPABILITY',
    exitStatus: 14,
    message: 'UFFDIO_POISON needs Linux 6.6; use --via madvise',
  });
  machine.refusal = new TypeError('x is undefined');
  await assert.rejects(client.stop('kill'), { code: 'INTERNAL', message: 'x is undefined' });
});

test('registers come as the machine gave them: all, or those of one vCPU, number 0 too', async (t) => {
  const { client, machine } = await start(t);
  assert.deepEqual(await client.registers(), REGISTERS);
  assert.deepEqual(await client.registers(0), [REGISTERS[0]]);
  assert.deepEqual(await client.registers(1), [REGISTERS[1]]);
  machine.refusal = new RasvmError('CONTROL', 'the guest has ended');
  await assert.rejects(client.registers(), { code: 'CONTROL', message: 'the guest has ended' });
});

test('a SysRq key reaches the machine; what is no single letter or digit does not', async (t) => {
  const { client, machine } = await start(t);
  for (const key of ['l', 'R', '9']) await client.sysrq(key);
  for (const key of ['', 'ab', '?', 'ä', '\n', ' ']) {
    await assert.rejects(client.sysrq(key), { code: 'USAGE', message: /^key / });
  }
  assert.deepEqual(machine.keys, ['l', 'R', '9']);
});

test('stop carries its mode', async (t) => {
  const { client, machine } = await start(t);
  await client.stop('powerdown');
  await client.stop('kill');
  assert.deepEqual(machine.stops, ['powerdown', 'kill']);
});

test('another program sees INVALID_ARGUMENT and the reason for a wrong request, UNIMPLEMENTED for a wrong call', async (t) => {
  const { claim, client } = await start(t);

  const wrong = await rawCall(
    claim.socketPath,
    '/rasvm.v1.Machine/Inject',
    Uint8Array.from([0x0a, 4, 8, 0, 0x18, 77]),
  );
  assert.equal(wrong?.code, grpcStatus.INVALID_ARGUMENT);
  assert.match(wrong.details, /via 77 is not known here/);
  assert.deepEqual(wrong.metadata.get('rasvm-code'), ['USAGE']);
  const garbage = await rawCall(claim.socketPath, '/rasvm.v1.Machine/Stop', Uint8Array.from([0xff, 0xff]));
  assert.equal(garbage?.code, grpcStatus.INVALID_ARGUMENT);
  const huge = await rawCall(claim.socketPath, '/rasvm.v1.Machine/Stop', new Uint8Array(1 << 20));
  assert.equal(huge?.code, grpcStatus.RESOURCE_EXHAUSTED);
  const unknown = await rawCall(claim.socketPath, '/rasvm.v1.Machine/Fly', new Uint8Array());
  assert.equal(unknown?.code, grpcStatus.UNIMPLEMENTED);
  assert.equal((await client.status()).name, 'vm');
});

test('a client that speaks no HTTP/2, or leaves at once, does no harm', async (t) => {
  const { claim, client } = await start(t);
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '']) {
    await new Promise<void>((resolve) => {
      const socket = connectSocket(claim.socketPath, () => {
        socket.write(bytes);
        socket.destroy();
      });
      socket.on('close', () => resolve());
    });
  }
  assert.equal((await client.status()).name, 'vm');
});

test('events since a sequence number are those after it, and the stream ends without follow', async (t) => {
  const { client, machine } = await start(t);
  machine.emit(1000);

  assert.deepEqual(await collect(client.events({ since: 0, follow: false })), range(1, 1000));
  assert.deepEqual(await collect(client.events({ since: 998, follow: false })), [999, 1000]);
  assert.deepEqual(await collect(client.events({ since: 5000, follow: false })), []);
});

test('follow goes on with new events, in order and each once, and leaving the loop ends the stream', async (t) => {
  const { client, machine } = await start(t);
  machine.emit(10);
  const timer = setInterval(() => machine.emit(7), 1);

  const seen = await collect(client.events({ since: 0, follow: true }), 300);
  clearInterval(timer);

  assert.deepEqual(seen, range(1, 300));
});

test('a reader that does not read costs no memory, and gets the rest as soon as it does', async (t) => {
  const { client, machine } = await start(t);
  const asked: number[] = [];
  const since = machine.events.since.bind(machine.events);
  machine.events.since = (seq) => {
    asked.push(seq);
    return since(seq);
  };
  const events = client.events({ since: 0, follow: true })[Symbol.asyncIterator]();
  machine.emit(1);
  assert.equal((await events.next()).value.seq, 1);

  machine.emit(8000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const drawn = asked.at(-1)!;

  assert.ok(drawn < 7000, `the stream has drawn ${drawn} of 8001 events though nobody reads them`);
  for (let seq = 2; seq <= 8001; seq++) assert.equal((await events.next()).value.seq, seq);
  await events.return?.();
});

test('when the machine ends, a follower gets the last events and the end of the stream', async (t) => {
  const { client, machine, server } = await start(t);
  const seen = collect(client.events({ since: 0, follow: true }));
  await client.status();
  machine.emit(50);

  const before = Date.now();
  await server.close(5000);

  assert.deepEqual(await seen, range(1, 50));
  assert.ok(Date.now() - before < 4000, 'close() waited for its whole grace');
});

test('a machine that has gone is told as such', async (t) => {
  const { client, server } = await start(t);
  await server.close();
  await assert.rejects(client.status(2000), { code: 'CONTROL', message: /machine 'vm'/ });
});
