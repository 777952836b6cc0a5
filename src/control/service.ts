/** The gRPC service of rasvm.proto over a {@link ControlledMachine}: api's calls, and a stream of events. */

import type {
  MethodDefinition,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
} from '@grpc/grpc-js';
import { call } from '../api/call.ts';
import { check } from '../api/check.ts';
import { EventsRequest, type MachineEvents } from '../api/events.ts';
import type { ControlledMachine } from '../api/machine.ts';
import type { MethodName } from '../api/methods.ts';
import type { RasEvent } from '../events/event.ts';
import { type Call, METHOD_CALLS, STREAM_EVENTS } from './messages.ts';
import { toServiceError } from './status-codes.ts';

/** Events taken from the machine's log at a time for one stream. */
const BATCH = 256;

/**
 * Adds the service to a gRPC server; calls to it end with RasvmError codes (status-codes.ts).
 * @param closing aborted when the machine goes: streams end once their reader has all that there is.
 */
export function addMachineService(server: Server, machine: ControlledMachine, closing: AbortSignal): void {
  const methods = Object.entries(METHOD_CALLS) as [MethodName, Call<unknown, unknown>][];
  const streamHandler = (stream: ServerWritableStream<Buffer, RasEvent>): void => {
    try {
      const request = check(EventsRequest, STREAM_EVENTS.request.decode(stream.request));
      streamEvents(stream, request, machine.events, closing);
    } catch (error) {
      stream.emit('error', toServiceError(error));
    }
  };
  server.addService(
    {
      ...Object.fromEntries(methods.map(([, each]) => [each.name, definitionOf(each)])),
      [STREAM_EVENTS.name]: { ...definitionOf(STREAM_EVENTS), responseStream: true },
    },
    {
      ...Object.fromEntries(
        methods.map(([method, { name, request }]) => [
          name,
          unaryHandler((bytes) => call(machine, method, request.decode(bytes))),
        ]),
      ),
      [STREAM_EVENTS.name]: streamHandler,
    },
  );
}

/** Requests stay bytes until the handler decodes them: grpc-js calls a request that throws there INTERNAL. */
function definitionOf<Response>({
  path,
  response,
}: Call<never, Response>): MethodDefinition<Buffer, Response> {
  const bytes = (same: Buffer) => same;
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: response.encode,
    responseDeserialize: bytes as never,
  };
}

function unaryHandler<Response>(handle: (request: Buffer) => Promise<Response>) {
  return async (unary: ServerUnaryCall<Buffer, Response>, reply: sendUnaryData<Response>): Promise<void> => {
    let response: Response;
    try {
      response = await handle(unary.request);
    } catch (error) {
      reply(toServiceError(error));
      return;
    }
    reply(null, response);
  };
}

/**
 * Each stream draws from the machine's log at its reader's pace: a slow reader costs no memory, and what the
 * log drops meanwhile shows as a gap in `seq`.
 */
function streamEvents(
  call: ServerWritableStream<Buffer, RasEvent>,
  { since, follow }: EventsRequest,
  events: MachineEvents,
  closing: AbortSignal,
): void {
  let last = since;
  let full = false;
  let scheduled = false;
  let ended = false;

  const send = (): void => {
    scheduled = false;
    while (!full && !ended) {
      const batch = events.since(last, BATCH);
      if (batch.length === 0) break;
      for (const each of batch) {
        last = each.seq;
        if (call.write(each)) continue;
        full = true;
        break;
      }
    }
    if (!full && !ended && (!follow || closing.aborted)) end();
  };
  // An event is emitted while an error is handled: what a stream costs comes after that.
  const wake = (): void => {
    if (scheduled || full || ended) return;
    scheduled = true;
    setImmediate(send);
  };
  const unsubscribe = events.subscribe(wake);
  closing.addEventListener('abort', wake);
  const leave = (): void => {
    ended = true;
    unsubscribe();
    closing.removeEventListener('abort', wake);
  };
  const end = (): void => {
    leave();
    call.end();
  };
  call.on('drain', () => {
    full = false;
    wake();
  });
  call.on('cancelled', leave);
  send();
}
