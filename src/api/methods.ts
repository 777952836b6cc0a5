/** All that can be asked of a machine and answered at once, by name: the schemas of request and result. */

import * as z from 'zod/mini';
import { InjectRequest, InjectResult } from './inject.ts';
import { PoisonedPage } from './poison.ts';
import { RegistersRequest, VcpuRegisters } from './registers.ts';
import { MachineStatus } from './status.ts';
import { StopRequest } from './stop.ts';
import { SysrqRequest } from './sysrq.ts';

const nothing = z.strictObject({});

export const METHODS = {
  status: { request: nothing, result: MachineStatus },
  stop: { request: StopRequest, result: nothing },
  inject: { request: InjectRequest, result: InjectResult },
  registers: { request: RegistersRequest, result: z.array(VcpuRegisters) },
  poison: { request: nothing, result: z.array(PoisonedPage) },
  sysrq: { request: SysrqRequest, result: nothing },
} as const;

export type MethodName = keyof typeof METHODS;
export type RequestOf<N extends MethodName> = z.infer<(typeof METHODS)[N]['request']>;
export type ResultOf<N extends MethodName> = z.infer<(typeof METHODS)[N]['result']>;
