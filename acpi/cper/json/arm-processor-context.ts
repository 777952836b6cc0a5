/** libcper's form of an Arm processor's context: UEFI 2.11, appendix N.2.4.4.2. */

import { struct, u16, u32 } from '../../struct.ts';
import {
  ArmAarch32El1,
  ArmAarch32El2,
  ArmAarch32Gpr,
  ArmAarch32Secure,
  ArmAarch64El1,
  ArmAarch64El2,
  ArmAarch64El3,
  ArmAarch64Gpr,
  ArmContextInformation,
  ArmMiscRegisters,
  ArmSystemRegister,
} from '../arm-processor-context.ts';
import { type Form, type JsonObject, long, named, names, number, type Values } from './forms.ts';
import { always, member, members, needed, object } from './mapping.ts';
import { ContextForm, namedRegisters } from './processor-context.ts';

const TYPES = names([
  'AArch32 General Purpose Registers',
  'AArch32 EL1 Context Registers',
  'AArch32 EL2 Context Registers',
  'AArch32 Secure Context Registers',
  'AArch64 General Purpose Registers',
  'AArch64 EL1 Context Registers',
  'AArch64 EL2 Context Registers',
  'AArch64 EL3 Context Registers',
  'Miscellaneous System Register Structure',
]);

const Header = struct('Arm context header', {
  version: u16,
  registerContextType: u16,
  registerArraySize: u32.default(0),
});

const headerForm = object(Header, [
  always('version', number, 0),
  needed('registerContextType', named(TYPES)),
  member('registerArraySize', number),
]);

/** `elrEl1` is `elr_el1`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const AARCH32_GPR_KEYS: Readonly<Record<string, string>> = { sp: 'r13_sp', lr: 'r14_lr', pc: 'r15_pc' };

const systemRegister = object(ArmSystemRegister, [
  member('mrs', object(undefined, members(number, 'op2', 'crm', 'crn', 'op1', 'o0')), 'mrsEncoding'),
  needed('value', long),
]);

/** The first register only, whatever there is. */
const firstRegister: Form = {
  toJson(value) {
    const [first] = (value as Values).registers as readonly unknown[];
    return first === undefined ? ({} as JsonObject) : systemRegister.toJson(first);
  },
  fromJson(json) {
    const isEmpty = typeof json === 'object' && json !== null && Object.keys(json).length === 0;
    return { registers: isEmpty ? [] : [systemRegister.fromJson(json)] };
  },
};

export const armContext = new ContextForm({
  codec: ArmContextInformation,
  header: Header,
  headerForm,
  types: new Map([
    [
      0,
      ['aarch32Gpr', ArmAarch32Gpr, namedRegisters(ArmAarch32Gpr, (name) => AARCH32_GPR_KEYS[name] ?? name)],
    ],
    [1, ['aarch32El1', ArmAarch32El1, namedRegisters(ArmAarch32El1, snakeCase)]],
    [2, ['aarch32El2', ArmAarch32El2, namedRegisters(ArmAarch32El2, snakeCase)]],
    [3, ['aarch32Secure', ArmAarch32Secure, namedRegisters(ArmAarch32Secure, snakeCase)]],
    [4, ['aarch64Gpr', ArmAarch64Gpr, namedRegisters(ArmAarch64Gpr, snakeCase)]],
    [5, ['aarch64El1', ArmAarch64El1, namedRegisters(ArmAarch64El1, snakeCase)]],
    [6, ['aarch64El2', ArmAarch64El2, namedRegisters(ArmAarch64El2, snakeCase)]],
    [7, ['aarch64El3', ArmAarch64El3, namedRegisters(ArmAarch64El3, snakeCase)]],
    [8, ['misc', ArmMiscRegisters, firstRegister]],
  ]),
});
