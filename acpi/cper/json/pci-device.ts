/** libcper's form of a PCI/PCI-X component error: UEFI 2.11, appendix N.2.9. */

import { AcpiError } from '../../errors.ts';
import type { JsonValue } from '../../json/text.ts';
import { PciComponentId, PciDeviceError, PciRegister } from '../pci-device.ts';
import { errorStatus } from './error-status.ts';
import { at, listOf, long, number, type Values } from './forms.ts';
import { member, needed, object, type Part } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const registers = listOf(
  object(PciRegister, [needed('address', long, 'firstHalf'), needed('value', long, 'secondHalf')]),
);

/**
 * Registers in memory and then those in I/O space are one list, with the number of each where that is valid. All of
 * them are shown where some are.
 */
const pairs: Part = {
  keys: ['memoryNumber', 'ioNumber', 'registerDataPairs'],
  write({ memoryRegisters, ioRegisters, unvalidated = {} }, json) {
    if (memoryRegisters === undefined && ioRegisters === undefined) return;
    const hidden = unvalidated as Values;
    const memory = (memoryRegisters ?? hidden.memoryRegisters ?? []) as readonly unknown[];
    const io = (ioRegisters ?? hidden.ioRegisters ?? []) as readonly unknown[];
    if (memoryRegisters !== undefined) json.memoryNumber = memory.length;
    if (ioRegisters !== undefined) json.ioNumber = io.length;
    json.registerDataPairs = registers.toJson([...memory, ...io])!;
  },
  read({ memoryNumber, ioNumber, registerDataPairs }, values) {
    const all = at(
      'registerDataPairs',
      () => registers.fromJson(registerDataPairs ?? []) as readonly unknown[],
    );
    const inMemory = at('memoryNumber', () => countOf(memoryNumber));
    const inIo = at('ioNumber', () => countOf(ioNumber));
    const split = inMemory ?? all.length - (inIo ?? 0);
    if (
      split < 0 ||
      split + (inIo ?? 0) > all.length ||
      (inMemory !== undefined && inIo !== undefined && split + inIo !== all.length)
    )
      throw new AcpiError(
        'VALUE',
        `has ${all.length}, not ${inMemory ?? 0} and ${inIo ?? 0}`,
        'registerDataPairs',
      );
    const [memory, io] = [all.slice(0, split), all.slice(split)];
    if (inMemory !== undefined) values.memoryRegisters = memory;
    else if (memory.length > 0) values.unvalidated = { memoryRegisters: memory };
    if (inIo !== undefined) values.ioRegisters = io;
    else if (io.length > 0) values.unvalidated = { ioRegisters: io };
  },
};

function countOf(json: JsonValue | undefined): number | undefined {
  return json === undefined ? undefined : (number.fromJson(json) as number);
}

export const PCI_DEVICE_FORM: SectionForm = {
  name: 'PciComponent',
  minSize: 40,
  message: () => 'A PCI/PCI-X Device Error occurred',
  form: object(PciDeviceError, [
    member('errorStatus', errorStatus),
    member(
      'idInfo',
      object(PciComponentId, [
        member('vendorId', number, 'vendorID'),
        member('deviceId', number, 'deviceID'),
        member('classCode', number),
        member('function', number, 'functionNumber'),
        member('device', number, 'deviceNumber'),
        member('bus', number, 'busNumber'),
        member('segment', number, 'segmentNumber'),
      ]),
    ),
    pairs,
  ]),
};
