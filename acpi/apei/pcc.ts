/** Members of the shared memory of a Platform Communications Channel: ACPI 6.5, section 14.2. */

import { bits, flag, range } from '../struct.ts';

/** Command field, table 14.10. */
export const PccCommand = bits(16, {
  command: range(0, 7, 'What is asked for'),
  notify: flag(15, 'The platform is to interrupt when it is done'),
});

/** Status field, table 14.11. */
export const PccStatus = bits(16, {
  complete: flag(0, 'The command is done, and the memory is that of the guest'),
  platformInterrupt: flag(1, 'The platform interrupted'),
  error: flag(2, 'The command failed'),
  platformNotification: flag(3, 'The platform has something to tell'),
});

/** What the platform says of a feature that was asked for. */
export const RasFeatureStatus = {
  Success: 0,
  NotValid: 1,
  NotSupported: 2,
  Busy: 3,
  Failed: 4,
  Aborted: 5,
  InvalidData: 6,
} as const;

/** Commands of a patrol scrubber. */
export const PatrolScrubCommand = { GetParameters: 1, Start: 2, Stop: 3 } as const;
