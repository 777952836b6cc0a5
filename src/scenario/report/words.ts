/** Data in words: fields of events, and what checks saw (src/scenario/judge/verdict.ts writes it as JSON). */

import type { Stuck } from '../run/result.ts';

/** Numbers that are addresses. 64-bit ones come as hexadecimal text. */
const ADDRESSES: readonly string[] = [
  'gpa',
  'hva',
  'va',
  'gva',
  'pc',
  'block',
  'physicalAddress',
  'address',
  'frame',
];

export function fieldWords(name: string, value: unknown): string {
  if (typeof value === 'number' && ADDRESSES.includes(name)) return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return value.map((each) => fieldWords(name, each)).join(' ');
  if (typeof value === 'object' && value !== null) return `(${objectWords(value)})`;
  return String(value);
}

/** "signal: code BUS_MCEERR_AR, hva 0xffff69dbc000, size 4096, vcpu 0" */
function objectWords(value: object): string {
  const { seq: _seq, time: _time, kind, ...rest } = value as Readonly<Record<string, unknown>>;
  const event = kind !== undefined;
  const words = Object.entries(event ? rest : value).map(
    ([name, each]) => `${name} ${fieldWords(name, each)}`,
  );
  return `${event ? `${kind}: ` : ''}${words.join(', ')}`;
}

/** What a check saw, in words if it is an object; else as it is. */
export function seenWords(seen: string): string {
  if (!seen.startsWith('{')) return seen;
  try {
    return objectWords(JSON.parse(seen) as object);
  } catch {
    return seen;
  }
}

/** Where a guest stood that fell silent: a line a vCPU, then what could not be had. */
export function stuckLines({ vcpus, missing }: Stuck): string[] {
  return [
    ...vcpus.map(({ vcpu, mpState, held, registers, words }) => {
      const state = `${mpState}${held ? ', held by rasvm' : ''}`;
      const mode = words.pstate === undefined ? '' : ` = ${words.pstate}`;
      const esr = words.ESR_EL1 === undefined ? '' : ` = ${words.ESR_EL1}`;
      const { pc, pstate, ESR_EL1 } = registers;
      return `vCPU ${vcpu}: ${state}, pc ${pc}, pstate ${pstate}${mode}, ESR ${ESR_EL1}${esr}`;
    }),
    ...missing.map((what) => `not to be had: ${what}`),
  ];
}
