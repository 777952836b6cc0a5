/** An event as a line for people: time, error id, kind, and what happened in the field's words. */

import { escaped } from '@rasvm/acpi/text/escape';
import type { EventMessage, Json } from '../api/events.ts';
import { durationText, sizeText } from '../core/quantity.ts';
import type { RasEvent, RasEventKind } from '../events/event.ts';

/** A bigint comes over the wire as its 0x-hex string. */
type Outside<T> = { [K in keyof T]: bigint extends T[K] ? T[K] | string : T[K] };
type EventOf<K extends RasEventKind> = Outside<Extract<RasEvent, { kind: K }>>;

/** Every kind has its words: the type check finds the one that does not. */
const WORDS: { [K in RasEventKind]: (event: EventOf<K>) => string } = {
  injected: (e) =>
    e.gpa === undefined
      ? `a record of ${e.size} bytes is given, to be told ${e.tell}`
      : `${sizeText(e.size)} at GPA ${hex(e.gpa)} lost on purpose (via ${e.via}, to be told ${e.tell})`,
  signal: (e) => `${e.code} at HVA ${hex(e.hva)}, ${sizeText(e.size)}${onVcpu(e.vcpu)}`,
  'sea-exit': (e) =>
    `KVM_EXIT_ARM_SEA${at('GPA', e.gpa)}${at('GVA', e.gva)}, ESR ${hex(e.esr)}${onVcpu(e.vcpu)}`,
  found: (e) => `lost page at HVA ${hex(e.hva)}, ${sizeText(e.size)}: no signal had named it`,
  attributed: (e) =>
    `${e.owner}${e.gpa === undefined ? '' : ` GPA ${hex(e.gpa)}`} (HVA ${hex(e.hva)}), ${sizeText(e.size)}, ${e.timing} by ${e.origin}${onVcpu(e.vcpu)}`,
  known: (e) => `GPA ${hex(e.gpa)} was told ${e.timing} before: nothing more is due`,
  queued: (e) => `waits for source ${e.source}, ${e.depth} in its queue${onVcpu(e.vcpu)}`,
  deferred: (e) => `no room in the queue of source ${e.source}, as for ${e.waits} in all: told later`,
  retried: (e) => `let run while it waits for source ${e.source}${onVcpu(e.vcpu)}`,
  recorded: (e) =>
    `${e.severity}${at('physical address', e.physicalAddress)}${mask(e.physicalAddressMask)}${several(e.pages)}, in the block of source ${e.source} at GPA ${hex(e.block)}${e.fruText ? `, FRU '${e.fruText}'` : ''}${e.overflow ? ', more than the queue holds wait' : ''}`,
  notified: (e) => {
    const source = e.source === undefined ? '' : ` for source ${e.source}`;
    const access = e.access === undefined ? '' : `, ${e.access} access`;
    const gva = e.access !== undefined && e.gva === undefined ? ', GVA unknown' : at('GVA', e.gva);
    const level = e.exceptionLevel === undefined ? '' : ` in EL${e.exceptionLevel}`;
    const esr = e.esr === undefined ? '' : `, ESR ${hex(e.esr)}`;
    const by = e.by === undefined ? '' : `, entered by ${e.by}`;
    return `${e.notification}${source}${access}${gva}${at('PC', e.pc)}${level}${esr}${by}${onVcpu(e.vcpu)}`;
  },
  renotified: (e) =>
    `${e.notification} once more for source ${e.source}: nobody has read its record (${e.times})`,
  serror: (e) => {
    const esr = e.esr === undefined ? 'without a syndrome' : `ISS ${hex(e.esr)}`;
    const merged = e.merged === undefined ? '' : `, merged with ${e.merged} that was pending`;
    const how = e.pending ? 'pending' : 'entered by kvm';
    return `SError ${e.class}, ${esr}${merged}, ${how}${at('PC', e.pc)} in EL${e.exceptionLevel}${onVcpu(e.vcpu)}`;
  },
  acknowledged: (e) => `read_ack of source ${e.source} after ${shortDuration(e.after)}`,
  unacknowledged: (e) =>
    `no read_ack of source ${e.source} for ${shortDuration(e.after)}: the guest ${e.consumed ? 'has read the record' : 'has not read the record'}${e.waits === undefined ? '' : `, which stays; ${e.waits} wait`}`,
  unrecorded: (e) => `no record of it: ${e.reason}`,
  renewed: (e) => `${sizeText(e.size)} at GPA ${hex(e.gpa)} backed anew`,
  'left-out': (e) =>
    `${sizeText(e.size)} at GPA ${hex(e.gpa)} cannot be backed anew, and is left out of the guest's memory: ${e.reason}`,
  'block-lost': (e) =>
    `${sizeText(e.size)} of error records at GPA ${hex(e.gpa)} backed anew${e.rewritten ? ', with the record that was not read yet' : ''}`,
  dropped: (e) => `report for source ${e.source} dropped: the guest was reset`,
  'machine.started': (e) =>
    `${e.vcpus} ${e.vcpus === 1 ? 'vCPU' : 'vCPUs'}, ${sizeText(e.memory)}, boot by ${e.boot === 'acpi' ? 'ACPI' : 'device tree'}`,
  'machine.reset': (e) => `reset ${e.count}`,
  'machine.powerdown': (e) => `power-off asked for by ${e.asked}`,
  'machine.sysrq': (e) => `SysRq ${e.key} sent on the console`,
  'machine.panicked': (e) =>
    `the guest kernel panicked${e.reason === undefined ? '' : `: ${e.reason}`}` +
    (e.crashKernel ? ', and starts its crash kernel' : ''),
  'machine.halted': (e) =>
    `the guest stands still on GPA ${hex(e.gpa)}, to be looked at until rasvm stop${onVcpu(e.vcpu)}`,
  'machine.stopped': (e) => `${e.reason}, status ${e.status}`,
  'machine.stray-access': (e) =>
    `${e.write ? 'write' : 'read'} of ${e.size} bytes at GPA ${hex(e.gpa)}, where nothing is${onVcpu(e.vcpu)}`,
  'machine.warning': (e) => e.message,
};

const KIND_WIDTH = Math.max(
  ...Object.keys(WORDS)
    .filter((kind) => !kind.includes('.'))
    .map((kind) => kind.length),
);

/** `+12.345678 s  #3  signal  BUS_MCEERR_AR at HVA 0xffff90000000, 4K (vCPU 1)` */
export function eventLine(event: RasEvent | EventMessage): string {
  const { time, id } = event as EventMessage;
  const seconds = `+${(time / 1e9).toFixed(6)} s`.padStart(14);
  const story = (id === undefined ? '' : `#${id}`).padEnd(4);
  // A machine may say anything: one of another version, or a guest that panics.
  return escaped(`${seconds}  ${story} ${event.kind.padEnd(KIND_WIDTH)}  ${eventWords(event)}`);
}

/** What happened, without time, id and kind. */
export function eventWords(event: RasEvent | EventMessage): string {
  const words = (WORDS as Record<string, ((event: never) => string) | undefined>)[event.kind];
  return words ? words(event as never) : unknownWords(event as EventMessage);
}

/** A kind that a newer rasvm has. */
function unknownWords({ seq: _seq, time: _time, id: _id, kind: _kind, ...fields }: EventMessage): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: Json | bigint | undefined): string {
  if (typeof value === 'bigint') return hex(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** As JSON: one line, bigint as 0x-hex. */
export function eventJson(event: RasEvent | EventMessage): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? hex(value) : value));
}

function hex(value: number | bigint | string): string {
  return typeof value === 'string' ? value : `0x${value.toString(16)}`;
}

function at(what: string, value: number | bigint | string | undefined): string {
  return value === undefined ? '' : ` at ${what} ${hex(value)}`;
}

function mask(value: bigint | string | undefined): string {
  return value === undefined ? '' : `, mask ${hex(value)}`;
}

function several(pages: number | undefined): string {
  return pages === undefined ? '' : ` (the first of ${pages} pages)`;
}

function onVcpu(vcpu: number | undefined): string {
  return vcpu === undefined ? '' : ` (vCPU ${vcpu})`;
}

/** ns; a guest's answer takes µs to ms. */
function shortDuration(ns: number): string {
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(2)} ms` : durationText(ns);
}
