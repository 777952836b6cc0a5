/**
 * Notification by an interrupt (ACPI 6.5, table 18.14, type 10): the Generic Event Device's edge, which the DSDT's _EVT turns into
 * Notify(ERRD, 0x80). Linux then looks at all sources that are announced so (drivers/acpi/apei/ghes.c, ghes_notify_hed).
 */

import type { AsynchronousNotification } from './notification.ts';

/** @param pulse raises and lowers the interrupt's line */
export function gsivNotification(pulse: () => void): AsynchronousNotification {
  return { name: 'GSIV', announce: pulse };
}
