/** A client of one machine's control socket. */

import { Client, credentials } from '@grpc/grpc-js';
import type { EventMessage } from '../api/event-message.ts';
import type {
  InjectRequest,
  InjectResult,
  MachineStatus,
  PoisonedPage,
  VcpuRegisters,
} from '../api/machine.ts';
import * as messages from './messages.ts';
import type { RunningMachine } from './names.ts';
import { CALL_PATH } from './paths.ts';
import { fromServiceError } from './status-codes.ts';

/** ms; a machine answers at once unless its main thread is stuck. */
const DEADLINE = 10_000;
/** ms; a vCPU may have to come to where it takes an exception, and a host that is emulated and busy needs so long for each page. */
const INJECT_DEADLINE = { least: 30_000, perLoss: 50 } as const;
/** ms; a guest may have much to print before it reads a key. */
const SYSRQ_DEADLINE = 25_000;

export interface ControlClient {
  /** All reject with the RasvmError that the machine gave, or CONTROL when it gave none. Deadlines are ms. */
  status(deadline?: number): Promise<MachineStatus>;
  stop(mode: messages.StopMode, deadline?: number): Promise<void>;
  inject(request: InjectRequest): Promise<InjectResult>;
  /** Of one vCPU, or of all. */
  registers(vcpu?: number): Promise<VcpuRegisters[]>;
  /** The pages that are lost now, by address. */
  poison(): Promise<PoisonedPage[]>;
  /** @param key one character */
  sysrq(key: string): Promise<void>;
  /** Events after `since`; with `follow` until the machine ends. Leaving the loop ends the stream. */
  events(request: messages.StreamEventsRequest): AsyncIterable<EventMessage>;
  close(): void;
}

export function connect({ name, socketPath }: Pick<RunningMachine, 'name' | 'socketPath'>): ControlClient {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    // Proxies are for the network; this is a file.
    'grpc.enable_http_proxy': 0,
  });

  function call<Request, Response>(
    path: string,
    request: Pick<messages.Codec<Request>, 'encode'>,
    response: Pick<messages.Codec<Response>, 'decode'>,
    argument: Request,
    deadline = DEADLINE,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        request.encode,
        response.decode,
        argument,
        { deadline: Date.now() + deadline },
        (error, value) => (error ? reject(fromServiceError(error, name)) : resolve(value!)),
      );
    });
  }

  return {
    status: (deadline) => call(CALL_PATH.GetStatus, messages.getStatusRequest, messages.status, {}, deadline),
    async stop(mode, deadline) {
      await call(CALL_PATH.Stop, messages.stopRequest, messages.stopResponse, { mode }, deadline);
    },
    inject(request) {
      const losses = request.kind === 'memory' ? (request.count ?? 1) : 0;
      const deadline = INJECT_DEADLINE.least + losses * INJECT_DEADLINE.perLoss;
      return call(CALL_PATH.Inject, messages.injectRequest, messages.injectResponse, request, deadline);
    },
    registers: (vcpu) =>
      call(CALL_PATH.GetRegisters, messages.getRegistersRequest, messages.registers, {
        ...(vcpu !== undefined && { vcpu }),
      }),
    poison: () => call(CALL_PATH.ListPoison, messages.listPoisonRequest, messages.poisonList, {}),
    async sysrq(key) {
      const { sendSysrqRequest, sendSysrqResponse } = messages;
      await call(CALL_PATH.SendSysrq, sendSysrqRequest, sendSysrqResponse, { key }, SYSRQ_DEADLINE);
    },
    async *events(request) {
      const { encode } = messages.streamEventsRequest;
      const stream = client.makeServerStreamRequest(
        CALL_PATH.StreamEvents,
        encode,
        messages.event.decode,
        request,
      );
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
