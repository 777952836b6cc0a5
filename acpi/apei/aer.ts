/**
 * PCI Express Advanced Error Reporting sources: ACPI 6.5, sections 18.3.2.4 (root port), 18.3.2.5 (device) and
 * 18.3.2.6 (bridge).
 */

import { bits, flag, range, struct, u8, u16, u32 } from '../struct.ts';
import { ErrorSourceType, preallocation, sourceType } from './source.ts';

const common = {
  sourceId: u16.doc('Id, unique in the HEST'),
  reserved: u16.reserved(),
  flags: bits(8, {
    firmwareFirst: flag(0, 'FIRMWARE_FIRST: firmware handles the errors before the guest does'),
    global: flag(1, 'GLOBAL: holds for all devices of this kind; segment to function say nothing'),
  })
    .default({})
    .doc('Who handles the errors, and of which devices'),
  enabled: u8.default(1).doc('1: the guest is to use it'),
  ...preallocation,
  bus: bits(32, {
    number: range(0, 7, 'Bus'),
    segment: range(8, 23, 'PCI segment group'),
  })
    .default({})
    .doc('Bus and segment'),
  device: u16.default(0).doc('Device on the bus'),
  function: u16.default(0).doc('Function of the device'),
  deviceControl: u16.default(0).doc('What the guest writes to Device Control (error reporting bits)'),
  reserved2: u16.reserved(),
  uncorrectableMask: u32.default(0).doc('What the guest writes to Uncorrectable Error Mask'),
  uncorrectableSeverity: u32.default(0).doc('What the guest writes to Uncorrectable Error Severity'),
  correctableMask: u32.default(0).doc('What the guest writes to Correctable Error Mask'),
  capabilitiesAndControl: u32.default(0).doc('What the guest writes to AER Capabilities and Control'),
};

/** Root port: 48 bytes. */
export const AerRootPort = struct(
  'PCIe root port AER',
  {
    type: sourceType(ErrorSourceType.AerRootPort),
    ...common,
    rootErrorCommand: u32.default(0).doc('What the guest writes to Root Error Command'),
  },
  { source: 'ACPI 6.5, 18.3.2.4' },
);

/** Device: 44 bytes. */
export const AerDevice = struct(
  'PCIe device AER',
  { type: sourceType(ErrorSourceType.AerDevice), ...common },
  { source: 'ACPI 6.5, 18.3.2.5' },
);

/** PCI Express to PCI or PCI-X bridge: 56 bytes. */
export const AerBridge = struct(
  'PCIe bridge AER',
  {
    type: sourceType(ErrorSourceType.AerBridge),
    ...common,
    secondaryUncorrectableMask: u32
      .default(0)
      .doc('What the guest writes to Secondary Uncorrectable Error Mask'),
    secondaryUncorrectableSeverity: u32
      .default(0)
      .doc('What the guest writes to Secondary Uncorrectable Error Severity'),
    secondaryCapabilitiesAndControl: u32
      .default(0)
      .doc('What the guest writes to Secondary Capabilities and Control'),
  },
  { source: 'ACPI 6.5, 18.3.2.6' },
);
