/** Where vCPUs stand. */

import * as z from 'zod/mini';
import { vcpu, word } from './fields.ts';

/** KVM_GET_MP_STATE; `stopped`: off by PSCI, or never switched on. */
export const MP_STATES = ['runnable', 'stopped', 'suspended'] as const;

export const RegistersRequest = z.strictObject({
  /** Left out: all. */
  vcpu: z.exactOptional(vcpu),
});

export const VcpuRegisters = z.object({
  vcpu,
  mpState: z.enum(MP_STATES),
  /**
   * The guest does not run on it until rasvm has answered: an access, or an error whose record has to wait
   * its turn.
   */
  held: z.boolean(),
  /**
   * By name, in the order of REGISTER_NAMES (src/ras/vcpu/vcpu-registers.ts); what the host's KVM does not
   * give is not there.
   */
  registers: z.record(z.string(), word),
  /** An SError that the guest has not taken yet; `esr` where KVM holds a syndrome for it. */
  serror: z.exactOptional(z.object({ esr: z.exactOptional(word) })),
});
export type VcpuRegisters = z.infer<typeof VcpuRegisters>;
