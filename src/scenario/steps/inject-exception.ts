/** `inject` of an exception: SErrors, and synchronous external aborts. */

import type { InjectSeaRequest, InjectSerrorRequest } from '../../api/inject.ts';
import { serrorSyndrome } from '../../ras/vcpu/serror.ts';
import type { WhatOf } from '../language/verbs/index.ts';
import type { StepContext } from './context.ts';

type Serror = NonNullable<WhatOf<'inject'>['serror']>;
type Sea = NonNullable<WhatOf<'inject'>['sea']>;

export async function injectSerror(what: Serror, context: StepContext): Promise<void> {
  const { class: classes, esr } = what;
  const given = classes === undefined ? undefined : [classes].flat();
  const serrors = given?.map((each) => ({ iss: serrorSyndrome(each) })) ?? [
    esr === undefined ? {} : { iss: BigInt(esr) },
  ];
  const request: InjectSerrorRequest = { kind: 'serror', ...placeOf(what), serrors };
  const name = given?.join(', then ') ?? (esr === undefined ? 'of no class' : `0x${esr.toString(16)}`);
  context.say(`vCPU ${request.vcpu} gets an SError: ${name}`);
  await context.guest.injectException(request);
  context.harmed();
}

export async function injectSea(what: Sea, context: StepContext): Promise<void> {
  const { access = 'data', va } = context.values.resolve(what);
  const address = va === undefined ? {} : { va: BigInt(va) };
  const request: InjectSeaRequest = { kind: 'sea', ...placeOf(what), access, ...address };
  // Of a lost page it has a record.
  if (va !== undefined) await context.space({});
  context.say(`vCPU ${request.vcpu} takes an abort: ${access}`);
  await context.guest.injectException(request);
  context.harmed();
}

function placeOf({ vcpu = 0, exceptionLevel }: Serror | Sea) {
  return { vcpu, ...(exceptionLevel !== undefined && { exceptionLevel }) };
}
