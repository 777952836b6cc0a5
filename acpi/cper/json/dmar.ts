/** libcper's forms of DMA remapping errors: UEFI 2.11, appendix N.2.11. */

import { array, u32, u64 } from '../../struct.ts';
import { DmarGenericError } from '../dmar-generic.ts';
import { DmarIommuError, IommuEvent } from '../dmar-iommu.ts';
import { DmarVtdError, VtdFaultRecord, VtdFaultStatus } from '../dmar-vtd.ts';
import {
  base64,
  boolean,
  encoded,
  type Form,
  littleEndian,
  long,
  type Names,
  named,
  names,
  number,
  reread,
} from './forms.ts';
import { always, inside, member, needed, object, type Part } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const FAULT_REASONS: Names = {
  names: {
    1: 'DMT Entry Missing',
    2: 'DMT Entry Invalid',
    3: 'DMT Access Error',
    4: 'DMT Reserved Bit Invalid',
    5: 'DMA Address Out of Bounds',
    6: 'Invalid Read/Write',
    7: 'Invalid Device Request',
    8: 'ATT Access Error',
    9: 'ATT Reserved Bit Invalid',
    10: 'Illegal Command',
    11: 'Command Buffer Access Error',
  },
  descriptions: {
    1: 'Domain mapping table entry is not present.',
    2: 'Invalid domain mapping table entry.',
    3: "DMAr unit's attempt to access the domain mapping table resulted in an error.",
    4: 'Reserved bit set to non-zero value in the domain mapping table.',
    5: 'DMA request to access an address beyond the device address width.',
    6: 'Invalid read or write access.',
    7: 'Invalid device request.',
    8: "DMAr unit's attempt to access the address translation table resulted in an error.",
    9: 'Reserved bit set to non-zero value in the address translation table.',
    10: 'Illegal command error.',
    11: "DMAr unit's attempt to access the command buffer resulted in an error.",
  },
  others: 'Unknown (Reserved)',
};
// libcper has these names one lower, against the specification.
const ARCHITECTURES = names(['', 'VT-d', 'IOMMU']);

export const DMAR_GENERIC_FORM: SectionForm = {
  name: 'GenericDmar',
  minSize: 32,
  message: () => 'A DMAr Generic Error occurred',
  form: object(DmarGenericError, [
    needed('requesterId', number, 'requesterID'),
    member('segment', number, 'segmentNumber'),
    needed('faultReason', named(FAULT_REASONS)),
    member('accessType', named(names(['DMA Write', 'DMA Read']))),
    member('addressType', named(names(['Untranslated Request', 'Translation Request']))),
    needed('architecture', named(ARCHITECTURES), 'architectureType'),
    needed('deviceAddress', long),
  ]),
};

/** Entries of page tables, from the highest level on. */
const PAGE_TABLE_ENTRIES: readonly Part[] = [6, 5, 4, 3, 2, 1].map((level) =>
  member(`level${level}Entry`, long, `pageTableEntry_Level${level}`),
);

export const DMAR_IOMMU_FORM: SectionForm = {
  name: 'IommuDmar',
  minSize: 144,
  message: () => 'A IOMMU Specific DMAr Error occurred',
  form: object(DmarIommuError, [
    member('revision', number),
    member('control', long, 'controlRegister'),
    member('status', long, 'statusRegister'),
    member('eventLogEntry', encoded(IommuEvent, base64)),
    member('deviceTableEntry', encoded(array(u64, 4), base64)),
    ...PAGE_TABLE_ENTRIES,
  ]),
};

/** The page's number: the address in bits 12 to 63. */
const page: Form = {
  toJson: (value) => long.toJson((value as bigint) >> 12n),
  fromJson: (json) => (long.fromJson(json) as bigint) << 12n,
};

/** A flag as a number that has names. */
function flagNamed(names: Names): Form {
  const form = named(names);
  return { toJson: (value) => form.toJson(value ? 1 : 0), fromJson: (json) => form.fromJson(json) !== 0 };
}

const faultRecord = object(VtdFaultRecord, [
  member('faultInformation', page),
  inside('request', undefined, [
    member('sourceId', number, 'sourceIdentifier'),
    member('privileged', boolean, 'privelegeModeRequested'),
    member('execute', boolean, 'executePermissionRequested'),
    member('pasidPresent', boolean),
    member('faultReason', number),
    member('pasid', number, 'pasidValue'),
    member('addressType', number),
    member('type', flagNamed(names(['Write Request', 'Read/AtomicOp Request'], 'Unknown'))),
  ]),
]);

const entry = encoded(array(u64, 2), base64);

export const DMAR_VTD_FORM: SectionForm = {
  name: 'VtdDmar',
  minSize: 144,
  message: () => 'A VT-d DMAr Error occurred',
  form: object(DmarVtdError, [
    member('version', number),
    member('revision', number),
    always('oemId', littleEndian(6), new Uint8Array(6), 'oemID'),
    member('capability', long, 'capabilityRegister'),
    member('extendedCapability', long, 'extendedCapabilityRegister'),
    member('globalCommand', number, 'globalCommandRegister'),
    member('globalStatus', number, 'globalStatusRegister'),
    member(
      'faultStatus',
      reread(() => VtdFaultStatus, u32, number),
      'faultStatusRegister',
    ),
    member('faultRecord', faultRecord),
    member('rootEntry', entry),
    member('contextEntry', entry),
    ...PAGE_TABLE_ENTRIES,
  ]),
};
