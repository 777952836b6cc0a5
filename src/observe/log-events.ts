/** A machine's events in rasvm's log: one line for each report of a memory error, at its end; the steps at level debug. */

import { type LogFields, log } from '../core/log.ts';
import type { RasEvent } from '../events/event.ts';
import type { EventLog } from '../events/event-log.ts';
import { type ReportEnd, ReportStories, type ReportStory } from './report-story.ts';

const MESSAGE: Record<ReportEnd, string> = {
  acknowledged: 'memory error acknowledged by the guest',
  unacknowledged: 'memory error told, and not acknowledged by the guest',
  unrecorded: 'memory error without a record for the guest',
  dropped: 'memory error no longer told: the guest was reset',
  unanswered: 'memory error, and the machine ended before the guest answered',
};

/** Begins with what comes from now on. */
export function logEvents(events: EventLog): void {
  const stories = new ReportStories({
    ended(story, end, event) {
      const level = end === 'acknowledged' ? 'info' : 'warn';
      if (log.enabled(level)) log[level](MESSAGE[end], storyFields(story, event));
    },
  });
  events.subscribe((event) => {
    logEvent(event);
    stories.take(event);
  });
}

function logEvent(event: RasEvent): void {
  switch (event.kind) {
    case 'machine.warning':
      log.warn(event.message);
      return;
    case 'machine.halted':
      log.error('the guest stands still: rasvm registers shows where, rasvm stop ends it', fieldsOf(event));
      return;
    case 'machine.stopped':
      if (event.status === 0) log.info(event.reason);
      else log.error(event.reason);
      return;
    case 'serror':
      log.info('a vCPU was given an SError, on request', fieldsOf(event));
      return;
    case 'left-out':
      log.warn('memory cannot be backed anew, and is left out of what the guest has', fieldsOf(event));
      return;
    case 'unacknowledged':
      if (event.waits !== undefined)
        log.warn('the guest does not acknowledge: what it is told of waits', fieldsOf(event));
      else log.debug(event.kind, fieldsOf(event));
      return;
    default: {
      const level = event.kind.startsWith('machine.') ? 'info' : 'debug';
      if (log.enabled(level)) log[level](event.kind, fieldsOf(event));
    }
  }
}

function fieldsOf({ kind: _kind, seq: _seq, time: _time, ...fields }: RasEvent): LogFields {
  return 'gpa' in fields && fields.gpa !== undefined ? { ...fields, gpa: BigInt(fields.gpa) } : fields;
}

/** The `id` is that of all its steps. Times are ms since the host told of it. */
export function storyFields(story: ReportStory, last: RasEvent): LogFields {
  const { id, gpa, size, origin, timing, vcpu, notification, begun, recorded, notified, reason } = story;
  const since = (time: number) => Math.round((time - begun) / 1e3) / 1e3;
  const fields: LogFields = {
    id,
    gpa: gpa === undefined ? undefined : BigInt(gpa),
    ...{ size, origin, timing, vcpu, notification },
    recordedMs: recorded === undefined ? undefined : since(recorded),
    notifiedMs: notified === undefined ? undefined : since(notified),
    endedMs: since(last.time),
    consumed: last.kind === 'unacknowledged' ? last.consumed : undefined,
    reason,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
