/** PCI Express error as cper_print_pcie has it (drivers/firmware/efi/cper.c). */

import type { Decoded } from '../../struct.ts';
import {
  AerCapability,
  AerCorrectableErrors,
  AerUncorrectableErrors,
  BridgeControl,
  BridgeSecondaryStatus,
  PciCommand,
  PciStatus,
} from '../pci-registers.ts';
import { PcieError } from '../pcie.ts';
import { Severity } from '../severity.ts';
import { addMember, addUnvalidated, word } from './generic.ts';
import { hex, type Lines, named } from './lines.ts';
import type { SectionContext } from './section-context.ts';

const PORT_TYPES = [
  'PCIe end point',
  'legacy PCI end point',
  'unknown',
  'unknown',
  'root port',
  'upstream switch port',
  'downstream switch port',
  'PCIe to PCI/PCI-X bridge',
  'PCI/PCI-X to PCIe bridge',
  'root complex integrated endpoint device',
  'root complex event collector',
];

type Pcie = Decoded<typeof PcieError>;

export function pcieText(out: Lines, section: Pcie, context: SectionContext): void {
  const { portType, version, commandStatus, deviceId, serialNumber, bridge, aer } = section;
  // A signed number to the kernel.
  if (portType !== undefined) out.say(`port_type: ${named(portType | 0, PORT_TYPES)}`);
  if (version !== undefined) out.say(`version: ${version.major}.${version.minor}`);
  if (commandStatus !== undefined) {
    const { command, status } = commandStatus;
    out.say(`command: ${word(PciCommand, command)}, status: ${word(PciStatus, status)}`);
  }
  if (deviceId !== undefined) {
    out.say(`device_id: ${addressText(deviceId)}`);
    out.say(`slot: ${deviceId.slot.number}`);
    out.say(`secondary_bus: 0x${hex(deviceId.secondaryBus, 2)}`);
    out.say(`vendor_id: 0x${hex(deviceId.vendorId, 4)}, device_id: 0x${hex(deviceId.deviceId, 4)}`);
    out.say(`class_code: ${hex(deviceId.classCode, 6)}`);
  }
  for (const name of ['rcrbHighAddress', 'rcrbDeviceId']) addMember(out, PcieError, section, name);
  if (serialNumber !== undefined) {
    const [low, high] = [serialNumber & 0xffff_ffffn, serialNumber >> 32n];
    out.say(`serial number: 0x${hex(low, 4)}, 0x${hex(high, 4)}`);
  }
  if (bridge !== undefined) {
    const { secondaryStatus, control } = bridge;
    const status = word(BridgeSecondaryStatus, secondaryStatus);
    out.say(`bridge: secondary_status: ${status}, control: ${word(BridgeControl, control)}`);
  }
  addMember(out, PcieError, section, 'capability');
  if (aer !== undefined) aerText(out, aer, context);
  addUnvalidated(out, section);
  addMember(out, PcieError, section, 'trailing');
}

/** Registers whose bits the kernel's line does not name, and those that it does not print. */
const MORE_OF_AER = [
  'correctableStatus',
  'uncorrectableStatus',
  'control',
  'rootErrorCommand',
  'rootErrorStatus',
  'correctableSourceId',
  'uncorrectableSourceId',
  'prefixLog',
];

function aerText(out: Lines, aer: Decoded<typeof AerCapability>, { severity }: SectionContext): void {
  const always = out.linux === undefined || out.linux.aer === 'always';
  if (!always && (severity & Severity.Fatal) === 0) return;
  const corrected = (value: object) => word(AerCorrectableErrors, value);
  const uncorrected = (value: object) => word(AerUncorrectableErrors, value);
  if (always)
    out.say(
      `aer_cor_status: ${corrected(aer.correctableStatus)}, aer_cor_mask: ${corrected(aer.correctableMask)}`,
    );
  out.say(
    `aer_uncor_status: ${uncorrected(aer.uncorrectableStatus)}, aer_uncor_mask: ${uncorrected(aer.uncorrectableMask)}`,
  );
  out.say(`aer_uncor_severity: ${uncorrected(aer.uncorrectableSeverity)}`);
  out.say(`TLP Header: ${aer.headerLog.map((dword) => hex(dword, 8)).join(' ')}`);
  out.inside(() => {
    for (const name of MORE_OF_AER) addMember(out, AerCapability, aer, name);
  });
}

/** `0000:03:00.0` */
export function addressText(id: { segment: number; bus: number; device: number; function: number }): string {
  return `${hex(id.segment, 4)}:${hex(id.bus, 2)}:${hex(id.device, 2)}.${id.function.toString(16)}`;
}
