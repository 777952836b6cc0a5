/** Guest memory is lost on purpose: `rasvm inject memory`. */

import type { InjectMemoryRequest, InjectResult } from '../api/inject.ts';
import { RasvmError } from '../core/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import type { GuestMap } from '../memory/guest-map.ts';
import { hostLosesFrame } from '../memory/hwpoison.ts';
import type { NativeError } from '../native/binding.ts';
import type { LostPage, PoisonLedger } from '../ras/errors/ledger.ts';
import type { RasService } from '../ras/service.ts';

interface Losing {
  map: GuestMap;
  ledger: PoisonLedger;
  events: EventLog;
  ras: Pick<RasService, 'expectLoss' | 'lossFailed' | 'lostEarly' | 'record'>;
}

type Loss = InjectMemoryRequest & { via: 'uffd' | 'madvise' | 'hwpoison' };

/** Reports a loss that is none. @throws RasvmError CONTROL */
export function reportLoss(request: InjectMemoryRequest, { ledger, events, ras }: Losing): InjectResult {
  const { gpa, size = 4096, via, severity = 'recoverable' } = request;
  const id = ledger.nextId();
  // A record alone has no page to be touched.
  events.emit('injected', { id, gpa, size, via, tell: 'early' });
  ras.record(id, gpa, size, severity);
  return { id, gpa, size };
}

/**
 * Whole pages of the backing are lost; of several none is told before all are.
 * @throws RasvmError USAGE, CONTROL
 */
export async function loseMemory(request: InjectMemoryRequest, losing: Losing): Promise<InjectResult> {
  const { map, ledger, events, ras } = losing;
  const { via, tell } = request as Loss;
  const losses = extents(request, losing);
  // Noted before the loss: the guest may touch it, and the host may signal, before the call is back.
  const pages = losses.map(({ gpa, size }) => ras.expectLoss(gpa, size, tell));
  // A reset makes all memory whole: what was expected is not, and the next boot is to lose nothing.
  const isExpected = (page: LostPage) => ledger.find(page.gpa) === page;
  let lost = 0;
  try {
    for (; lost < pages.length; lost++) {
      const page = pages[lost]!;
      if (!isExpected(page)) throw new RasvmError('CONTROL', 'the guest was reset meanwhile');
      const { id, gpa, size } = page;
      events.emit('injected', { id, gpa, size, via, tell });
      const { memory, gpa: base, offset } = map.find(gpa)!;
      const at = offset + gpa - base;
      if (via === 'hwpoison') await hostLosesFrame(memory, at);
      else await memory.poison(at, size, via);
    }
  } catch (error) {
    const failed = pages[lost]!;
    const wasExpected = isExpected(failed);
    for (const page of pages.slice(lost)) ras.lossFailed(page);
    const before = lost > 0 ? `${lost} of ${pages.length} are lost; ` : '';
    if (error instanceof RasvmError) throw new RasvmError(error.code, before + error.message);
    const part = wasExpected ? keepLostPart(failed, error as NativeError, losing) : '';
    throw new RasvmError('CONTROL', before + part + explain(via, error as NativeError), { cause: error });
  } finally {
    // hwpoison's early report is the host's own signal.
    if (tell === 'early' && via !== 'hwpoison')
      for (const { gpa, size } of pages.slice(0, lost).filter(isExpected))
        ras.lostEarly(gpa, size, 'injection');
  }
  const { id, gpa, size } = pages[0]!;
  return { id, gpa, size, hva: map.hvaOf(gpa) };
}

/**
 * A loss that failed on its way has taken contents with it: what is lost or reads as zeros the guest is told
 * of at once, as it would not find out by a touch. The rest is as it was.
 *
 * @returns what is said of it
 */
function keepLostPart(
  { gpa, size }: LostPage,
  { offset, length }: NativeError,
  { map, ras }: Losing,
): string {
  if (offset === undefined || length === undefined) return '';
  const range = map.find(gpa)!;
  const gone = Math.min(size, offset + length - range.offset - (gpa - range.gpa));
  ras.expectLoss(gpa, gone, 'early');
  ras.lostEarly(gpa, gone, 'injection');
  const pages = gone / range.memory.pageSize;
  return `${pages} pages from GPA 0x${gpa.toString(16)} on are gone, of which the guest is told; `;
}

/** What is to be lost, in whole pages of the backing. @throws RasvmError USAGE, CONTROL */
function extents(request: InjectMemoryRequest, { map, ledger }: Losing): { gpa: number; size: number }[] {
  const { gpa, count = 1, via } = request;
  const range = map.find(gpa);
  if (range === undefined)
    throw new RasvmError('USAGE', `there is no guest memory at GPA 0x${gpa.toString(16)}`);
  const unit = range.memory.pageSize;
  const start = gpa - (gpa % unit);
  const size = Math.ceil((gpa + (request.size ?? 1) - start) / unit) * unit;
  if (via === 'hwpoison' && size !== unit)
    throw new RasvmError('USAGE', `--via hwpoison loses one page of ${unit} bytes: leave out --size`);
  const room = Math.floor((range.gpa + range.size - start) / size);
  if (count > room)
    throw new RasvmError('USAGE', `count ${count} is more than guest RAM has from there, which is ${room}`);
  const losses = Array.from({ length: count }, (_, i) => ({ gpa: start + i * size, size }));
  for (const each of losses) {
    const known = ledger.overlapping(each.gpa, each.size);
    if (known === undefined) continue;
    const at = Math.max(known.gpa, each.gpa).toString(16);
    throw new RasvmError('CONTROL', `GPA 0x${at} is lost already (error ${known.id})`);
  }
  return losses;
}

function explain(via: Loss['via'], { code, message }: NativeError): string {
  if (via === 'uffd' && (code === 'EINVAL' || code === 'ENOTTY' || code === 'ENOSYS')) {
    return '--via uffd needs UFFDIO_POISON, Linux 6.6 or later on the host: take --via madvise (as root)';
  }
  if (via === 'madvise' && code === 'EPERM') {
    return '--via madvise needs CAP_SYS_ADMIN: run rasvm as root, or take --via uffd';
  }
  if (via === 'madvise' && code === 'EINVAL') {
    return '--via madvise needs a host kernel with CONFIG_MEMORY_FAILURE: take --via uffd';
  }
  return `the page could not be lost: ${message}`;
}
