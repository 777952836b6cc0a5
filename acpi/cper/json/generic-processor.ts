/** libcper's form of a generic processor error: UEFI 2.11, appendix N.2.4.1. */

import { GenericProcessorError } from '../generic-processor.ts';
import { long, type Names, named, names, number, printable } from './forms.ts';
import { flags, member, object } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const PROCESSOR_TYPES = names(['IA32/X64', 'IA64', 'ARM']);
const ISAS = names(['IA32', 'IA64', 'X64', 'ARM A32/T32', 'ARM A64']);
const ERROR_TYPES: Names = {
  names: { 0: 'Unknown', 1: 'Cache Error', 2: 'TLB Error', 4: 'Bus Error', 8: 'Micro-Architectural Error' },
  others: 'Unknown (Reserved)',
};
const OPERATIONS = names(['Unknown or Generic', 'Data Read', 'Data Write', 'Instruction Execution']);

export const GENERIC_PROCESSOR_FORM: SectionForm = {
  name: 'GenericProcessor',
  minSize: 192,
  message: () => 'A Generic Processor Error occurred',
  form: object(GenericProcessorError, [
    member('processorType', named(PROCESSOR_TYPES)),
    member('isa', named(ISAS), 'processorISA'),
    member('errorType', named(ERROR_TYPES)),
    member('operation', named(OPERATIONS)),
    member(
      'flags',
      flags({
        restartable: 'restartable',
        preciseIp: 'preciseIP',
        overflow: 'overflow',
        corrected: 'corrected',
      }),
    ),
    member('level', number),
    member('cpuVersion', long, 'cpuVersionInfo'),
    member('cpuBrand', printable(128), 'cpuBrandString'),
    member('processorId', long, 'processorID'),
    member('targetAddress', long),
    member('requestorId', long, 'requestorID'),
    member('responderId', long, 'responderID'),
    member('instructionPointer', long, 'instructionIP'),
  ]),
};
