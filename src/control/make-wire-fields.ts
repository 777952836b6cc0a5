/**
 * Writes wire-fields.ts, the calls, messages and enumerations of rasvm.proto as tables, so that nothing is
 * parsed or compiled at run time: `node --import tsx src/control/make-wire-fields.ts`. A unit test holds the
 * two files equal.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { FieldRow, Presence } from './wire.ts';

const PROTO = fileURLToPath(new URL('rasvm.proto', import.meta.url));
const TABLES = fileURLToPath(new URL('wire-fields.ts', import.meta.url));

export interface Tables {
  /** Request and answer of each call, by their messages' names. */
  CALLS: Record<string, [request: string, response: string]>;
  /** Numbers by the api's words: STATE_STOPPED_ON_ERROR is stopped-on-error. UNSPECIFIED has none. */
  ENUMS: Record<string, Record<string, number>>;
  MESSAGES: Record<string, FieldRow[]>;
}

export function tablesOf(source: string): Tables {
  const { root } = protobuf.parse(source);
  root.resolveAll();
  const { nestedArray } = root.lookup('rasvm.v1') as protobuf.Namespace;
  const entries = <T extends protobuf.ReflectionObject, R>(
    kind: abstract new (...args: never[]) => T,
    row: (each: T) => R,
  ) => nestedArray.flatMap((each) => (each instanceof kind ? [[each.name, row(each)] as const] : []));
  return {
    CALLS: Object.fromEntries(entries(protobuf.Service, callsOf).flatMap(([, calls]) => calls)),
    ENUMS: Object.fromEntries(entries(protobuf.Enum, wordsOf)),
    MESSAGES: Object.fromEntries(entries(protobuf.Type, ({ fieldsArray }) => fieldsArray.map(rowOf))),
  };
}

function callsOf({ methodsArray }: protobuf.Service) {
  return methodsArray.map(
    ({ name, requestType, responseType }) => [name, [requestType, responseType] as [string, string]] as const,
  );
}

function wordsOf({ values }: protobuf.Enum): Record<string, number> {
  const [unspecified, ...rest] = Object.entries(values);
  const prefix = unspecified![0].replace(/UNSPECIFIED$/, '');
  return Object.fromEntries(
    rest.map(([name, value]) => [name.slice(prefix.length).toLowerCase().replaceAll('_', '-'), value]),
  );
}

function rowOf(field: protobuf.Field): FieldRow {
  const { id, name, type } = field;
  const presence = presenceOf(field);
  return (presence === undefined ? [id, name, type] : [id, name, type, presence]) as unknown as FieldRow;
}

function presenceOf({ repeated, partOf, options }: protobuf.Field): Presence | undefined {
  if (repeated) return 'repeated';
  if (options?.proto3_optional) return 'optional';
  return partOf ? 'oneof' : undefined;
}

export function readProto(): string {
  return readFileSync(PROTO, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tables = Object.entries(tablesOf(readProto())).map(
    ([name, table]) => `export const ${name} = ${JSON.stringify(table, null, 2)} as const;\n`,
  );
  writeFileSync(
    TABLES,
    `/** Made from rasvm.proto by make-wire-fields.ts; do not edit. */\n\n${tables.join('\n')}`,
  );
}
