/** Rules for the EINJ: ACPI 6.5, section 18.6, and what Linux's einj driver takes. */

import { type Einj, EinjAction, EinjInstruction } from '../../apei/einj.ts';
import type { Decoded } from '../../struct.ts';
import { AddressSpace } from '../../tables/gas.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';
import { checkInstructions } from './instructions.ts';

export const EINJ = kinds('specification', 'ACPI 6.5, 18.6.1', {
  EINJ_TRIGGER_IN_TABLE: {
    severity: 'warning',
    meaning: 'TRIGGER_ERROR stands in the EINJ itself: it belongs to the trigger error action table',
  },
  EINJ_NO_WAY_TO_SET_TYPE: {
    severity: 'error',
    meaning: 'There is neither SET_ERROR_TYPE nor SET_ERROR_TYPE_WITH_ADDRESS',
  },
});

export const LINUX_EINJ = kinds('linux', 'Linux drivers/acpi/apei/einj-core.c', {
  LINUX_EINJ_NO_PARAMETERS: {
    severity: 'warning',
    meaning:
      'Without SET_ERROR_TYPE_WITH_ADDRESS as WRITE_REGISTER to system memory an error has no address: the driver offers no param1 to param4',
    kernels: ALL_KERNELS,
  },
  LINUX_EINJ_WRITES_PARAMETERS: {
    severity: 'note',
    meaning:
      'The driver does not run SET_ERROR_TYPE_WITH_ADDRESS: it copies the parameters to the address of that register, and then runs EXECUTE_OPERATION',
    kernels: ALL_KERNELS,
  },
});

export function checkEinj(report: Report, table: Decoded<typeof Einj>): void {
  checkInstructions(report, table, {
    actions: EinjAction,
    needed: [
      'BeginInjectionOperation',
      'GetTriggerErrorActionTable',
      'GetErrorType',
      'EndOperation',
      'ExecuteOperation',
      'CheckBusyStatus',
      'GetCommandStatus',
    ],
    giving: ['GetTriggerErrorActionTable', 'GetErrorType', 'CheckBusyStatus', 'GetCommandStatus'],
    taking: ['SetErrorType', 'SetErrorTypeWithAddress', 'ExecuteOperation'],
    linuxNeeds: [
      'GetErrorType',
      'ExecuteOperation',
      'CheckBusyStatus',
      'GetCommandStatus',
      'GetTriggerErrorActionTable',
    ],
    linuxInstructions: EinjInstruction.FlushCacheline,
    accesses: [],
    refusal: 'Invalid EINJ table.',
  });
  const { entries } = table;
  const withAddress = entries.findIndex(
    ({ action, instruction, register }) =>
      action === EinjAction.SetErrorTypeWithAddress &&
      instruction === EinjInstruction.WriteRegister &&
      register.addressSpace === AddressSpace.SystemMemory,
  );
  if (withAddress < 0)
    report.tell(LINUX_EINJ.LINUX_EINJ_NO_PARAMETERS, 'entries', 'no such instruction is there');
  else
    report.tell(
      LINUX_EINJ.LINUX_EINJ_WRITES_PARAMETERS,
      `entries[${withAddress}].register.address`,
      `0x${entries[withAddress]!.register.address.toString(16)} must be memory for 48 bytes`,
    );
  const setters: readonly number[] = [EinjAction.SetErrorType, EinjAction.SetErrorTypeWithAddress];
  if (!entries.some(({ action }) => setters.includes(action)))
    report.tell(EINJ.EINJ_NO_WAY_TO_SET_TYPE, 'entries', 'neither is there');
  for (const [i, { action }] of entries.entries())
    if (action === EinjAction.TriggerError)
      report.tell(EINJ.EINJ_TRIGGER_IN_TABLE, `entries[${i}].action`, 'is 0xff, TRIGGER_ERROR');
}
