/** Hardware error notification structure: ACPI 6.5, section 18.3.2.9. */

import { bits, flag, struct, u8, u32 } from '../struct.ts';

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
} as const;
export type NotificationType = (typeof NotificationType)[keyof typeof NotificationType];

export const Notification = struct('Hardware error notification', {
  type: u8.values(NotificationType).doc('How the guest is told'),
  length: u8.usually(28).doc('Bytes of this structure'),
  writable: bits(16, {
    type: flag(0, 'type may be changed by the guest'),
    pollInterval: flag(1),
    switchToPollingThresholdValue: flag(2),
    switchToPollingThresholdWindow: flag(3),
    errorThresholdValue: flag(4),
    errorThresholdWindow: flag(5),
  })
    .default({})
    .doc('Configuration write enable: which members the guest may change'),
  pollInterval: u32.default(0).doc('Milliseconds between two polls'),
  vector: u32.default(0).doc('GSIV (External, Gsiv) or event number (Sdei)'),
  switchToPollingThresholdValue: u32.default(0).doc('Errors within the window that make the guest poll'),
  switchToPollingThresholdWindow: u32.default(0).doc('Milliseconds'),
  errorThresholdValue: u32.default(0).doc('Errors within the window that are worth telling'),
  errorThresholdWindow: u32.default(0).doc('Milliseconds'),
});
