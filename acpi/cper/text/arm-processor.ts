/** Arm processor error as cper_print_proc_arm has it (drivers/firmware/efi/cper-arm.c). */

import type { Decoded } from '../../struct.ts';
import {
  ArmErrorInformation,
  ArmErrorInformationEntry,
  ArmErrorTypeFromZero,
  ArmProcessorError,
  ArmErrorType as Type,
} from '../arm-processor.ts';
import { ArmContextInformation } from '../arm-processor-context.ts';
import { addMember, addRegisters, addUnvalidated, namesOf, rawOf } from './generic.ts';
import { hex, hex64, type Lines } from './lines.ts';
import { PROCESSOR_ERROR_TYPES } from './processor-error-types.ts';
import type { SectionContext } from './section-context.ts';

const CONTEXT_TYPES = [
  'AArch32 general purpose registers',
  'AArch32 EL1 context registers',
  'AArch32 EL2 context registers',
  'AArch32 secure context registers',
  'AArch64 general purpose registers',
  'AArch64 EL1 context registers',
  'AArch64 EL2 context registers',
  'AArch64 EL3 context registers',
  'Misc. system register structure',
];
const TRANSACTION_TYPES = ['Instruction', 'Data Access', 'Generic'];
const BUS_OPERATIONS = [
  'Generic error (type cannot be determined)',
  'Generic read (type of instruction or data request cannot be determined)',
  'Generic write (type of instruction of data request cannot be determined)',
  'Data read',
  'Data write',
  'Instruction fetch',
  'Prefetch',
];
const CACHE_OPERATIONS = [
  ...BUS_OPERATIONS,
  'Eviction',
  'Snooping (processor initiated a cache snoop that resulted in an error)',
  'Snooped (processor raised a cache error caused by another processor or device snooping its cache)',
  'Management',
];
const TLB_OPERATIONS = [
  ...BUS_OPERATIONS,
  'Local management operation (processor initiated a TLB management operation that resulted in an error)',
  'External management operation (processor raised a TLB error caused by another processor or device broadcasting TLB operations)',
];
const PARTICIPATION_TYPES = [
  'Local processor originated request',
  'Local processor responded to request',
  'Local processor observed',
  'Generic',
];
const ADDRESS_SPACES = [
  'External Memory Access',
  'Internal Memory Access',
  'Unknown',
  'Device Memory Access',
];

type Arm = Decoded<typeof ArmProcessorError>;
type Entry = Decoded<typeof ArmErrorInformationEntry>;
type Information = Decoded<typeof ArmErrorInformation>;

/** Bytes before the structures, and of a structure of error information. */
const HEADER = ArmProcessorError.size;
const ENTRY = ArmErrorInformationEntry.size;
/** Bytes of a context before its registers. */
const CONTEXT_HEADER = 8;

export function armProcessorText(out: Lines, section: Arm, { bytes }: SectionContext): void {
  const data = bytes();
  const { midr, mpidr, errorAffinityLevel, runningState, psciState = 0, errorInformation } = section;
  const { sectionLength = data.byteLength, errorInformationCount = errorInformation.length } = section;
  out.say(`MIDR: ${hex64(midr)}`);
  const left = sectionLength - (HEADER + errorInformationCount * ENTRY);
  if (left < 0 || sectionLength > data.byteLength) {
    out.say(`section length: ${sectionLength}, CPER size: ${data.byteLength}`);
    out.say(`section length is too ${left < 0 ? 'small' : 'big'}`);
    out.say('firmware-generated error record is incorrect');
    out.say(`ERR_INFO_NUM is ${errorInformationCount}`);
    if (out.linux !== undefined) return;
  }
  if (mpidr !== undefined) out.say(`Multiprocessor Affinity Register (MPIDR): ${hex64(mpidr)}`);
  if (errorAffinityLevel !== undefined) out.say(`error affinity level: ${errorAffinityLevel}`);
  if (runningState !== undefined) {
    const raw = rawOf(ArmProcessorError.field('runningState').codec, runningState);
    out.say(`running state: 0x${hex(raw, 1)}`);
    out.say(`Power State Coordination Interface state: ${psciState | 0}`);
  }
  for (const [index, entry] of errorInformation.entries()) {
    out.say(`Error info structure ${index}:`);
    // The kernel adds one whatever the field counts from, and whether it is valid or not.
    out.say(`num errors: ${(entry.multipleError ?? entry.unvalidated?.multipleError ?? 0) + 1}`);
    out.inside(() => entryText(out, entry));
  }
  contextsText(out, section, data.subarray(HEADER + errorInformation.length * ENTRY, sectionLength));
  addUnvalidated(out, section);
}

function entryText(out: Lines, entry: Entry): void {
  const { flags, type, errorInformation, virtualFaultAddress, physicalFaultAddress } = entry;
  if (flags?.first) out.say('first error captured');
  if (flags?.last) out.say('last error captured');
  if (flags?.propagated) out.say('propagated error captured');
  if (flags?.overflow) out.say('overflow occurred, error info is incomplete');
  out.say(`error_type: 0x${hex(type, 2)}: ${typeText(type)}`);
  if ((type & ArmErrorTypeFromZero.Cache) !== 0)
    out.add(`error_type (from bit 0): ${namesOf(type, ArmErrorTypeFromZero).join(', ')}`);
  if (errorInformation !== undefined) {
    out.say(`error_info: ${hex64(rawOf(ArmErrorInformation, errorInformation))}`);
    out.inside(() => informationText(out, type, errorInformation));
  }
  if (virtualFaultAddress !== undefined) out.say(`virtual fault address: ${hex64(virtualFaultAddress)}`);
  if (physicalFaultAddress !== undefined) out.say(`physical fault address: ${hex64(physicalFaultAddress)}`);
  addUnvalidated(out, entry);
}

const KNOWN_TYPES = Type.Cache | Type.Tlb | Type.Bus | Type.MicroArchitectural;

function typeText(type: number): string {
  const names = PROCESSOR_ERROR_TYPES.filter((_, bit) => ((type >> (bit + 1)) & 1) !== 0);
  return `${names.join('|')}${(type & ~KNOWN_TYPES) === 0 ? '' : ' with reserved bit(s)'}`;
}

function informationText(out: Lines, type: number, information: Information): void {
  if ((type & Type.MicroArchitectural) !== 0) return;
  const [isCache, isTlb, isBus] = [Type.Cache, Type.Tlb, Type.Bus].map((bit) => (type & bit) !== 0);
  const { transactionType, operation, level } = information;
  const { processorContextCorrupt, corrected, precisePc, restartablePc } = information;
  sayNamed(out, 'transaction type: ', transactionType, TRANSACTION_TYPES);
  if (isCache) sayNamed(out, 'cache error, operation type: ', operation, CACHE_OPERATIONS);
  if (isTlb) sayNamed(out, 'TLB error, operation type: ', operation, TLB_OPERATIONS);
  if (isBus) sayNamed(out, 'bus error, operation type: ', operation, BUS_OPERATIONS);
  if (level !== undefined) {
    if (isCache) out.say(`cache level: ${level}`);
    if (isTlb) out.say(`TLB level: ${level}`);
    if (isBus) out.say(`affinity level at which the bus error occurred: ${level}`);
  }
  // What the kernel does not know for one of these kinds.
  if (!isCache && !isTlb && !isBus)
    for (const name of ['operation', 'level']) addMember(out, ArmErrorInformation, information, name);
  if (processorContextCorrupt !== undefined)
    out.say(`processor context ${processorContextCorrupt ? '' : 'not '}corrupted`);
  if (corrected !== undefined) out.say(`the error has ${corrected ? '' : 'not '}been corrected`);
  if (precisePc !== undefined) out.say(`PC is ${precisePc ? '' : 'im'}precise`);
  if (restartablePc === true)
    out.say('Program execution can be restarted reliably at the PC associated with the error.');
  if (type === Type.Bus) busText(out, information);
}

function busText(out: Lines, information: Information): void {
  const { participationType, timeOut, addressSpace, memoryAttributes, accessMode } = information;
  sayNamed(out, 'participation type: ', participationType, PARTICIPATION_TYPES);
  if (timeOut === true) out.say('request timed out');
  sayNamed(out, 'address space: ', addressSpace, ADDRESS_SPACES);
  if (memoryAttributes !== undefined) out.say(`memory access attributes:0x${hex(memoryAttributes, 1)}`);
  if (accessMode !== undefined) out.say(`access mode: ${accessMode === 1 ? 'normal' : 'secure'}`);
}

/** A value without a word is left out. */
function sayNamed(out: Lines, label: string, value: number | undefined, names: readonly string[]): void {
  const name = value === undefined ? undefined : names[value];
  if (name !== undefined) out.say(`${label}${name}`);
}

/** @param data what follows the error information */
function contextsText(out: Lines, section: Arm, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = section.contextInformationCount ?? section.contextInformation.length;
  let at = 0;
  for (let index = 0; index < count; index++) {
    out.say(`Context info structure ${index}:`);
    const have = data.byteLength - at;
    const length = have < CONTEXT_HEADER ? 0 : view.getUint32(at + 4, true);
    // Up to 6.12 the next one is looked for without the zeros that fill this one up.
    const size = CONTEXT_HEADER + length;
    const step = out.linux?.contextPadding === false ? size : Math.ceil(size / 16) * 16;
    if (have < step) {
      out.inside(() => out.say('section length is too small'));
      out.say('firmware-generated error record is incorrect');
      return;
    }
    const type = view.getUint16(at + 2, true);
    const registers = data.subarray(at + CONTEXT_HEADER, at + size);
    const name = CONTEXT_TYPES[type];
    out.inside(() => {
      if (name === undefined) out.say(`Invalid context type: ${type} (max: ${CONTEXT_TYPES.length - 1})`);
      else out.say(`register context type: ${name}`);
    });
    // The kernel reads no further then.
    if (name === undefined && out.linux !== undefined) return;
    out.inside(() => {
      out.dump(registers);
      out.inside(() => addRegisters(out, ArmContextInformation, section.contextInformation[index]));
    });
    at += step;
  }
  if (at < data.byteLength) {
    out.say(`Vendor specific error info has ${data.byteLength - at} bytes:`);
    out.inside(() => out.dump(data.subarray(at), { text: true }));
  }
}
