/** Firmware ACPI Control Structure: ACPI 6.5, section 5.2.10. Hardware-reduced machines have none. */

import { ascii, bits, bytes, flag, struct, u8, u32, u64 } from '../struct.ts';

/** It has no checksum, and not the header of the tables. */
export const Facs = struct(
  'FACS',
  {
    signature: ascii(4).constant('FACS').doc('Names the structure'),
    length: u32.byteLength().doc('Bytes of this structure'),
    hardwareSignature: u32.default(0).doc('Changes when the hardware does; kept over hibernation'),
    firmwareWakingVector: u32.default(0).doc('GPA below 4 GiB where the guest is entered after sleep'),
    globalLock: bits(32, {
      pending: flag(0, 'Somebody waits for the lock'),
      owned: flag(1, 'The lock is taken'),
    })
      .default({})
      .doc('Global lock between the guest and the firmware'),
    flags: bits(32, {
      s4Bios: flag(0, 'S4BIOS_F: the firmware can hibernate the machine'),
      wake64BitSupported: flag(
        1,
        '64BIT_WAKE_SUPPORTED_F: xFirmwareWakingVector may be entered in 64-bit mode',
      ),
    })
      .default({})
      .doc('What the firmware can do'),
    xFirmwareWakingVector: u64.default(0n).doc('GPA where the guest is entered after sleep'),
    version: u8.default(2).doc('Version of this structure'),
    reserved: bytes(3).reserved(),
    ospmFlags: bits(32, { wake64Bit: flag(0, '64BIT_WAKE_F: the guest wants 64-bit mode') })
      .default({})
      .doc('What the guest asks for'),
    reserved2: bytes(24).reserved(),
  },
  { title: 'Firmware ACPI Control Structure', source: 'ACPI 6.5, 5.2.10' },
);
