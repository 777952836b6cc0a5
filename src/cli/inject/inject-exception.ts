/** `rasvm inject NAME serror` and `rasvm inject NAME sea`: their options as requests, their results in words. */

import { VCPU_LIMIT } from '../../api/fields.ts';
import type {
  InjectedException,
  InjectRequest,
  InjectSeaRequest,
  InjectSerrorRequest,
} from '../../api/inject.ts';
import { RasvmError } from '../../core/errors.ts';
import { parseChoice, parseCount, parseWord } from '../../core/quantity.ts';
import { NAMED_SERROR_CLASSES } from '../../events/event.ts';
import { checkSyndrome, serrorClass, serrorSyndrome } from '../../ras/vcpu/serror.ts';
import { syndromeText } from '../../ras/vcpu/syndrome.ts';

export interface ExceptionOptions {
  vcpu?: string;
  el?: string;
  class?: string;
  esr?: string;
  data?: true;
  fetch?: true;
  va?: string;
}

/** Throws USAGE. */
export function serrorRequest(options: ExceptionOptions): InjectSerrorRequest {
  return { kind: 'serror', ...where(options), serrors: serrorsOf(options) };
}

/** Throws USAGE. */
export function seaRequest(options: ExceptionOptions): InjectSeaRequest {
  const { data, fetch, va } = options;
  if (data && fetch) throw new RasvmError('USAGE', '--data and --fetch: an abort is one or the other');
  const address = va === undefined ? {} : { va: parseWord(va, '--va') };
  return { kind: 'sea', ...where(options), access: fetch ? 'fetch' : 'data', ...address };
}

function where({ vcpu, el }: ExceptionOptions): { vcpu: number; exceptionLevel?: 0 | 1 } {
  const level = el === undefined ? {} : { exceptionLevel: el === '0' ? (0 as const) : (1 as const) };
  return { vcpu: vcpu === undefined ? 0 : parseCount(vcpu, '--vcpu', 0, VCPU_LIMIT), ...level };
}

function serrorsOf({ class: classes, esr }: ExceptionOptions): InjectSerrorRequest['serrors'] {
  if (classes !== undefined && esr !== undefined)
    throw new RasvmError('USAGE', '--class and --esr both say the syndrome: give one of them');
  if (classes !== undefined) {
    return classes
      .split(',')
      .map((each) => ({ iss: serrorSyndrome(parseChoice(each, '--class', NAMED_SERROR_CLASSES)) }));
  }
  if (esr === undefined) return [{}];
  return esr.split(',').map((each) => {
    const iss = parseWord(each, '--esr');
    checkSyndrome(iss);
    return { iss };
  });
}

/** `error #3: SError on vCPU 1 at PC 0x... in EL1: ueo, pending` */
export function exceptionText(
  id: number,
  kind: InjectRequest['kind'],
  { vcpu, pc, exceptionLevel, esr, pending }: InjectedException,
): string {
  const at = `on vCPU ${vcpu} at PC 0x${pc.toString(16)} in EL${exceptionLevel}`;
  if (kind === 'sea') return `error #${id}: SEA ${at}: ${syndromeText(esr!)}`;
  return `error #${id}: SError ${at}: ${serrorClass(esr)}, ${pending ? 'pending' : 'taken'}`;
}
