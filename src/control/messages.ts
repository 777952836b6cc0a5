/**
 * The messages of rasvm.proto: bytes to and from rasvm's own types. 64-bit fields are exact: a value that a
 * `number` cannot hold is refused, not rounded.
 */

import protobuf from 'protobufjs/light.js';
import type { EventMessage, Json } from '../api/event-message.ts';
import {
  type ErrorCounts,
  INJECT_ACCESSES,
  INJECT_MEANS,
  INJECT_SEVERITIES,
  INJECT_TELLS,
  type InjectedException,
  type InjectRequest,
  type InjectResult,
  MACHINE_STATES,
  type MachineStatus,
  MP_STATES,
  ORIGINS,
  type PoisonedPage,
  type VcpuRegisters,
} from '../api/machine.ts';
import { RasvmError } from '../core/errors.ts';
import type { RasEvent } from '../events/events.ts';
import { DESCRIPTOR } from './descriptor.ts';

export interface StreamEventsRequest {
  since: number;
  follow: boolean;
}

export type StopMode = 'powerdown' | 'kill';

/** How one message goes over the wire. */
export interface Codec<T> {
  encode(value: T): Buffer;
  /** Throws RasvmError USAGE for bytes or values that the message does not allow. */
  decode(bytes: Uint8Array): T;
}

type Plain = Record<string, unknown>;

const root = protobuf.Root.fromJSON(DESCRIPTOR as protobuf.INamespace);

/** @param name of the message in package rasvm.v1. */
function codec<T>(name: string, toPlain: (value: T) => Plain, fromPlain: (plain: Plain) => T): Codec<T> {
  const type = root.lookupType(`rasvm.v1.${name}`);
  return {
    encode: (value) => Buffer.from(type.encode(type.fromObject(toPlain(value))).finish()),
    decode(bytes) {
      let plain: Plain;
      try {
        // No defaults: what was not sent is undefined, and zero stays distinguishable where the schema says optional.
        plain = type.toObject(type.decode(bytes), { longs: BigInt, arrays: true });
      } catch (error) {
        throw new RasvmError('USAGE', `not a rasvm.v1.${name} message: ${(error as Error).message}`, {
          cause: error,
        });
      }
      return fromPlain(plain);
    },
  };
}

/** A 64-bit field as a number. */
function integer(plain: Plain, field: string): number {
  const value = plain[field] ?? 0;
  if (typeof value === 'bigint' && (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)) {
    throw new RasvmError(
      'USAGE',
      `${field} 0x${value.toString(16)} is too large; addresses have at most 52 bits`,
    );
  }
  return Number(value);
}

function optionalInteger(plain: Plain, field: string): number | undefined {
  return plain[field] === undefined ? undefined : integer(plain, field);
}

/** An enumeration of the proto file: PREFIX_NAME on the wire, 'name' here. */
interface Enumeration<T extends string> {
  encode(name: T): number;
  /** Undefined for UNSPECIFIED; throws for a number that the schema does not have. */
  decode(plain: Plain, field: string): T | undefined;
  /** As decode, but the value must be there. */
  required(plain: Plain, field: string): T;
}

function enumeration<T extends string>(name: string, prefix: string, names: readonly T[]): Enumeration<T> {
  const { values } = root.lookupEnum(`rasvm.v1.${name}`);
  const wireName = (each: T) => `${prefix}_${each.toUpperCase().replaceAll('-', '_')}`;
  const numberOf = new Map(names.map((each) => [each, values[wireName(each)]!]));
  const nameOf = new Map([...numberOf].map(([each, number]) => [number, each]));
  const valid = names.map(wireName).join(', ');
  const decode = (plain: Plain, field: string): T | undefined => {
    const number = (plain[field] as number | undefined) ?? 0;
    if (number === 0) return undefined;
    const found = nameOf.get(number);
    if (found === undefined) {
      throw new RasvmError('USAGE', `${field} ${number} is not known here; valid are ${valid}`);
    }
    return found;
  };
  return {
    encode: (each) => numberOf.get(each)!,
    decode,
    required(plain, field) {
      const value = decode(plain, field);
      if (value === undefined) throw new RasvmError('USAGE', `${field} is missing; valid are ${valid}`);
      return value;
    },
  };
}

const state = enumeration('State', 'STATE', MACHINE_STATES);
const backing = enumeration('Backing', 'BACKING', ['anonymous', 'memfd']);
const rasMode = enumeration('RasMode', 'RAS_MODE', ['auto', 'on', 'off']);
const stopMode = enumeration('StopMode', 'STOP_MODE', ['powerdown', 'kill']);
const means = enumeration('InjectMeans', 'INJECT_MEANS', INJECT_MEANS);
const tell = enumeration('InjectTell', 'INJECT_TELL', INJECT_TELLS);
const mpState = enumeration('MpState', 'MP_STATE', MP_STATES);
const origin = enumeration('Origin', 'ORIGIN', ORIGINS);
const access = enumeration('AbortAccess', 'ABORT_ACCESS', INJECT_ACCESSES);
const severity = enumeration('Severity', 'SEVERITY', INJECT_SEVERITIES);

export const getStatusRequest = codec<Record<string, never>>(
  'GetStatusRequest',
  () => ({}),
  () => ({}),
);

export const status = codec<MachineStatus>(
  'Status',
  (value) => ({
    name: value.name,
    pid: value.pid,
    state: state.encode(value.state),
    uptimeNs: value.uptime,
    vcpus: value.vcpus,
    memoryBytes: value.memory,
    ram: value.ram,
    backing: backing.encode(value.backing),
    hugePageBytes: value.hugePageSize,
    acpi: value.acpi,
    rasAsked: rasMode.encode(value.ras.asked),
    rasResolved: rasMode.encode(value.ras.resolved),
    rasEarly: value.ras.early,
    rssBytes: value.rss,
    errors: value.errors,
    leftOutBytes: value.leftOut,
  }),
  (plain) => ({
    name: String(plain.name ?? ''),
    pid: integer(plain, 'pid'),
    state: state.required(plain, 'state'),
    uptime: integer(plain, 'uptimeNs'),
    vcpus: integer(plain, 'vcpus'),
    memory: integer(plain, 'memoryBytes'),
    ram: (plain.ram as Plain[]).map((range) => ({
      gpa: integer(range, 'gpa'),
      size: integer(range, 'size'),
    })),
    backing: backing.required(plain, 'backing'),
    hugePageSize: integer(plain, 'hugePageBytes'),
    acpi: plain.acpi === true,
    ras: {
      asked: rasMode.required(plain, 'rasAsked'),
      resolved: rasMode.required(plain, 'rasResolved') === 'off' ? 'off' : 'on',
      early: plain.rasEarly === true,
    },
    rss: integer(plain, 'rssBytes'),
    errors: errorCounts((plain.errors as Plain | undefined) ?? {}),
    leftOut: integer(plain, 'leftOutBytes'),
  }),
);

function errorCounts(plain: Plain): ErrorCounts {
  return {
    total: integer(plain, 'total'),
    queued: integer(plain, 'queued'),
    told: integer(plain, 'told'),
    acknowledged: integer(plain, 'acknowledged'),
    untold: integer(plain, 'untold'),
  };
}

export const stopRequest = codec<{ mode: StopMode }>(
  'StopRequest',
  (value) => ({ mode: stopMode.encode(value.mode) }),
  (plain) => ({ mode: stopMode.required(plain, 'mode') }),
);

export const stopResponse = codec<Record<string, never>>(
  'StopResponse',
  () => ({}),
  () => ({}),
);

export const injectRequest = codec<InjectRequest>('InjectRequest', injectRequestToPlain, (plain) => {
  if (plain.serror) return serrorFromPlain(plain.serror as Plain);
  if (plain.sea) return seaFromPlain(plain.sea as Plain);
  const record = plain.record as Plain | undefined;
  if (record) {
    if (record.block === undefined) throw new RasvmError('USAGE', 'block is missing');
    return { kind: 'record', block: record.block as Uint8Array };
  }
  const memory = plain.memory as Plain | undefined;
  if (!memory)
    throw new RasvmError('USAGE', 'error is missing; this machine can make: memory, record, serror, sea');
  const gpa = optionalInteger(memory, 'gpa');
  if (gpa === undefined) throw new RasvmError('USAGE', 'gpa is missing');
  const size = optionalInteger(memory, 'size');
  const count = optionalInteger(memory, 'count');
  const how = severity.decode(memory, 'severity');
  return {
    kind: 'memory',
    gpa,
    ...(size !== undefined && { size }),
    ...(count !== undefined && { count }),
    via: means.required(memory, 'via'),
    tell: tell.required(memory, 'tell'),
    ...(how && { severity: how }),
  };
});

function injectRequestToPlain(value: InjectRequest): Plain {
  switch (value.kind) {
    case 'record':
      return { record: { block: value.block } };
    case 'serror': {
      const serrors = value.syndromes.map((iss) => (iss === undefined ? {} : { iss }));
      return { serror: { vcpu: value.vcpu, serrors, ...whereToPlain(value) } };
    }
    case 'sea': {
      const { vcpu, va } = value;
      const address = va === undefined ? {} : { va };
      return { sea: { vcpu, access: access.encode(value.access), ...address, ...whereToPlain(value) } };
    }
    case 'memory':
      return {
        memory: {
          gpa: value.gpa,
          ...(value.size !== undefined && { size: value.size }),
          ...(value.count !== undefined && { count: value.count }),
          via: means.encode(value.via),
          tell: tell.encode(value.tell),
          ...(value.severity && { severity: severity.encode(value.severity) }),
        },
      };
  }
}

function whereToPlain({ exceptionLevel }: { exceptionLevel?: 0 | 1 }): Plain {
  return exceptionLevel === undefined ? {} : { exceptionLevel };
}

function whereFromPlain(plain: Plain): { vcpu: number; exceptionLevel?: 0 | 1 } {
  const level = optionalInteger(plain, 'exceptionLevel');
  if (level !== undefined && level !== 0 && level !== 1) {
    throw new RasvmError('USAGE', `exceptionLevel ${level} is not one of a guest; valid are 0 and 1`);
  }
  return { vcpu: integer(plain, 'vcpu'), ...(level !== undefined && { exceptionLevel: level }) };
}

/** More in a row show nothing new. */
const SERRORS_MOST = 16;

function serrorFromPlain(plain: Plain): InjectRequest {
  const serrors = plain.serrors as Plain[];
  if (serrors.length === 0) throw new RasvmError('USAGE', 'serrors is missing: give one at least');
  if (serrors.length > SERRORS_MOST)
    throw new RasvmError(
      'USAGE',
      `serrors has ${serrors.length}; at most ${SERRORS_MOST} can be given at once`,
    );
  const syndromes = serrors.map(({ iss }) => iss as bigint | undefined);
  return { kind: 'serror', ...whereFromPlain(plain), syndromes };
}

function seaFromPlain(plain: Plain): InjectRequest {
  const va = plain.va as bigint | undefined;
  return {
    kind: 'sea',
    ...whereFromPlain(plain),
    access: access.required(plain, 'access'),
    ...(va !== undefined && { va }),
  };
}

export const injectResponse = codec<InjectResult>(
  'InjectResponse',
  ({ id, gpa, size, hva, exception }) => ({
    errorId: id,
    ...(gpa !== undefined && { gpa }),
    size,
    ...(hva !== undefined && { hva }),
    ...(exception && { exception }),
  }),
  (plain) => {
    const gpa = optionalInteger(plain, 'gpa');
    const hva = optionalInteger(plain, 'hva');
    return {
      id: integer(plain, 'errorId'),
      ...(gpa !== undefined && { gpa }),
      size: integer(plain, 'size'),
      ...(hva !== undefined && { hva }),
      ...(plain.exception !== undefined && { exception: injectedException(plain.exception as Plain) }),
    };
  },
);

function injectedException(plain: Plain): InjectedException {
  return {
    vcpu: integer(plain, 'vcpu'),
    pc: (plain.pc ?? 0n) as bigint,
    exceptionLevel: integer(plain, 'exceptionLevel') === 0 ? 0 : 1,
    ...(plain.esr !== undefined && { esr: plain.esr as bigint }),
    pending: plain.pending === true,
  };
}

export const getRegistersRequest = codec<{ vcpu?: number }>(
  'GetRegistersRequest',
  ({ vcpu }) => ({ ...(vcpu !== undefined && { vcpu }) }),
  (plain) => {
    const vcpu = optionalInteger(plain, 'vcpu');
    return { ...(vcpu !== undefined && { vcpu }) };
  },
);

export const registers = codec<VcpuRegisters[]>(
  'Registers',
  (value) => ({
    vcpus: value.map(({ vcpu, mpState: power, held, registers: all, serror }) => ({
      vcpu,
      mpState: mpState.encode(power),
      held,
      registers: Object.entries(all).map(([name, word]) => ({ name, value: word })),
      ...(serror && { serror }),
    })),
  }),
  (plain) =>
    (plain.vcpus as Plain[]).map((each) => ({
      vcpu: integer(each, 'vcpu'),
      mpState: mpState.required(each, 'mpState'),
      held: each.held === true,
      registers: Object.fromEntries(
        (each.registers as Plain[]).map(({ name, value }) => [String(name ?? ''), (value ?? 0n) as bigint]),
      ),
      ...(each.serror !== undefined && { serror: pendingSerror(each.serror as Plain) }),
    })),
);

function pendingSerror({ esr }: Plain): { esr?: bigint } {
  return esr === undefined ? {} : { esr: esr as bigint };
}

export const listPoisonRequest = codec<Record<string, never>>(
  'ListPoisonRequest',
  () => ({}),
  () => ({}),
);

export const poisonList = codec<PoisonedPage[]>(
  'PoisonList',
  (pages) => ({
    pages: pages.map((page) => ({
      errorId: page.id,
      gpa: page.gpa,
      size: page.size,
      sinceNs: page.since,
      origin: origin.encode(page.origin),
      ...(page.toldEarly !== undefined && { toldEarlyNs: page.toldEarly }),
      toldLate: page.toldLate,
      ...(page.toldLateAt !== undefined && { toldLateNs: page.toldLateAt }),
      acknowledged: page.acknowledged,
      ...(page.acknowledgedAt !== undefined && { acknowledgedNs: page.acknowledgedAt }),
      touches: page.touches,
      ...(page.touchedAt !== undefined && { touchedNs: page.touchedAt }),
      stillInUse: page.offlined === 'no',
      leftOut: page.offlined === 'left-out',
    })),
  }),
  (plain) => (plain.pages as Plain[]).map(poisonedPage),
);

function poisonedPage(plain: Plain): PoisonedPage {
  const toldEarly = optionalInteger(plain, 'toldEarlyNs');
  const toldLateAt = optionalInteger(plain, 'toldLateNs');
  const acknowledgedAt = optionalInteger(plain, 'acknowledgedNs');
  const touchedAt = optionalInteger(plain, 'touchedNs');
  return {
    id: integer(plain, 'errorId'),
    gpa: integer(plain, 'gpa'),
    size: integer(plain, 'size'),
    since: integer(plain, 'sinceNs'),
    origin: origin.required(plain, 'origin'),
    ...(toldEarly !== undefined && { toldEarly }),
    toldLate: integer(plain, 'toldLate'),
    ...(toldLateAt !== undefined && { toldLateAt }),
    acknowledged: integer(plain, 'acknowledged'),
    ...(acknowledgedAt !== undefined && { acknowledgedAt }),
    touches: integer(plain, 'touches'),
    ...(touchedAt !== undefined && { touchedAt }),
    offlined: plain.leftOut === true ? 'left-out' : plain.stillInUse === true ? 'no' : 'unknown',
  };
}

export const sendSysrqRequest = codec<{ key: string }>(
  'SendSysrqRequest',
  ({ key }) => ({ key }),
  ({ key }) => {
    if (key === undefined) throw new RasvmError('USAGE', 'key is missing');
    if (!/^[0-9A-Za-z]$/.test(String(key))) {
      throw new RasvmError('USAGE', "key must be one character of 0 to 9, a to z, A to Z, such as 'l'");
    }
    return { key: String(key) };
  },
);

export const sendSysrqResponse = codec<Record<string, never>>(
  'SendSysrqResponse',
  () => ({}),
  () => ({}),
);

export const streamEventsRequest = codec<StreamEventsRequest>(
  'StreamEventsRequest',
  ({ since, follow }) => ({ since, follow }),
  (plain) => ({ since: integer(plain, 'since'), follow: plain.follow === true }),
);

/** Encodes rasvm's own events; decodes to what a client sees. */
export const event: {
  encode(value: RasEvent): Buffer;
  decode(bytes: Uint8Array): EventMessage;
} = codec<RasEvent | EventMessage>('Event', eventToPlain, eventFromPlain) as never;

function eventToPlain(value: RasEvent | EventMessage): Plain {
  const { seq, time, id, kind, ...fields } = value as EventMessage;
  return { seq, timeNs: time, ...(id !== undefined && { errorId: id }), kind, fields: fieldsToPlain(fields) };
}

function eventFromPlain(plain: Plain): EventMessage {
  const id = optionalInteger(plain, 'errorId');
  return {
    seq: integer(plain, 'seq'),
    time: integer(plain, 'timeNs'),
    ...(id !== undefined && { id }),
    kind: String(plain.kind ?? ''),
    ...fieldsFromPlain(plain.fields as Plain[]),
  };
}

function fieldsToPlain(fields: Record<string, unknown>): Plain[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: valueToPlain(value) }],
  );
}

function fieldsFromPlain(fields: Plain[]): Record<string, Json> {
  return Object.fromEntries(
    fields.map((field) => [
      String(field.name ?? ''),
      valueFromPlain((field.value as Plain | undefined) ?? {}),
    ]),
  );
}

function valueToPlain(value: unknown): Plain {
  switch (typeof value) {
    case 'bigint':
      return { word: BigInt.asUintN(64, value) };
    case 'number':
      return Number.isSafeInteger(value) ? { integer: value } : { real: value };
    case 'boolean':
      return { truth: value };
    case 'object':
      if (Array.isArray(value)) return { list: { values: value.map(valueToPlain) } };
      if (value !== null) return { struct: { fields: fieldsToPlain(value as Record<string, unknown>) } };
  }
  return { text: String(value) };
}

function valueFromPlain(plain: Plain): Json {
  if (plain.word !== undefined) return `0x${(plain.word as bigint).toString(16)}`;
  if (plain.integer !== undefined) return integer(plain, 'integer');
  if (plain.truth !== undefined) return plain.truth as boolean;
  if (plain.real !== undefined) return plain.real as number;
  if (plain.list !== undefined) return ((plain.list as Plain).values as Plain[]).map(valueFromPlain);
  if (plain.struct !== undefined) return fieldsFromPlain((plain.struct as Plain).fields as Plain[]);
  return String(plain.text ?? '');
}
