/** The one way for requests from outside to a machine: each is checked before the machine sees it. */

import { RasvmError } from '../core/errors.ts';
import { check } from './check.ts';
import type { InjectMemoryRequest } from './inject.ts';
import type { ControlledMachine } from './machine.ts';
import { METHODS, type MethodName, type RequestOf, type ResultOf } from './methods.ts';
import type { MachineStatus } from './status.ts';

/**
 * @param request as it came
 * @throws RasvmError USAGE, with all that is wrong, for what no machine of this shape can do; else what the
 * machine throws
 */
export async function call<N extends MethodName>(
  machine: ControlledMachine,
  method: N,
  request: unknown,
): Promise<ResultOf<N>> {
  const checked = check<RequestOf<N>>(METHODS[method].request as never, request);
  return HANDLERS[method](machine, checked);
}

type Handler<N extends MethodName> = (
  machine: ControlledMachine,
  request: RequestOf<N>,
) => ResultOf<N> | Promise<ResultOf<N>>;

const HANDLERS: { [N in MethodName]: Handler<N> } = {
  status: (machine) => machine.status(),
  async stop(machine, { mode }) {
    await machine.stop(mode);
    return {};
  },
  inject(machine, request) {
    if (request.kind === 'memory') checkPlace(request, machine.status());
    return machine.inject(request);
  },
  registers: (machine, { vcpu }) => machine.registers(vcpu),
  poison: (machine) => machine.poison(),
  async sysrq(machine, { key }) {
    await machine.sysrq(key);
    return {};
  },
};

/** @throws RasvmError USAGE for what is not in guest RAM. */
function checkPlace({ gpa, size = 1 }: InjectMemoryRequest, { ram }: MachineStatus): void {
  const region = ram.find((each) => gpa >= each.gpa && gpa < each.gpa + each.size);
  const ranges = ram.map((each) => `${hex(each.gpa)} to ${hex(each.gpa + each.size - 1)}`).join(', ');
  if (!region) throw new RasvmError('USAGE', `gpa ${hex(gpa)} is not guest RAM, which is ${ranges}`);
  const room = region.gpa + region.size - gpa;
  if (size > room)
    throw new RasvmError(
      'USAGE',
      `size ${size} at gpa ${hex(gpa)} is not 1 to ${room}: guest RAM is ${ranges}`,
    );
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
