/**
 * The events of each report put together: from what the host told to how the guest took it. An error may be reported more
 * than once (early, and at each touch); each report has a beginning, and ends once.
 */

import type { Origin, RasEvent, Timing } from '../events/event.ts';

/** How a report ended: the guest answered or did not, it was told without a record, or the guest is gone. */
export type ReportEnd = 'acknowledged' | 'unacknowledged' | 'unrecorded' | 'dropped' | 'unanswered';

/** Times are ns since the machine began. */
export interface ReportStory {
  readonly id: number;
  readonly timing: Timing;
  readonly origin: Origin;
  /** Left out for a record that was given. */
  readonly gpa: number | undefined;
  readonly size: number | undefined;
  /** Of a late report: who met the page. */
  readonly vcpu: number | undefined;
  /** When the host told of it; without that, when the page was found to be the guest's. */
  readonly begun: number;
  source: number | undefined;
  recorded: number | undefined;
  notified: number | undefined;
  notification: Of<'notified'>['notification'] | undefined;
  /** Why there is no record. */
  reason: string | undefined;
}

export interface StoryListener {
  /** The guest was interrupted. */
  notified?(story: ReportStory): void;
  /** @param event that ended it */
  ended?(story: ReportStory, end: ReportEnd, event: RasEvent): void;
}

const PAGE = 4096;

type Of<K extends RasEvent['kind']> = Extract<RasEvent, { kind: K }>;

export class ReportStories {
  readonly #listener: StoryListener;
  /** Reports that have not ended, oldest first, by their error. */
  readonly #open = new Map<number, ReportStory[]>();
  /** What the host told last, and nobody was found for yet. */
  #raised: Of<'signal' | 'found' | 'sea-exit'> | undefined;
  /** The report that was given up last: the page is told in the other way. */
  #givenUp: ReportStory | undefined;
  /** Losses of several pages, which take several records: a story of each. */
  readonly #large = new Map<number, ReportStory>();

  constructor(listener: StoryListener) {
    this.#listener = listener;
  }

  /** Reports that have not ended. */
  get open(): number {
    let count = 0;
    for (const stories of this.#open.values()) count += stories.length;
    return count;
  }

  /** Takes the machine's events, in their order. */
  take(event: RasEvent): void {
    switch (event.kind) {
      case 'signal':
      case 'found':
      case 'sea-exit':
        this.#raised = event;
        return;
      case 'injected':
        if (event.via === 'record') this.#begin(event, { timing: 'early', origin: 'injection' });
        return;
      case 'attributed':
        this.#attributed(event);
        return;
      case 'known':
        this.#forget(event.id, (story) => story.timing === 'early' && story.source === undefined);
        return;
      case 'deferred':
      case 'queued': {
        const vcpuOf = event.kind === 'queued' ? event.vcpu : undefined;
        const waits = ({ source = event.source, recorded, vcpu }: ReportStory) =>
          source === event.source && recorded === undefined && vcpu === vcpuOf;
        (this.#find(event.id, waits) ?? this.#again(event)).source = event.source;
        return;
      }
      case 'recorded': {
        const isOf = (wanted: number | undefined) => (story: ReportStory) =>
          story.source === wanted && story.recorded === undefined;
        const story =
          this.#find(event.id, isOf(event.source)) ??
          this.#find(event.id, isOf(undefined)) ??
          this.#again(event);
        story.source = event.source;
        story.recorded = event.time;
        return;
      }
      case 'unrecorded':
        this.#unrecorded(event);
        return;
      case 'notified':
        this.#notified(event);
        return;
      case 'unacknowledged':
        // With `waits` the record stays where it is, and may be acknowledged yet.
        if (event.waits === undefined) this.#over(event);
        return;
      case 'acknowledged':
      case 'dropped':
        this.#over(event);
        return;
      case 'renewed':
      case 'left-out':
        this.#open.delete(event.id);
        this.#large.delete(event.id);
        return;
      case 'machine.halted':
        this.#endUnrecorded(event.vcpu, event);
        return;
      case 'machine.stopped':
        for (const story of [...this.#open.values()].flat())
          this.#end(story, story.reason === undefined ? 'unanswered' : 'unrecorded', event);
        return;
    }
  }

  #attributed(event: Of<'attributed'>): void {
    const raised = this.#raised;
    this.#raised = undefined;
    if (event.vcpu !== undefined) {
      this.#endUnrecorded(event.vcpu, event);
      this.#leave(event.vcpu);
    }
    const isOfThis =
      raised !== undefined &&
      (raised.kind === 'found' || raised.vcpu === event.vcpu) &&
      (raised.kind === 'sea-exit' || (raised.hva >= event.hva && raised.hva < event.hva + event.size));
    const story = this.#begin(event, event, isOfThis ? raised.time : event.time);
    if (event.size > PAGE) this.#large.set(event.id, story);
  }

  #begin(
    { id, gpa, size, time }: { id: number; gpa?: number; size?: number; time: number },
    { timing, origin, vcpu }: { timing: Timing; origin: Origin; vcpu?: number },
    begun = time,
  ): ReportStory {
    const story: ReportStory = {
      ...{ id, timing, origin, gpa, size, vcpu, begun },
      ...{ source: undefined, recorded: undefined, notified: undefined, notification: undefined },
      reason: undefined,
    };
    const stories = this.#open.get(id);
    if (stories) stories.push(story);
    else this.#open.set(id, [story]);
    return story;
  }

  /** A report that no event began: what was not acknowledged is told once more, and a large loss by more than one record. */
  #again({ id, time }: { id: number; time: number }): ReportStory {
    const before = this.#givenUp?.id === id ? this.#givenUp : this.#large.get(id);
    const { gpa, size, origin = 'signal' } = before ?? {};
    return this.#begin({ id, time, ...(gpa && { gpa }), ...(size && { size }) }, { timing: 'early', origin });
  }

  /** A vCPU that was let run while it waited and met another page: what it waited with is void. */
  #leave(vcpu: number): void {
    for (const id of this.#open.keys())
      this.#forget(id, (story) => story.vcpu === vcpu && story.notified === undefined);
  }

  /** A vCPU without a record that was told nothing at all (--no-acpi-policy): its story ends when that is seen. */
  #endUnrecorded(vcpu: number, event: RasEvent): void {
    for (const story of [...this.#open.values()].flat())
      if (story.vcpu === vcpu && story.reason !== undefined) this.#end(story, 'unrecorded', event);
  }

  /** A vCPU that gets its SEA all the same has its story end there. */
  #unrecorded(event: Of<'unrecorded'>): void {
    const untold = ({ notified }: ReportStory) => notified === undefined;
    const story =
      this.#find(event.id, (each) => untold(each) && each.recorded !== undefined) ??
      this.#find(event.id, untold);
    if (story === undefined) return;
    story.reason = event.reason;
    if (story.timing === 'early') this.#end(story, 'unrecorded', event);
  }

  #notified(event: Of<'notified'>): void {
    const { id, source, vcpu, notification, time } = event;
    const waiting = this.#find(id, (each) => each.notified === undefined && each.vcpu === vcpu);
    // An abort on request, of no lost page, is no report.
    if (waiting === undefined && source === undefined) return;
    const story = waiting ?? this.#again(event);
    story.notified = time;
    story.notification = notification;
    this.#listener.notified?.(story);
    if (source === undefined) this.#end(story, 'unrecorded', event);
  }

  #over(event: Of<'acknowledged' | 'unacknowledged' | 'dropped'>): void {
    const ofSource = this.#find(event.id, ({ source }) => source === event.source);
    const told = this.#find(
      event.id,
      ({ source, notified }) => source === event.source && notified !== undefined,
    );
    const story = told ?? ofSource;
    if (story === undefined) return;
    if (event.kind === 'unacknowledged') this.#givenUp = story;
    this.#end(story, event.kind, event);
  }

  #end(story: ReportStory, end: ReportEnd, event: RasEvent): void {
    this.#forget(story.id, (each) => each === story);
    this.#listener.ended?.(story, end, event);
  }

  #find(id: number, is: (story: ReportStory) => boolean): ReportStory | undefined {
    return this.#open.get(id)?.find(is);
  }

  #forget(id: number, is: (story: ReportStory) => boolean): void {
    const stories = this.#open.get(id);
    const at = stories?.findLastIndex(is) ?? -1;
    if (at < 0) return;
    if (stories!.length === 1) this.#open.delete(id);
    else stories!.splice(at, 1);
  }
}
