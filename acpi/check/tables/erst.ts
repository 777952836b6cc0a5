/** Rules for the ERST: ACPI 6.5, section 18.5, and what Linux's erst driver takes. */

import { type Erst, ErstAction, ErstInstruction } from '../../apei/erst.ts';
import type { Decoded } from '../../struct.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';
import { checkInstructions } from './instructions.ts';

export const ERST = kinds('specification', 'ACPI 6.5, 18.5.1.3', {
  ERST_GOTO: { severity: 'error', meaning: 'GOTO names an instruction that its action does not have' },
  ERST_ENDLESS_LOOP: { severity: 'warning', meaning: 'GOTO names itself or an instruction before it' },
});

export const LINUX_ERST = kinds('linux', 'Linux drivers/acpi/apei/erst.c', {
  LINUX_ERST_TIMEOUT: {
    severity: 'note',
    meaning:
      'Without GET_EXECUTE_OPERATION_TIMINGS, and an address range that is marked slow, the driver waits 1 millisecond for the store',
    kernels: ALL_KERNELS,
  },
});

export function checkErst(report: Report, table: Decoded<typeof Erst>): void {
  const needed = [
    'BeginWriteOperation',
    'BeginReadOperation',
    'BeginClearOperation',
    'EndOperation',
    'SetRecordOffset',
    'ExecuteOperation',
    'CheckBusyStatus',
    'GetCommandStatus',
    'GetRecordIdentifier',
    'SetRecordIdentifier',
    'GetRecordCount',
    'GetErrorLogAddressRange',
    'GetErrorLogAddressRangeLength',
    'GetErrorLogAddressRangeAttributes',
  ];
  checkInstructions(report, table, {
    actions: ErstAction,
    needed: [...needed, 'BeginDummyWriteOperation'],
    giving: needed.filter((name) => name.startsWith('Get') || name === 'CheckBusyStatus'),
    taking: ['SetRecordOffset', 'SetRecordIdentifier', 'ExecuteOperation'],
    linuxNeeds: needed.filter((name) => !name.startsWith('Begin') && name !== 'EndOperation'),
    linuxInstructions: ErstInstruction.MoveData + 1,
    accesses: [
      ErstInstruction.LoadVar1,
      ErstInstruction.LoadVar2,
      ErstInstruction.StoreVar1,
      ErstInstruction.AddValue,
      ErstInstruction.SubtractValue,
      ErstInstruction.StallWhileTrue,
      ErstInstruction.SkipNextInstructionIfTrue,
      ErstInstruction.SetSourceAddressBase,
      ErstInstruction.SetDestinationAddressBase,
      ErstInstruction.MoveData,
    ],
    refusal: 'ERST table is invalid.',
  });
  const { entries } = table;
  for (const [i, { action, instruction, value }] of entries.entries()) {
    if (instruction !== ErstInstruction.Goto) continue;
    const own = entries.filter((each) => each.action === action);
    const at = own.indexOf(entries[i]!);
    if (value >= BigInt(own.length))
      report.tell(
        ERST.ERST_GOTO,
        `entries[${i}].value`,
        `is ${value}, the action has ${own.length} instructions`,
      );
    else if (value <= BigInt(at))
      report.tell(ERST.ERST_ENDLESS_LOOP, `entries[${i}].value`, `goes from instruction ${at} to ${value}`);
  }
  if (!entries.some(({ action }) => action === ErstAction.GetExecuteOperationTimings))
    report.tell(LINUX_ERST.LINUX_ERST_TIMEOUT, 'entries', 'there are no timings');
}
