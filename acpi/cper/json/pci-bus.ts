/** libcper's form of a PCI/PCI-X bus error: UEFI 2.11, appendix N.2.8. */

import { AcpiError } from '../../errors.ts';
import { PciBusError } from '../pci-bus.ts';
import { errorStatus } from './error-status.ts';
import { type Form, hexText, long, named, names, number, text, type Values } from './forms.ts';
import { member, members, object, type Part, shown } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const ERROR_TYPES = names([
  'Unknown/OEM Specific Error',
  'Data Parity Error',
  'System Error',
  'Master Abort',
  'Bus Timeout/No Device Present (No DEVSEL#)',
  'Master Data Parity Error',
  'Address Parity Error',
  'Command Parity Error',
]);

/** The bus that the command is one of. */
const commandType: Form = {
  toJson: (value) => ((value as Values).pciX ? 'PCI-X' : 'PCI'),
  fromJson(json) {
    const type = text.fromJson(json);
    if (type !== 'PCI' && type !== 'PCI-X') throw new AcpiError('VALUE', 'is neither PCI nor PCI-X');
    return { pciX: type === 'PCI-X' };
  },
};

function hex(key: string, name: string): Part {
  return shown(key, ({ [name]: value }) => (value === undefined ? undefined : hexText(value as bigint, 16)));
}

export const PCI_BUS_FORM: SectionForm = {
  name: 'PciBus',
  minSize: 72,
  message: () => 'A PCI/PCI-X Bus Error occurred',
  form: object(PciBusError, [
    member('errorStatus', errorStatus),
    member('errorType', named(ERROR_TYPES)),
    member(
      'busId',
      object(undefined, [member('bus', number, 'busNumber'), member('segment', number, 'segmentNumber')]),
      'busID',
    ),
    ...members(long, 'busAddress', 'busData'),
    member('busCommand', commandType, 'busCommandType'),
    member('requestorId', long, 'busRequestorID'),
    hex('busRequestorIDHex', 'requestorId'),
    member('completerId', long, 'busCompleterID'),
    hex('busCompleterIDHex', 'completerId'),
    member('targetId', long, 'targetID'),
  ]),
};
