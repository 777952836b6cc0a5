/** Platform-wide _OSC: ACPI 6.5, section 6.2.11.2; APEI's own UUID: section 18.1, WHEA. */

import { CreateDWordField } from '../field.ts';
import { And, Arg, If, LEqual, LNotEqual, Local, Method, Or, Return, Store } from '../statement.ts';
import { type Aml, Path, ToUuid } from '../term.ts';

export const OscUuid = {
  Platform: '0811b06e-4a27-44f9-8d60-3cbbc22e7b48',
  Whea: 'ed855e0c-6c90-47bf-a62a-26de0fc5ad5c',
  PciHostBridge: '33db4d5b-1ff7-401c-9657-7441c03dd766',
} as const;

/** Bits of the first word of an answer. */
export const OscStatus = {
  Failed: 0x2,
  UnrecognizedUuid: 0x4,
  UnrecognizedRevision: 0x8,
  CapabilitiesMasked: 0x10,
} as const;

/** Bits of the second word: what the operating system supports. */
export const PlatformSupport = {
  ProcessorAggregator: 0x1,
  CoordinatedPpc: 0x2,
  CollaborativePpc: 0x4,
  InsertionEjection: 0x8,
  Apei: 0x10,
  CppcVersion1: 0x20,
  CppcVersion2: 0x40,
  PlatformCoordinatedLpi: 0x80,
  OsInitiatedLpi: 0x100,
  Prm: 0x20_0000,
} as const;

/** \_SB._OSC that grants these bits of PlatformSupport, so that Linux runs APEI firmware first, and nothing else. */
export function PlatformCapabilities(granted: number): Aml {
  const status = Path('CDW1');
  const support = Path('CDW2');
  return Method(
    '_OSC',
    { args: 4, serialized: true },
    CreateDWordField(Arg(3), 0, 'CDW1'),
    If(
      LEqual(Arg(0), ToUuid(OscUuid.Platform)),
      CreateDWordField(Arg(3), 4, 'CDW2'),
      And(support, granted, Local(0)),
      If(
        LNotEqual(Local(0), support),
        Store(Local(0), support),
        Or(status, OscStatus.CapabilitiesMasked, status),
      ),
      Return(Arg(3)),
    ),
    If(LEqual(Arg(0), ToUuid(OscUuid.Whea)), Return(Arg(3))),
    Or(status, OscStatus.UnrecognizedUuid, status),
    Return(Arg(3)),
  );
}
