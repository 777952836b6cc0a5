/** A client of one machine's control socket. */

import { Client, credentials } from '@grpc/grpc-js';
import { check } from '../api/check.ts';
import type { EventMessage, EventsRequest } from '../api/events.ts';
import type { InjectRequest, InjectResult } from '../api/inject.ts';
import { METHODS, type MethodName, type RequestOf, type ResultOf } from '../api/methods.ts';
import type { PoisonedPage } from '../api/poison.ts';
import type { VcpuRegisters } from '../api/registers.ts';
import type { MachineStatus } from '../api/status.ts';
import type { StopMode } from '../api/stop.ts';
import { RasvmError } from '../core/errors.ts';
import { METHOD_CALLS, STREAM_EVENTS } from './messages.ts';
import type { RunningMachine } from './names.ts';
import { fromServiceError } from './status-codes.ts';

/** ms; a machine answers at once unless its main thread is stuck. */
const DEADLINE = 10_000;
/**
 * ms; a vCPU may have to come to where it takes an exception, and a host that is emulated and busy needs so
 * long for each page.
 */
const INJECT_DEADLINE = { least: 30_000, perLoss: 50 } as const;
/** ms; a guest may have much to print before it reads a key. */
const SYSRQ_DEADLINE = 25_000;

export interface ControlClient {
  /** All reject with the RasvmError that the machine gave, or CONTROL when it gave none. Deadlines are ms. */
  status(deadline?: number): Promise<MachineStatus>;
  stop(mode: StopMode, deadline?: number): Promise<void>;
  inject(request: InjectRequest): Promise<InjectResult>;
  /** Of one vCPU, or of all. */
  registers(vcpu?: number): Promise<VcpuRegisters[]>;
  /** The pages that are lost now, by address. */
  poison(): Promise<PoisonedPage[]>;
  /** @param key one character */
  sysrq(key: string): Promise<void>;
  /** Events after `since`; with `follow` until the machine ends. Leaving the loop ends the stream. */
  events(request: EventsRequest): AsyncIterable<EventMessage>;
  close(): void;
}

export function connect({ name, socketPath }: Pick<RunningMachine, 'name' | 'socketPath'>): ControlClient {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    // Proxies are for the network; this is a file.
    'grpc.enable_http_proxy': 0,
  });

  async function call<N extends MethodName>(
    method: N,
    request: RequestOf<N>,
    deadline = DEADLINE,
  ): Promise<ResultOf<N>> {
    const { path, request: asked, response } = METHOD_CALLS[method];
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        asked.encode,
        asBytes,
        request,
        { deadline: Date.now() + deadline },
        (error, value) => (error ? reject(fromServiceError(error, name)) : resolve(value!)),
      );
    });
    try {
      return check<ResultOf<N>>(METHODS[method].result as never, response.decode(bytes));
    } catch (cause) {
      const what = `machine '${name}' gives an answer that is not known here`;
      throw new RasvmError('CONTROL', `${what}: ${(cause as Error).message}`, { cause });
    }
  }

  return {
    status: (deadline) => call('status', {}, deadline),
    async stop(mode, deadline) {
      await call('stop', { mode }, deadline);
    },
    inject(request) {
      const losses = request.kind === 'memory' ? (request.count ?? 1) : 0;
      return call('inject', request, INJECT_DEADLINE.least + losses * INJECT_DEADLINE.perLoss);
    },
    registers: (vcpu) => call('registers', vcpu === undefined ? {} : { vcpu }),
    poison: () => call('poison', {}),
    async sysrq(key) {
      await call('sysrq', { key }, SYSRQ_DEADLINE);
    },
    async *events(request) {
      const { path, request: asked, response } = STREAM_EVENTS;
      const stream = client.makeServerStreamRequest(path, asked.encode, response.decode, request);
      try {
        for await (const event of stream) yield event as EventMessage;
      } catch (error) {
        throw fromServiceError(error, name);
      } finally {
        stream.cancel();
      }
    },
    close: () => client.close(),
  };
}

function asBytes(bytes: Buffer): Buffer {
  return bytes;
}
