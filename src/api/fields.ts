/**
 * What fields of requests, results and events are made of. zod's small form is taken, which loads in a tenth
 * of the time of the whole and compiles nothing.
 */

import * as z from 'zod/mini';

/** A guest physical address (GPA); those of the architecture have at most 52 bits. */
export const address = z
  .int()
  .check(z.minimum(0, 'is below 0'), z.maximum(2 ** 52 - 1, 'is too large; addresses have at most 52 bits'));

/** An address in rasvm's process (HVA), a size in bytes, ns, an id: 0 or more, and exact as a number. */
export const count = z.int().check(z.minimum(0, 'is below 0'));

/** No machine has a vCPU of a greater number (include/kvm/arm_vgic.h, VGIC_V3_MAX_CPUS). */
export const VCPU_LIMIT = 511;

/** A vCPU's number, from 0. */
export const vcpu = z
  .int()
  .check(z.minimum(0, 'is below 0'), z.maximum(VCPU_LIMIT, `is too large: vCPUs are 0 to ${VCPU_LIMIT}`));

/** What 64 bits hold: a register, a mask, a virtual address. */
export const word = z
  .bigint()
  .check(z.minimum(0n, 'is below 0'), z.maximum(2n ** 64n - 1n, 'has more than 64 bits'));

/** One of the guest's: 0 for processes, 1 for the kernel. */
export const exceptionLevel = z.literal([0, 1]);
