/** Generic processor error as cper_print_proc_generic has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import { GenericProcessorError } from '../generic-processor.ts';
import { addMember, addUnvalidated, rawOf } from './generic.ts';
import { hex, hex64, type Lines, named } from './lines.ts';
import { PROCESSOR_ERROR_TYPES } from './processor-error-types.ts';

const TYPES = ['IA32/X64', 'IA64', 'ARM'];
const ISAS = ['IA32', 'IA64', 'X64', 'ARM A32/T32', 'ARM A64'];
const OPERATIONS = ['unknown or generic', 'data read', 'data write', 'instruction execution'];
const FLAGS = ['restartable', 'precise IP', 'overflow', 'corrected'];

export function genericProcessorText(out: Lines, section: Decoded<typeof GenericProcessorError>): void {
  const { processorType, isa, errorType, operation, flags, level } = section;
  if (processorType !== undefined) out.say(`processor_type: ${named(processorType, TYPES)}`);
  if (isa !== undefined) out.say(`processor_isa: ${named(isa, ISAS)}`);
  if (errorType !== undefined) {
    out.say(`error_type: 0x${hex(errorType, 2)}`);
    out.bits(errorType, PROCESSOR_ERROR_TYPES);
  }
  if (operation !== undefined) out.say(`operation: ${named(operation, OPERATIONS)}`);
  if (flags !== undefined) {
    const raw = Number(rawOf(GenericProcessorError.field('flags').codec, flags));
    out.say(`flags: 0x${hex(raw, 2)}`);
    out.bits(raw, FLAGS);
  }
  if (level !== undefined) out.say(`level: ${level}`);
  sayWord(out, 'version_info', section.cpuVersion);
  addMember(out, GenericProcessorError, section, 'cpuBrand');
  sayWord(out, 'processor_id', section.processorId);
  sayWord(out, 'target_address', section.targetAddress);
  sayWord(out, 'requestor_id', section.requestorId);
  sayWord(out, 'responder_id', section.responderId);
  sayWord(out, 'IP', section.instructionPointer);
  addUnvalidated(out, section);
  addMember(out, GenericProcessorError, section, 'trailing');
}

function sayWord(out: Lines, name: string, value: bigint | undefined): void {
  if (value !== undefined) out.say(`${name}: ${hex64(value)}`);
}
