/** Hardware Error Source Table: ACPI 6.5, section 18.3.2. */

import { list, u32, union } from '../struct.ts';
import { table } from '../tables/header.ts';
import { AerBridge, AerDevice, AerRootPort } from './aer.ts';
import { Ghes, GhesV2 } from './ghes.ts';
import {
  CorrectedMachineCheck,
  DeferredMachineCheck,
  MachineCheck,
  NonMaskableInterrupt,
} from './machine-check.ts';

/**
 * An error source; types 3 to 5 and those from 12 on are not defined. Types have no length of their own, so an
 * unknown one takes the rest of the table.
 */
export const ErrorSource = union(
  'Error source',
  { tag: 2 },
  {
    machineCheck: MachineCheck,
    correctedMachineCheck: CorrectedMachineCheck,
    nonMaskableInterrupt: NonMaskableInterrupt,
    aerRootPort: AerRootPort,
    aerDevice: AerDevice,
    aerBridge: AerBridge,
    ghes: Ghes,
    ghesV2: GhesV2,
    deferredMachineCheck: DeferredMachineCheck,
  },
);

export const Hest = table(
  'HEST',
  1,
  {
    sourceCount: u32.countOf('sources').doc('Number of error sources'),
    sources: list(ErrorSource).doc('Error sources'),
  },
  { title: 'Hardware Error Source Table', source: 'ACPI 6.5, 18.3.2' },
);
