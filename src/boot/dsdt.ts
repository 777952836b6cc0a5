/**
 * The guest's DSDT: processors, console, power button, and, with RAS, the hardware error device, whose events
 * come through a Generic Event Device (ACPI 6.5, sections 5.6.9, 8.4, 18.3.2.9).
 */

import { Dsdt } from '@rasvm/acpi';
import {
  type Aml,
  And,
  Arg,
  CreateDWordField,
  Device,
  definitionBlock,
  If,
  Interrupt,
  LEqual,
  LNotEqual,
  Local,
  Memory32Fixed,
  Method,
  Name,
  Notify,
  Or,
  Path,
  ResourceTemplate,
  Return,
  Scope,
  Store,
  ToUuid,
} from '@rasvm/acpi/aml';
import { ADDRESS_MAP, INTERRUPT } from '../board/address-map.ts';

export interface DsdtOptions {
  readonly vcpus: number;
  /** There is a HEST with sources that notify by GSIV. */
  readonly hardwareErrors: boolean;
}

/** What Linux' button and error device drivers listen for (sections 4.8.3.2.2.1 and 18.4). */
const NOTIFY_PRESSED = 0x80;
const NOTIFY_ERROR = 0x80;

export function buildDsdt({ vcpus, hardwareErrors }: DsdtOptions): Uint8Array {
  const events = [event(INTERRUPT.gedPower, Notify('PWRB', NOTIFY_PRESSED))];
  if (hardwareErrors) events.push(event(INTERRUPT.gedHardwareError, Notify('ERRD', NOTIFY_ERROR)));
  return Dsdt.encode({
    body: definitionBlock(
      Scope(
        '_SB',
        ...Array.from({ length: vcpus }, (_, index) =>
          Device(`C${index.toString(16).toUpperCase().padStart(3, '0')}`, ...identity('ACPI0007', index)),
        ),
        Device(
          'COM0',
          ...identity('ARMH0011', 0),
          Name(
            '_CRS',
            ResourceTemplate(
              Memory32Fixed(ADDRESS_MAP.uart.base, ADDRESS_MAP.uart.size),
              Interrupt({ trigger: 'level' }, INTERRUPT.uart),
            ),
          ),
        ),
        Device('PWRB', ...identity('PNP0C0C', 0)),
        ...(hardwareErrors ? [Device('ERRD', ...identity('PNP0C33', 0)), platformCapabilities()] : []),
        Device(
          'GED0',
          ...identity('ACPI0013', 0),
          Name('_CRS', ResourceTemplate(...events.map(({ gsiv }) => Interrupt({ trigger: 'edge' }, gsiv)))),
          Method(
            '_EVT',
            { args: 1, serialized: true },
            ...events.map(({ gsiv, action }) => If(LEqual(Arg(0), gsiv), action)),
          ),
        ),
      ),
    ),
  });
}

function identity(hid: string, uid: number): Aml[] {
  return [Name('_HID', hid), Name('_UID', uid)];
}

function event(gsiv: number, action: Aml): { gsiv: number; action: Aml } {
  return { gsiv, action };
}

/** Platform-wide _OSC capabilities (section 6.2.11.2) and APEI's own (section 18.1, WHEA). */
const OSC = {
  platform: '0811b06e-4a27-44f9-8d60-3cbbc22e7b48',
  whea: 'ed855e0c-6c90-47bf-a62a-26de0fc5ad5c',
  /** Second word: the operating system supports APEI. */
  apeiSupport: 0x10,
  /** First word of the answer. */
  unrecognizedUuid: 0x4,
  capabilitiesMasked: 0x10,
} as const;

/** \_SB._OSC: grants APEI, so that Linux runs it firmware first, and nothing else. */
function platformCapabilities(): Aml {
  const status = Path('CDW1');
  const support = Path('CDW2');
  return Method(
    '_OSC',
    { args: 4, serialized: true },
    CreateDWordField(Arg(3), 0, 'CDW1'),
    If(
      LEqual(Arg(0), ToUuid(OSC.platform)),
      CreateDWordField(Arg(3), 4, 'CDW2'),
      And(support, OSC.apeiSupport, Local(0)),
      If(LNotEqual(Local(0), support), Store(Local(0), support), Or(status, OSC.capabilitiesMasked, status)),
      Return(Arg(3)),
    ),
    If(LEqual(Arg(0), ToUuid(OSC.whea)), Return(Arg(3))),
    Or(status, OSC.unrecognizedUuid, status),
    Return(Arg(3)),
  );
}
