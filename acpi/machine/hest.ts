/** The HEST of a machine whose firmware tells errors: ACPI 6.5, section 18.3.2. */

import { Hest } from '../apei/hest.ts';
import { NotificationType } from '../apei/notification.ts';
import { memoryRegister } from '../tables/gas.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';
import { BLOCK_LENGTH, sourceRegisters } from './record-area.ts';

const NOTIFICATION = {
  polled: NotificationType.Polled,
  external: NotificationType.External,
  sci: NotificationType.Sci,
  gpio: NotificationType.GpioSignal,
  sea: NotificationType.Sea,
  sei: NotificationType.Sei,
  gsiv: NotificationType.Gsiv,
  sdei: NotificationType.Sdei,
} as const;

export function hestOf(machine: Machine): Uint8Array | undefined {
  const { errors } = machine;
  if (errors === undefined) return undefined;
  const { sources, blockLength = BLOCK_LENGTH, maxSections = 1 } = errors;
  const registers = sourceRegisters(errors);
  return Hest.encode({
    ...headerNames(machine),
    sources: sources.map(({ notification, vector = 0, pollInterval = 0 }, sourceId) => {
      const { statusAddress, readAck } = registers[sourceId]!;
      const common = {
        sourceId,
        maxSections,
        maxRawDataLength: blockLength,
        errorStatusAddress: memoryRegister(statusAddress, 64),
        notification: { type: NOTIFICATION[notification], vector, pollInterval },
        errorStatusBlockLength: blockLength,
      };
      return readAck === undefined
        ? { kind: 'ghes', ...common }
        : { kind: 'ghesV2', ...common, readAck: memoryRegister(readAck, 64) };
    }),
  });
}
