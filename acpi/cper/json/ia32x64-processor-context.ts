/** libcper's form of an IA-32/x64 processor's context: UEFI 2.11, appendix N.2.4.2.6. */

import { struct, u16, u32, u64 } from '../../struct.ts';
import { Ia32Context, Ia32X64ContextInformation, X64Context } from '../ia32x64-processor-context.ts';
import { long, named, names, number } from './forms.ts';
import { always, member, needed, object } from './mapping.ts';
import { ContextForm, namedRegisters } from './processor-context.ts';

const TYPES = names([
  'Unclassified Data',
  'MSR Registers',
  '32-bit Mode Execution Context',
  '64-bit Mode Execution Context',
  'FXSave Context',
  '32-bit Mode Debug Registers',
  '64-bit Mode Debug Registers',
  'Memory Mapper Registers',
]);

const Header = struct('IA-32/x64 context header', {
  registerContextType: u16,
  registerArraySize: u16.default(0),
  msrAddress: u32,
  mmRegisterAddress: u64,
});

export const ia32X64Context = new ContextForm({
  codec: Ia32X64ContextInformation,
  header: Header,
  headerForm: object(Header, [
    needed('registerContextType', named(TYPES)),
    member('registerArraySize', number),
    always('msrAddress', number, 0),
    always('mmRegisterAddress', long, 0n),
  ]),
  types: new Map([
    [2, ['ia32', Ia32Context, namedRegisters(Ia32Context, (name) => name)]],
    [3, ['x64', X64Context, namedRegisters(X64Context, (name) => (name === 'rip' ? 'eip' : name))]],
  ]),
});
