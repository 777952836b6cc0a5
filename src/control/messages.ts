/** The calls of rasvm.proto and their messages, in the words of the api (src/api). */

import type { EventMessage, EventsRequest, Json } from '../api/events.ts';
import type { InjectRequest } from '../api/inject.ts';
import type { MethodName, RequestOf, ResultOf } from '../api/methods.ts';
import type { PoisonedPage } from '../api/poison.ts';
import type { VcpuRegisters } from '../api/registers.ts';
import type { MachineStatus } from '../api/status.ts';
import { RasvmError } from '../core/errors.ts';
import type { RasEvent } from '../events/event.ts';
import { type Codec, codecs, type Form } from './wire.ts';
import { CALLS } from './wire-fields.ts';

type CallName = keyof typeof CALLS;

/** One call: its path in HTTP/2, and how what is asked and answered goes over the wire. */
export interface Call<Request, Response> {
  name: CallName;
  path: string;
  request: Codec<Request>;
  response: Codec<Response>;
}

type Plain = Record<string, unknown>;

/** A field of an event; its value left out is an empty text. */
interface WireField {
  name: string;
  value?: Json;
}

/** Both ways by names alone: the field's in rasvm.proto, and in the api. */
function renamed(names: Readonly<Record<string, string>>) {
  const toWire = new Map(Object.entries(names).map(([wire, own]) => [own, wire]));
  const rename = (value: object, name: (key: string) => string | undefined) =>
    Object.fromEntries(Object.entries(value).map(([key, each]) => [name(key) ?? key, each]));
  return {
    toWire: (value: object) => rename(value, (key) => toWire.get(key)),
    fromWire: (message: object) => rename(message, (key) => names[key]),
  };
}

const STATUS = renamed({
  uptimeNs: 'uptime',
  memoryBytes: 'memory',
  hugePageBytes: 'hugePageSize',
  rssBytes: 'rss',
  leftOutBytes: 'leftOut',
});

const POISONED_PAGE = renamed({
  errorId: 'id',
  sinceNs: 'since',
  toldEarlyNs: 'toldEarly',
  toldLateNs: 'toldLateAt',
  acknowledgedNs: 'acknowledgedAt',
  touchedNs: 'touchedAt',
});

const FORMS = {
  Status: {
    toWire: ({ ras, ...rest }: MachineStatus) => ({
      ...STATUS.toWire(rest),
      rasAsked: ras.asked,
      rasResolved: ras.resolved,
      rasEarly: ras.early,
    }),
    fromWire: ({ rasAsked, rasResolved, rasEarly, ...rest }: Plain) => ({
      ...STATUS.fromWire(rest),
      ras: { asked: rasAsked, resolved: rasResolved, early: rasEarly },
    }),
  },
  InjectRequest: {
    toWire: ({ kind, ...error }: InjectRequest) => ({ [kind]: error }),
    fromWire(message: Record<string, object>) {
      const [given] = Object.entries(message);
      if (given === undefined)
        throw new RasvmError('USAGE', 'error is missing: give one of memory, record, serror, sea');
      return { kind: given[0], ...given[1] };
    },
  },
  SerrorInjection: onFirstVcpu(),
  SeaInjection: onFirstVcpu(),
  InjectResponse: renamed({ errorId: 'id' }),
  Registers: listOf('vcpus'),
  VcpuRegisters: {
    toWire: ({ registers, ...rest }: VcpuRegisters) => ({
      ...rest,
      registers: Object.entries(registers).map(([name, value]) => ({ name, value })),
    }),
    fromWire: ({ registers, ...rest }: { registers: { name: string; value: bigint }[] }) => ({
      ...rest,
      registers: Object.fromEntries(registers.map(({ name, value }) => [name, value])),
    }),
  },
  PoisonList: listOf('pages'),
  PoisonedPage: {
    toWire: ({ offlined, ...rest }: PoisonedPage) => ({
      ...POISONED_PAGE.toWire(rest),
      stillInUse: offlined === 'no',
      leftOut: offlined === 'left-out',
    }),
    fromWire: ({ stillInUse, leftOut, ...rest }: Plain) => ({
      ...POISONED_PAGE.fromWire(rest),
      offlined: leftOut ? 'left-out' : stillInUse ? 'no' : 'unknown',
    }),
  },
  Event: {
    toWire({ seq, time, id, kind, ...fields }: EventMessage) {
      return { seq, timeNs: time, errorId: id, kind, fields: fieldsToWire(fields) };
    },
    fromWire: ({ seq, timeNs, errorId, kind, fields }: Plain & { fields: WireField[] }) => ({
      seq,
      time: timeNs,
      ...(errorId !== undefined && { id: errorId }),
      kind,
      ...fieldsFromWire(fields),
    }),
  },
  Value: { toWire: valueToWire, fromWire: valueFromWire },
  List: listOf('values'),
  Struct: {
    toWire: (value: object) => ({ fields: fieldsToWire(value) }),
    fromWire: ({ fields }: { fields: WireField[] }) => fieldsFromWire(fields),
  },
} satisfies Parameters<typeof codecs>[0];

/** A message that has a list and nothing else is that list. */
function listOf(field: string): Form {
  return {
    toWire: (values: unknown[]) => ({ [field]: values }),
    fromWire: (message: Plain) => message[field],
  };
}

/** Of an exception for a vCPU: left out, it is vCPU 0. */
function onFirstVcpu(): Form {
  return { toWire: (value: object) => value, fromWire: (message: object) => ({ vcpu: 0, ...message }) };
}

function fieldsToWire(fields: object): { name: string; value: unknown }[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function fieldsFromWire(fields: WireField[]): Record<string, Json> {
  return Object.fromEntries(fields.map(({ name, value = '' }) => [name, value]));
}

function valueToWire(value: unknown): object {
  switch (typeof value) {
    case 'bigint':
      return { word: value };
    case 'number':
      return Number.isSafeInteger(value) ? { integer: value } : { real: value };
    case 'boolean':
      return { truth: value };
    case 'object':
      if (value !== null) return Array.isArray(value) ? { list: value } : { struct: value };
  }
  return { text: String(value) };
}

/** The value of whichever it is; register contents as 0x-hex. */
function valueFromWire(message: Record<string, Json | bigint>): Json {
  const [value = ''] = Object.values(message);
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

const codec = codecs(FORMS);

function callOf<Request, Response>(name: CallName): Call<Request, Response> {
  const [request, response] = CALLS[name];
  return { name, path: `/rasvm.v1.Machine/${name}`, request: codec(request), response: codec(response) };
}

/** By the api's methods. */
export const METHOD_CALLS: { [N in MethodName]: Call<RequestOf<N>, ResultOf<N>> } = {
  status: callOf('GetStatus'),
  stop: callOf('Stop'),
  inject: callOf('Inject'),
  registers: callOf('GetRegisters'),
  poison: callOf('ListPoison'),
  sysrq: callOf('SendSysrq'),
};

/** Its answers are a stream of rasvm's own events; a client gets each as an {@link EventMessage}. */
export const STREAM_EVENTS = callOf<EventsRequest, RasEvent>('StreamEvents');
