/** libcper's form of a PCI/PCI-X component error: UEFI 2.11, appendix N.2.9. */

import { AcpiError } from '../../errors.ts';
import { PciComponentId, PciDeviceError, PciRegister } from '../pci-device.ts';
import { errorStatus } from './error-status.ts';
import { at, listOf, long, member, needed, number, object, type Part } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const registers = listOf(
  object(PciRegister, [needed('address', long, 'firstHalf'), needed('value', long, 'secondHalf')]),
);

/** Registers in memory and then those in I/O space are one list, with the number of each. */
const pairs: Part = {
  keys: ['memoryNumber', 'ioNumber', 'registerDataPairs'],
  write({ memoryRegisters, ioRegisters }, json) {
    const [memory, io] = [memoryRegisters, ioRegisters] as (readonly unknown[] | undefined)[];
    if (memory !== undefined) json.memoryNumber = memory.length;
    if (io !== undefined) json.ioNumber = io.length;
    if (memory !== undefined || io !== undefined)
      json.registerDataPairs = registers.toJson([...(memory ?? []), ...(io ?? [])])!;
  },
  read({ memoryNumber, ioNumber, registerDataPairs }, values) {
    const inMemory = at('memoryNumber', () => number.fromJson(memoryNumber ?? 0) as number);
    const inIo = at('ioNumber', () => number.fromJson(ioNumber ?? 0) as number);
    const all = at(
      'registerDataPairs',
      () => registers.fromJson(registerDataPairs ?? []) as readonly unknown[],
    );
    if (inMemory + inIo !== all.length)
      throw new AcpiError('VALUE', `has ${all.length}, not ${inMemory} and ${inIo}`, 'registerDataPairs');
    if (memoryNumber !== undefined) values.memoryRegisters = all.slice(0, inMemory);
    if (ioNumber !== undefined) values.ioRegisters = all.slice(inMemory);
  },
};

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
