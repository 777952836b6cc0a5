/** PCI Express error section: UEFI 2.11, appendix N.2.7. */

import { bits, range, rest, struct, u8, u16, u24, u32, u64 } from '../struct.ts';
import {
  AerCapability,
  BridgeControl,
  BridgeSecondaryStatus,
  PciCommand,
  PcieCapability,
  PciePortType,
  PciStatus,
} from './pci-registers.ts';

export const PCIE_ERROR = 'd995e954-bbc1-430f-ad91-b44dcb3c6f35';

/** Slot number of a device; bits 0 to 2 are reserved. */
export const PciSlot = bits(16, { number: range(3, 15, 'Number of the slot') });

export const PcieVersion = struct(
  'PCIe version',
  {
    minor: u8.default(0).doc('Minor version, binary coded decimal'),
    major: u8.default(0).doc('Major version, binary coded decimal'),
    reserved: u16.reserved(),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

export const PciCommandStatus = struct(
  'PCI command and status',
  {
    command: PciCommand.default({}).doc('Command register'),
    status: PciStatus.default({}).doc('Status register'),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

export const PcieDeviceId = struct(
  'PCIe device',
  {
    vendorId: u16.default(0).doc('Vendor'),
    deviceId: u16.default(0).doc('Device of that vendor'),
    classCode: u24.default(0).doc('Class: base class in bits 16 to 23, subclass, programming interface'),
    function: u8.default(0).doc('Function number'),
    device: u8.default(0).doc('Device number'),
    segment: u16.default(0).doc('Segment'),
    bus: u8.default(0).doc('Bus number; of a root port or bridge, the primary one'),
    secondaryBus: u8.default(0).doc('Secondary bus of a root port or bridge'),
    slot: PciSlot.default({}).doc('Slot'),
    reserved: u8.reserved(),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

/** Where a device is found by its registers (RCRB) in memory, not by its number on a bus. */
export const PcieRcrbDeviceId = struct(
  'PCIe device with RCRB',
  {
    vendorId: u16.default(0).doc('Vendor'),
    deviceId: u16.default(0).doc('Device of that vendor'),
    classCode: u24.default(0).doc('Class: base class in bits 16 to 23, subclass, programming interface'),
    rcrbAddress: u32.default(0).doc('Physical address of the registers, bits 0 to 31'),
    bus: u8.default(0).doc('Bus number; of a root port or bridge, the primary one'),
    secondaryBus: u8.default(0).doc('Secondary bus of a root port or bridge'),
    slot: PciSlot.default({}).doc('Slot'),
    reserved: u8.reserved(),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

export const PcieBridge = struct(
  'PCIe bridge control and status',
  {
    secondaryStatus: BridgeSecondaryStatus.default({}).doc('Secondary status register'),
    control: BridgeControl.default({}).doc('Bridge control register'),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

/** 208 bytes. What is given is marked valid. */
export const PcieError = struct(
  'PCI Express error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    portType: u32.values(PciePortType).validBy(0).doc('Device or port type'),
    version: PcieVersion.validBy(1).doc('Version of PCI Express that the platform has'),
    commandStatus: PciCommandStatus.validBy(2).doc('Command and status registers'),
    rcrbHighAddress: u32.validBy(9).doc('Physical address of the registers, bits 32 to 63'),
    deviceId: PcieDeviceId.validBy(3).doc('Which device'),
    rcrbDeviceId: PcieRcrbDeviceId.at(24).validBy(8).doc('Which device, in place of deviceId'),
    serialNumber: u64.validBy(4).doc('Serial number of the device'),
    bridge: PcieBridge.validBy(5).doc('Registers of a bridge'),
    capability: PcieCapability.validBy(6).doc('PCI Express capability structure'),
    aer: AerCapability.validBy(7).doc('Advanced error reporting capability'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.7' },
);

/** PCI Express error, by its type. */
export const PCIE = { sectionType: PCIE_ERROR, codec: PcieError } as const;
