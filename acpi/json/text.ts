/** JSON as text without loss: whole numbers beyond 2^53 are bigint here and plain numbers in the text (RFC 8259). */

import { isInteger, parse } from 'lossless-json';
import { AcpiError } from '../errors.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Columns that a list of plain values may take before each has a line of its own. */
const WIDTH = 100;

function numberOf(text: string): number | bigint {
  const number = Number(text);
  if (!Number.isFinite(number)) throw new AcpiError('VALUE', `${text} is beyond what a number can be`);
  return isInteger(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

/** @throws AcpiError VALUE for what is no JSON */
export function parseJson(text: string): JsonValue {
  try {
    return parse(text, undefined, numberOf) as JsonValue;
  } catch (error) {
    if (error instanceof AcpiError) throw error;
    if (error instanceof RangeError) throw new AcpiError('VALUE', 'is nested too deeply');
    throw new AcpiError('VALUE', `is no JSON: ${(error as Error).message.replace(/\p{Cc}/gu, '?')}`);
  }
}

/** The text of a value, indented by two spaces; lists of plain values on one line where they fit. */
export function printJson(value: JsonValue): string {
  return print(value, '');
}

/** The text of a value on one line, for logs of a value a line. */
export function printJsonLine(value: JsonValue): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return printPlain(value);
  if (Array.isArray(value)) return `[${value.map(printJsonLine).join(',')}]`;
  const members: string[] = [];
  for (const [name, content] of Object.entries(value))
    if (content !== undefined) members.push(`${JSON.stringify(name)}:${printJsonLine(content)}`);
  return `{${members.join(',')}}`;
}

function print(value: JsonValue, indent: string): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return printPlain(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return printList(value, indent, deeper);
  const members: string[] = [];
  for (const [name, content] of Object.entries(value))
    if (content !== undefined) members.push(`${deeper}${JSON.stringify(name)}: ${print(content, deeper)}`);
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}

function printPlain(value: null | boolean | number | string): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new AcpiError('VALUE', `${value} has no JSON`);
  return JSON.stringify(value);
}

function printList(values: readonly JsonValue[], indent: string, deeper: string): string {
  const elements = values.map((each) => print(each, deeper));
  if (!values.some((each) => typeof each === 'object' && each !== null)) {
    const line = `[${elements.join(', ')}]`;
    if (indent.length + line.length <= WIDTH) return line;
  }
  return `[\n${deeper}${elements.join(`,\n${deeper}`)}\n${indent}]`;
}
