/** What `inject` gives a vCPU: SErrors, and synchronous external aborts. */

import { z } from 'zod';
import { INJECT_ACCESSES } from '../../../api/inject.ts';
import { NAMED_SERROR_CLASSES } from '../../../events/event.ts';
import { object } from '../../../input/yaml-file.ts';

const where = {
  vcpu: z.int().min(0).optional().describe('Left out: 0'),
  exceptionLevel: z
    .union([z.literal(0), z.literal(1)], 'is no exception level of a guest: use 0 or 1')
    .optional()
    .describe('When the vCPU is in it: 0 a process, 1 the kernel; left out: at once'),
};

const severity = z.enum(NAMED_SERROR_CLASSES);

/** ESR_EL1.ISS has 25 bits. */
const ISS_MOST = 2 ** 25 - 1;

/** A reference, or a number that may be too long for YAML. */
const ADDRESS = /^(\$\{[^}]*\}|0x[0-9a-f]{1,16})$/i;

const NO_ADDRESS = "is no address: use a page's va by its name, or 0x hex in quotes";

export const serror = object({
  ...where,
  class: z
    .union([severity, z.array(severity).min(1).max(16)], `is none of ${NAMED_SERROR_CLASSES.join(', ')}`)
    .optional()
    .describe('Several: one after the other before the vCPU runs on; left out, and no esr: KVM chooses'),
  esr: z.int().min(0).max(ISS_MOST).optional().describe('ESR_EL1.ISS itself, in place of a class'),
}).refine(
  (given) => given.class === undefined || given.esr === undefined,
  'must not have both class and esr',
);

export const sea = object({
  ...where,
  access: z.enum(INJECT_ACCESSES).optional().describe('Of a load or store, or of the fetch; left out: data'),
  va: z
    .union([z.int().min(0), z.string().regex(ADDRESS, NO_ADDRESS)], NO_ADDRESS)
    .optional()
    .describe('What FAR_EL1 says; left out: of a fetch PC, of data nothing. A lost page has its record'),
});
