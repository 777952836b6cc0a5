/** The end of a machine, as asked. */

import * as z from 'zod/mini';

/**
 * `powerdown` presses the power button, and the guest decides; `kill` ends the machine without asking the
 * guest.
 */
export const STOP_MODES = ['powerdown', 'kill'] as const;
export type StopMode = (typeof STOP_MODES)[number];

export const StopRequest = z.strictObject({ mode: z.enum(STOP_MODES) });
