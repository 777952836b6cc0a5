/** The gRPC service of rasvm.proto over a {@link ControlledMachine}: checks what comes in, streams what goes out. */

import type {
  MethodDefinition,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
} from '@grpc/grpc-js';
import type { ControlledMachine, InjectRequest, MachineEvents } from '../api/machine.ts';
import { RasvmError } from '../core/errors.ts';
import type { RasEvent } from '../events/events.ts';
import * as messages from './messages.ts';
import { CALL_PATH } from './paths.ts';
import { toServiceError } from './status-codes.ts';

/** Events taken from the machine's log at a time for one stream. */
const BATCH = 256;

/**
 * Adds the service to a gRPC server; calls to it end with RasvmError codes (status-codes.ts).
 * @param closing aborted when the machine goes: streams end once their reader has all that there is.
 */
export function addMachineService(server: Server, machine: ControlledMachine, closing: AbortSignal): void {
  const { events } = machine;
  const unary = {
    GetStatus: unaryHandler(messages.getStatusRequest, async () => machine.status()),
    Stop: unaryHandler(messages.stopRequest, async ({ mode }) => {
      await machine.stop(mode);
      return {};
    }),
    Inject: unaryHandler(messages.injectRequest, async (request) => {
      await checkInjection(request, machine);
      return machine.inject(request);
    }),
    GetRegisters: unaryHandler(messages.getRegistersRequest, ({ vcpu }) => machine.registers(vcpu)),
    ListPoison: unaryHandler(messages.listPoisonRequest, async () => machine.poison()),
    SendSysrq: unaryHandler(messages.sendSysrqRequest, async ({ key }) => {
      await machine.sysrq(key);
      return {};
    }),
  };
  const StreamEvents = (call: ServerWritableStream<Buffer, RasEvent>): void => {
    try {
      streamEvents(call, messages.streamEventsRequest.decode(call.request), events, closing);
    } catch (error) {
      call.emit('error', toServiceError(error));
    }
  };
  server.addService(
    {
      GetStatus: method(CALL_PATH.GetStatus, messages.status),
      Stop: method(CALL_PATH.Stop, messages.stopResponse),
      Inject: method(CALL_PATH.Inject, messages.injectResponse),
      GetRegisters: method(CALL_PATH.GetRegisters, messages.registers),
      ListPoison: method(CALL_PATH.ListPoison, messages.poisonList),
      SendSysrq: method(CALL_PATH.SendSysrq, messages.sendSysrqResponse),
      StreamEvents: { ...method(CALL_PATH.StreamEvents, messages.event), responseStream: true },
    },
    { ...unary, StreamEvents },
  );
}

/** Requests stay bytes until the handler decodes them: grpc-js calls a request that throws there INTERNAL. */
// biome-ignore lint/suspicious/noExplicitAny: grpc-js' own definition of a service of several message types
function method(path: string, response: { encode(value: any): Buffer }): MethodDefinition<any, any> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: response.encode,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
}

function unaryHandler<Request, Response>(
  request: messages.Codec<Request>,
  handle: (request: Request) => Promise<Response>,
) {
  return async (call: ServerUnaryCall<Buffer, Response>, reply: sendUnaryData<Response>): Promise<void> => {
    let response: Response;
    try {
      response = await handle(request.decode(call.request));
    } catch (error) {
      reply(toServiceError(error));
      return;
    }
    reply(null, response);
  };
}

/** Throws USAGE for what no machine of this shape can do. */
async function checkInjection(request: InjectRequest, machine: ControlledMachine): Promise<void> {
  if (request.kind === 'record') {
    const { givenRecord } = await import('../ras/records/given-record.ts');
    givenRecord(request.block);
    return;
  }
  if (request.kind === 'serror') {
    const { checkSyndrome } = await import('../ras/vcpu/serror.ts');
    for (const syndrome of request.syndromes) if (syndrome !== undefined) checkSyndrome(syndrome);
    return;
  }
  if (request.kind === 'sea') return;
  const { gpa, size, count = 1, via, severity } = request;
  const { ram } = machine.status();
  const region = ram.find((each) => gpa >= each.gpa && gpa < each.gpa + each.size);
  const ranges = ram.map((each) => `${hex(each.gpa)} to ${hex(each.gpa + each.size - 1)}`).join(', ');
  if (!region) throw new RasvmError('USAGE', `gpa ${hex(gpa)} is not guest RAM, which is ${ranges}`);
  if (size !== undefined && (size <= 0 || gpa + size > region.gpa + region.size)) {
    throw new RasvmError(
      'USAGE',
      `size ${size} at gpa ${hex(gpa)} is not 1 to ${region.gpa + region.size - gpa}: guest RAM is ${ranges}`,
    );
  }
  if (count !== 1 && via === 'record')
    throw new RasvmError(
      'USAGE',
      'count is for pages that are lost: with record ask for one after the other',
    );
  if (count < 1) throw new RasvmError('USAGE', `count ${count} is none: it is one at least`);
  if (severity !== undefined && via !== 'record') {
    throw new RasvmError(
      'USAGE',
      `severity is for records alone; a page lost via ${via} is always recoverable`,
    );
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * Each stream draws from the machine's log at its reader's pace: a slow reader costs no memory, and what the
 * log drops meanwhile shows as a gap in `seq`.
 */
function streamEvents(
  call: ServerWritableStream<Buffer, RasEvent>,
  { since, follow }: messages.StreamEventsRequest,
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
