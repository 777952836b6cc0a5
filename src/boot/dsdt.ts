/**
 * The guest's DSDT: processors, console, power button, and, with RAS, the hardware error device, whose events
 * come through a Generic Event Device (ACPI 6.5, sections 5.6.9, 8.4, 18.3.2.9).
 */

import {
  definitionBlock,
  type GenericEvent,
  GenericEventDevice,
  HardwareErrorDevice,
  NotifyHardwareError,
  NotifyPowerButton,
  Pl011,
  PlatformCapabilities,
  PlatformSupport,
  PowerButton,
  ProcessorDevice,
  Scope,
} from '@rasvm/acpi/aml';
import { Dsdt } from '@rasvm/acpi/tables/dsdt';
import { ADDRESS_MAP, INTERRUPT } from '../board/address-map.ts';

export interface DsdtOptions {
  readonly vcpus: number;
  /** There is a HEST with sources that notify by GSIV. */
  readonly hardwareErrors: boolean;
}

export function buildDsdt({ vcpus, hardwareErrors }: DsdtOptions): Uint8Array {
  const events: GenericEvent[] = [{ gsiv: INTERRUPT.gedPower, action: NotifyPowerButton('PWRB') }];
  if (hardwareErrors) events.push({ gsiv: INTERRUPT.gedHardwareError, action: NotifyHardwareError('ERRD') });
  const processors = Array.from({ length: vcpus }, (_, uid) =>
    ProcessorDevice(`C${uid.toString(16).toUpperCase().padStart(3, '0')}`, { uid }),
  );
  const console = Pl011('COM0', { uid: 0, ...ADDRESS_MAP.uart, gsiv: INTERRUPT.uart });
  const errors = hardwareErrors
    ? [HardwareErrorDevice('ERRD'), PlatformCapabilities(PlatformSupport.Apei)]
    : [];
  return Dsdt.encode({
    body: definitionBlock(
      Scope(
        '_SB',
        ...processors,
        console,
        PowerButton('PWRB'),
        ...errors,
        GenericEventDevice('GED0', 0, events),
      ),
    ),
  });
}
