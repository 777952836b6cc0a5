/** Whether what was seen proves that a memory error went all the way: host, rasvm, guest kernel, process. */

import type { EventMessage } from '../../api/events.ts';
import type { Timing } from '../../events/event.ts';
import type { VictimSignal } from '../guest/guest-line.ts';
import { kernelReports, recoveryActions } from '../guest/kernel-report.ts';
import { isInPage, type Page, sizeOfPage, type TouchResult } from '../guest/victim.ts';
import { type Check, check, show } from './check.ts';

/** All that one lost page left behind, since just before it was lost. */
export interface Evidence {
  page: Page;
  /** In the order of `seq`. */
  events: readonly EventMessage[];
  /** The guest's console. */
  console: readonly string[];
  /** Signals that came to the victim before it touched the page. */
  signals: readonly VictimSignal[];
  /** Its touch of the page, after all else. */
  touch?: TouchResult;
}

export const BUS_MCEERR_AR = 4;
export const BUS_MCEERR_AO = 5;
const SIGBUS = 7;

/** The page was lost in silence; then a process in the guest touched it. */
export function judgeLate(evidence: Evidence): Check[] {
  return [
    ...judgePath(evidence, 'late'),
    judgePrinted(evidence),
    judgeRecovered(evidence),
    judgeTouch(evidence),
  ];
}

/** The host said that the page is lost before anything in the guest had touched it. */
export function judgeEarly(evidence: Evidence): Check[] {
  return [
    ...judgePath(evidence, 'early'),
    judgePrinted(evidence),
    judgeRecovered(evidence),
    judgeEarlySignal(evidence),
    judgeTouch(evidence),
    judgeUntouched(evidence),
  ];
}

const PATH = {
  late: { code: 'BUS_MCEERR_AR', notification: 'SEA' },
  early: { code: 'BUS_MCEERR_AO', notification: 'GSIV' },
} as const;

/** rasvm's side: each step is there, of this page, in this order. */
export function judgePath({ page, events }: Pick<Evidence, 'page' | 'events'>, timing: Timing): Check[] {
  const { notification } = PATH[timing];
  const attributed = events.find(
    (event) => event.kind === 'attributed' && event.gpa === page.gpa && event.timing === timing,
  );
  const of = (kind: string): EventMessage | undefined =>
    attributed &&
    events.find((event) => event.kind === kind && event.id === attributed.id && event.seq > attributed.seq);
  const source = attributed && learnedFrom(events, attributed, timing);
  const recorded = of('recorded');
  const notified = of('notified');
  const acknowledged = of('acknowledged');
  const steps = [recorded, notified, acknowledged];
  const ordered = steps.every((step, i) => step && (i === 0 || step.seq > steps[i - 1]!.seq));
  return [
    check('rasvm learned of the loss from the host', source !== undefined, source),
    check(`rasvm found its GPA, ${timing}`, attributed !== undefined, attributed),
    check('a record names its physical address', recorded?.physicalAddress === page.gpa, recorded),
    check(`the guest was notified by ${notification}`, notified?.notification === notification, notified),
    check('the guest acknowledged, after all that', acknowledged !== undefined && ordered, acknowledged),
  ];
}

/**
 * What rasvm knows it by, before it says whose memory it is. Whether the host sends a signal of a page that
 * nobody has touched is the host's affair (it may drop one, or have unmapped the page before it looks who has
 * it): the page map says it too.
 */
function learnedFrom(
  events: readonly EventMessage[],
  { hva, seq, origin }: EventMessage,
  timing: Timing,
): EventMessage | undefined {
  return events.findLast((event) => {
    if (event.seq > seq) return false;
    // KVM_EXIT_ARM_SEA: its event is right before.
    if (event.kind === 'sea-exit') return origin === 'exit' && event.seq === seq - 1;
    if (event.hva !== hva) return false;
    if (event.kind === 'found') return timing === 'early';
    const isTouch = event.vcpu !== undefined;
    return event.kind === 'signal' && event.code === PATH[timing].code && isTouch === (timing === 'late');
  });
}

/**
 * The guest kernel read the record (it prints two in five seconds; see demo/page-story.ts spaceReports).
 * @param events left out, of a VMM that tells none: a record of any source will do
 */
export function judgePrinted({
  page,
  events,
  console: lines,
}: Pick<Evidence, 'page' | 'console'> & Partial<Pick<Evidence, 'events'>>): Check {
  const sources = events?.flatMap((event) =>
    event.kind === 'recorded' && event.physicalAddress === page.gpa ? [event.source] : [],
  );
  const reports = kernelReports(lines).filter((each) => each.physicalAddress === page.gpa);
  const report = reports.find(
    (each) => sources?.includes(each.source) !== false && each.severity === 'recoverable',
  );
  return check('the guest kernel printed the record', report !== undefined, report ?? reports[0]);
}

export function judgeRecovered({ page, console: lines }: Pick<Evidence, 'page' | 'console'>): Check {
  const actions = recoveryActions(lines).filter((each) => each.frame * sizeOfPage(page) === page.gpa);
  const action = actions.find((each) => each.result === 'Recovered');
  return check(
    'the guest kernel recovered: the page is gone, nothing else',
    action !== undefined,
    action ?? actions[0],
  );
}

function inPage(page: Page, { address, lsb }: VictimSignal): boolean {
  return isInPage(page, address) && 2 ** lsb === sizeOfPage(page);
}

function judgeTouch({ page, touch }: Evidence): Check {
  const right =
    touch?.outcome === 'signal' &&
    touch.report.signal === SIGBUS &&
    touch.report.code === BUS_MCEERR_AR &&
    inPage(page, touch.report);
  return check("its touch ran the victim's handler: SIGBUS, BUS_MCEERR_AR, its address", right, touch);
}

function judgeEarlySignal({ page, signals }: Evidence): Check {
  const right = signals.find(
    (each) => each.signal === SIGBUS && each.code === BUS_MCEERR_AO && inPage(page, each),
  );
  return check(
    "before its touch the victim's handler ran: SIGBUS, BUS_MCEERR_AO, its address",
    right !== undefined,
    right ?? signals[0],
  );
}

/** Once the guest knows, it keeps its processes from the page: no access reaches the host any more. */
function judgeUntouched({ page, events }: Evidence): Check {
  const late = events.find(
    (event) => event.kind === 'attributed' && event.gpa === page.gpa && event.timing === 'late',
  );
  return {
    claim: 'no access reached the lost page',
    proved: late === undefined,
    seen: late ? show(late) : 'none',
  };
}
