/** Linux' magic SysRq. */

import * as z from 'zod/mini';

export const SysrqRequest = z.strictObject({
  /** One character. */
  key: z
    .string()
    .check(z.regex(/^[0-9A-Za-z]$/, "must be one character of 0 to 9, a to z, A to Z, such as 'l'")),
});
