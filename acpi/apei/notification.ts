/** Hardware error notification structure: ACPI 6.5, section 18.3.2.9, table 18.14. */

import { bits, flag, struct, u8, u32 } from '../struct.ts';

/** How a source tells of its errors. Sse is RISC-V's, of ACPI 6.6. */
export const NotificationType = {
  Polled: 0,
  External: 1,
  LocalInterrupt: 2,
  Sci: 3,
  Nmi: 4,
  Cmci: 5,
  Mce: 6,
  GpioSignal: 7,
  Sea: 8,
  Sei: 9,
  Gsiv: 10,
  Sdei: 11,
  Sse: 12,
} as const;
export type NotificationType = (typeof NotificationType)[keyof typeof NotificationType];

export const Notification = struct(
  'Hardware error notification',
  {
    type: u8.values(NotificationType).doc('How the guest is told'),
    length: u8.usually(28).doc('Bytes of this structure'),
    writable: bits(16, {
      type: flag(0, 'The type'),
      pollInterval: flag(1, 'The poll interval'),
      switchToPollingThresholdValue: flag(2, 'The threshold for polling'),
      switchToPollingThresholdWindow: flag(3, 'The window of that threshold'),
      errorThresholdValue: flag(4, 'The threshold of errors'),
      errorThresholdWindow: flag(5, 'The window of that threshold'),
    })
      .default({})
      .doc('Configuration write enable: which members the guest may change'),
    pollInterval: u32.default(0).doc('Milliseconds between two polls'),
    vector: u32
      .default(0)
      .doc('GSIV (External, Gsiv), event number (Sdei) or interrupt vector (LocalInterrupt)'),
    switchToPollingThresholdValue: u32.default(0).doc('Errors within the window that make the guest poll'),
    switchToPollingThresholdWindow: u32.default(0).doc('Milliseconds'),
    errorThresholdValue: u32.default(0).doc('Errors within the window that are worth telling'),
    errorThresholdWindow: u32.default(0).doc('Milliseconds'),
  },
  { source: 'ACPI 6.5, 18.3.2.9' },
);
