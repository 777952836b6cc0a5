/** libcper's form of a PCI Express error: UEFI 2.11, appendix N.2.7. */

import type { AnyCodec } from '../../codec.ts';
import { AcpiError } from '../../errors.ts';
import { u16 } from '../../struct.ts';
import { BridgeControl, BridgeSecondaryStatus, PciCommand, PciStatus } from '../pci-registers.ts';
import { PciCommandStatus, PcieBridge, PcieDeviceId, PcieError, PcieVersion, PciSlot } from '../pcie.ts';
import { aer } from './aer.ts';
import { type Form, hexText, long, type Names, named, number, reread, type Values } from './forms.ts';
import { inside, member, object, type Part, shown } from './mapping.ts';
import { pciClassName } from './pci-class-names.ts';
import { pcieCapability } from './pcie-capability.ts';
import type { SectionForm } from './section-form.ts';

const PORT_TYPES: Names = {
  names: {
    0: 'PCI Express End Point',
    1: 'Legacy PCI End Point Device',
    4: 'Root Port',
    5: 'Upstream Switch Port',
    6: 'Downstream Switch Port',
    7: 'PCI Express to PCI/PCI-X Bridge',
    8: 'PCI/PCI-X Bridge to PCI Express Bridge',
    9: 'Root Complex Integrated Endpoint Device',
    10: 'Root Complex Event Collector',
  },
  others: 'Unknown',
};

/** A number of two decimal digits of four bits each, which may be above 9, too. */
const bcd: Form = {
  toJson: (value) => ((value as number) >> 4) * 10 + ((value as number) & 15),
  fromJson(json) {
    const decimal = number.fromJson(json) as number;
    const tens = Math.min(Math.trunc(decimal / 10), 15);
    if (decimal < 0 || decimal - 10 * tens > 15) throw new AcpiError('VALUE', `${decimal} is not 0 to 165`);
    return (tens << 4) | (decimal - 10 * tens);
  },
};

/** A register as one number. */
function register(codec: AnyCodec): Form {
  return reread(() => codec, u16, number);
}

function hex(key: string, digits: number, name: string): Part {
  return shown(key, (values) => hexText(values[name] as number, digits));
}

const deviceId = object(PcieDeviceId, [
  shown('class', ({ classCode }) => pciClassName(classCode as number)),
  hex('deviceID_Hex', 4, 'deviceId'),
  hex('vendorID_Hex', 4, 'vendorId'),
  hex('classCode_Hex', 6, 'classCode'),
  hex('functionNumber_Hex', 2, 'function'),
  hex('deviceNumber_Hex', 2, 'device'),
  hex('segmentNumber_Hex', 2, 'segment'),
  hex('primaryOrDeviceBusNumber_Hex', 2, 'bus'),
  hex('secondaryBusNumber_Hex', 2, 'secondaryBus'),
  shown('slotNumber_Hex', ({ slot }) => hexText((slot as Values).number as number, 2)),
  member('deviceId', number, 'deviceID'),
  member('vendorId', number, 'vendorID'),
  member('classCode', number),
  member('function', number, 'functionNumber'),
  member('device', number, 'deviceNumber'),
  member('segment', number, 'segmentNumber'),
  member('bus', number, 'primaryOrDeviceBusNumber'),
  member('secondaryBus', number, 'secondaryBusNumber'),
  inside('slot', PciSlot, [member('number', number, 'slotNumber')]),
]);

export const PCIE_FORM: SectionForm = {
  name: 'Pcie',
  minSize: 208,
  message: () => 'A PCIe Error occurred',
  form: object(PcieError, [
    member('portType', named(PORT_TYPES)),
    member('version', object(PcieVersion, [member('minor', bcd), member('major', bcd)])),
    member(
      'commandStatus',
      object(PciCommandStatus, [
        member('command', register(PciCommand), 'commandRegister'),
        member('status', register(PciStatus), 'statusRegister'),
      ]),
    ),
    member('deviceId', deviceId, 'deviceID'),
    member('serialNumber', long, 'deviceSerialNumber'),
    member(
      'bridge',
      object(PcieBridge, [
        member('secondaryStatus', register(BridgeSecondaryStatus), 'secondaryStatusRegister'),
        member('control', register(BridgeControl), 'controlRegister'),
      ]),
      'bridgeControlStatus',
    ),
    member('capability', pcieCapability, 'capabilityStructure'),
    member('aer', aer, 'aerInfo'),
  ]),
};
