/** What reaches a machine from outside, and what does not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { call } from '../../../src/api/call.ts';
import type { ControlledMachine } from '../../../src/api/machine.ts';
import { METHODS, type MethodName } from '../../../src/api/methods.ts';
import type { MachineStatus } from '../../../src/api/status.ts';

const NAMES = Object.keys(METHODS) as MethodName[];
const RAM = { gpa: 2 ** 30, size: 2 ** 20 };
const MEMORY = { kind: 'memory', gpa: RAM.gpa, via: 'uffd', tell: 'late' };

/** Does nothing, and keeps what it was asked. */
function fakeMachine() {
  const asked: unknown[] = [];
  const machine: Omit<ControlledMachine, 'events'> = {
    name: 'vm',
    status: () => ({ ram: [RAM] }) as MachineStatus,
    stop: async (mode) => void asked.push(mode),
    async inject(request) {
      asked.push(request);
      return { id: 1, size: 0 };
    },
    poison: () => [],
    async registers(vcpu) {
      asked.push(vcpu);
      return [];
    },
    sysrq: async (key) => void asked.push(key),
  };
  return { machine: machine as ControlledMachine, asked };
}

const usage = (message: RegExp | string) => ({ name: 'RasvmError', code: 'USAGE', message });

async function refused(method: MethodName, request: unknown, message: RegExp | string): Promise<void> {
  const { machine, asked } = fakeMachine();
  await assert.rejects(call(machine, method, request), usage(message));
  assert.deepEqual(asked, []);
}

test('what is asked comes to the machine as it is', async () => {
  const { machine, asked } = fakeMachine();
  const serror = { kind: 'serror', vcpu: 1, serrors: [{}, { iss: 0n }, { iss: 2n ** 25n - 1n }] };
  const last = { ...MEMORY, gpa: RAM.gpa + RAM.size - 1, size: 1 };
  const record = { ...MEMORY, via: 'record', severity: 'fatal' };

  for (const request of [serror, last, record]) await call(machine, 'inject', request);
  assert.deepEqual(await call(machine, 'stop', { mode: 'kill' }), {});
  assert.deepEqual(await call(machine, 'registers', {}), []);
  await call(machine, 'sysrq', { key: 'l' });

  assert.deepEqual(asked, [serror, last, record, 'kill', undefined, 'l']);
});

test('all that is wrong with a request is told, with what would be right', async () => {
  await refused(
    'inject',
    { kind: 'memory', gpa: 2n ** 60n, size: 0, via: 'hammer', count: 1.5 },
    'gpa 0x1000000000000000 is too large; size 0 is no size: it is one byte at least; count 1.5 is no int; ' +
      "via 'hammer' is not known here: valid are record, uffd, madvise, hwpoison; " +
      'tell is missing: valid are early, late',
  );
  await refused('inject', {}, 'kind is missing: valid are memory, record, serror, sea');
  await refused('inject', { kind: 'disk' }, 'kind is not known here: valid are memory, record, serror, sea');
  await refused(
    'inject',
    { kind: 'serror', vcpu: 512, serrors: [{}, { iss: 2n ** 25n }, { iss: -1n }] },
    'vcpu 512 is too large: vCPUs are 0 to 511; serrors[1].iss 0x2000000 has more than ESR_EL1.ISS, ' +
      'bits 24 to 0; serrors[2].iss -0x1 is below 0',
  );
  await refused(
    'stop',
    { mod: 'kill' },
    /mode is missing: valid are powerdown, kill; .* not known here: 'mod'/,
  );
  await refused('status', null, 'the request is no object');
});

test('what is in no guest RAM, or only in part, is refused with where guest RAM is', async () => {
  await refused(
    'inject',
    { ...MEMORY, gpa: RAM.gpa - 1 },
    /^gpa 0x3fffffff is not guest RAM, which is 0x40000000 to/,
  );
  await refused('inject', { ...MEMORY, gpa: RAM.gpa + RAM.size }, /is not guest RAM/);
  await refused(
    'inject',
    { ...MEMORY, size: RAM.size + 1 },
    /^size 1048577 at gpa 0x40000000 is not 1 to 1048576/,
  );
});

test('a request with a thousand faults is refused in a line that a client can be sent', async () => {
  const serrors = (length: number) => Array.from({ length }, () => ({ iss: 'no' }));
  await refused('inject', { kind: 'serror', vcpu: 0, serrors: serrors(16) }, /^.{1,500}; and 11 more$/);
  await refused('inject', { kind: 'serror', vcpu: 0, serrors: serrors(1000) }, /^.{1,500}$/);
  await refused('sysrq', { key: 'x'.repeat(60_000) }, /^key must be one character/);
  await refused('sysrq', { ['k'.repeat(60_000)]: 1, key: 'l' }, /^.{1,200}$/);
});

test('whatever is asked, it reaches a machine whole or is refused as USAGE', async () => {
  const some = fc.constantFrom<unknown>(
    ...['memory', 'record', 'serror', 'sea', 'uffd', 'late', 'data', 'kill', 'l', '__proto__', ''],
    ...[0, 1, -1, 2 ** 30, 2 ** 53, 0.5, Number.NaN, 0n, -1n, 2n ** 64n, true, null, undefined],
    ...[{}, [], [{}], [{ iss: 1n }], new Uint8Array(1), new Uint8Array()],
  );
  const keys = [
    'kind',
    'gpa',
    'size',
    'count',
    'via',
    'tell',
    'severity',
    'block',
    'vcpu',
    'serrors',
    'access',
  ];
  const requests = fc.oneof(
    fc.anything({ withBigInt: true, withTypedArray: true }),
    fc.dictionary(fc.constantFrom(...keys, 'va', 'exceptionLevel', 'mode', 'key'), some, { maxKeys: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...NAMES), requests, async (method, request) => {
      const { machine } = fakeMachine();
      try {
        await call(machine, method, request);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'USAGE', String(error));
        assert.ok((error as Error).message.length < 2000);
      }
    }),
    { numRuns: 2000 },
  );
});
