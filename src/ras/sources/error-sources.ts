/** The error sources of one boot, made from their plan: each with its block, its register, and what it reports. */

import type { EventLog } from '../../events/event-log.ts';
import type { GuestMap } from '../../memory/guest-map.ts';
import { AsynchronousReports, type AsynchronousState } from './asynchronous.ts';
import { isSynchronous, type PlannedSource } from './plan.ts';
import type { RecordMemory } from './record-memory.ts';
import type { Report } from './report.ts';
import { ErrorSource, type SourceState } from './source.ts';
import { SynchronousReports, type SynchronousState } from './synchronous.ts';

export interface ErrorSourcesOptions {
  plan: readonly PlannedSource[];
  map: GuestMap;
  memory: RecordMemory;
  events: EventLog;
  readAck: ReadAckRegisters;
  asynchronous(source: PlannedSource): AsynchronousReports;
  synchronous(source: PlannedSource): SynchronousReports;
  /** The block's memory is lost: backs it anew. False: it cannot be. */
  restoreBlock(gpa: number): boolean;
}

/** The read_ack registers of all sources, by their ids. */
export interface ReadAckRegisters {
  clear(source: number): void;
  awaited(source: number, urgently: boolean): void;
}

type Reports = AsynchronousReports | SynchronousReports;

interface Entry {
  readonly source: ErrorSource;
  readonly reports: Reports;
}

/** As plain data, by the sources' ids. */
export interface ErrorSourcesState {
  readonly version: 1;
  readonly sources: readonly {
    readonly id: number;
    readonly source: SourceState;
    readonly reports: AsynchronousState | SynchronousState;
  }[];
}

export class ErrorSources {
  readonly #entries: readonly Entry[];

  constructor(options: ErrorSourcesOptions) {
    this.#entries = options.plan.map((planned) => entryOf(planned, options));
  }

  synchronous(id: number): SynchronousReports | undefined {
    const reports = this.#entries[id]?.reports;
    return reports instanceof SynchronousReports ? reports : undefined;
  }

  asynchronous(id: number): AsynchronousReports | undefined {
    const reports = this.#entries[id]?.reports;
    return reports instanceof AsynchronousReports ? reports : undefined;
  }

  source(id: number): ErrorSource | undefined {
    return this.#entries[id]?.source;
  }

  acknowledge(id: number, at: number): void {
    this.#entries[id]?.source.acknowledge(at);
  }

  /** By their ids: reports that wait, without the one that is published; ns that its record waits for the acknowledgement. */
  states(): { source: number; depth: number; unacknowledged: number }[] {
    return this.#entries.map(({ source, reports }) => ({
      source: source.id,
      depth: source.depth + waitingOf(reports),
      unacknowledged: source.unacknowledged,
    }));
  }

  /** Reports that wait, and errors that the records in the blocks tell of. */
  counts(): { queued: number; told: number } {
    let queued = 0;
    let told = 0;
    for (const { source, reports } of this.#entries) {
      queued += source.depth + waitingOf(reports);
      told += source.told;
    }
    return { queued, told };
  }

  /** The memory at `gpa` was lost, and is as it was at the guest's start. @returns whether a record stands there again */
  rewrite(gpa: number, size: number): boolean {
    let rewritten = false;
    for (const { source } of this.#entries)
      if (source.block >= gpa && source.block < gpa + size) rewritten = source.rewrite() || rewritten;
    return rewritten;
  }

  /** Nothing is done by itself any more. */
  close(): void {
    for (const { source, reports } of this.#entries) {
      reports.close();
      source.close();
    }
  }

  /** Drops what waits. */
  reset(): void {
    for (const { source, reports } of this.#entries) {
      source.reset();
      reports.reset();
    }
  }

  save(): ErrorSourcesState {
    return {
      version: 1,
      sources: this.#entries.map(({ source, reports }) => ({
        id: source.id,
        source: source.save(),
        reports: reports.save(),
      })),
    };
  }

  /** Takes the state of those of another boot with the same plan, whose guest goes on here. */
  load({ sources }: ErrorSourcesState): void {
    for (const { id, source, reports } of sources) {
      const entry = this.#entries[id];
      if (entry === undefined) throw new RangeError(`there is no error source ${id}`);
      entry.source.load(source);
      if (entry.reports instanceof AsynchronousReports)
        entry.reports.load(reports as AsynchronousState, pagesOf(source.published?.report));
      else entry.reports.load(reports as SynchronousState);
    }
  }
}

function entryOf(planned: PlannedSource, options: ErrorSourcesOptions): Entry {
  const { id } = planned;
  const { map, memory, events, readAck, restoreBlock } = options;
  const { gpa, length } = memory.block(id);
  const made = {
    ...{ id, block: gpa, blockLength: length, events, memory: map },
    readAck: {
      clear: () => readAck.clear(id),
      awaited: (urgently: boolean) => readAck.awaited(id, urgently),
    },
    restoreBlock: () => restoreBlock(gpa),
  };
  if (isSynchronous(planned)) {
    const reports = options.synchronous(planned);
    const source = new ErrorSource({ ...made, delegate: reports });
    reports.attach(source);
    return { source: source as unknown as ErrorSource<Report>, reports };
  }
  const reports = options.asynchronous(planned);
  const source = new ErrorSource({ ...made, delegate: reports });
  reports.attach(source);
  return { source: source as unknown as ErrorSource<Report>, reports };
}

function pagesOf(report: Report | undefined): number {
  return report?.kind === 'pages' ? report.sections.length : 0;
}

function waitingOf(reports: Reports): number {
  return reports instanceof AsynchronousReports ? reports.depth : 0;
}
