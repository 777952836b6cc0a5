/** What an error source reports to its guest, as data: it can be printed, compared and saved. Addresses are GPAs, sizes bytes. */

import type { RecordSeverity } from '../records/record.ts';

/** A vCPU stands on an access to a lost page, and waits for its exception. */
export interface AccessReport {
  readonly kind: 'access';
  /** The loss, by its error. */
  readonly id: number;
  readonly vcpu: number;
  /** A byte of the page that was accessed, as far as the host told. */
  readonly gpa: number;
  /** It waited before, and its vCPU was let run: nothing of it is new. */
  readonly again: boolean;
}

/** A part of a loss that the guest takes as one page. */
export interface PageSection {
  readonly id: number;
  readonly gpa: number;
  readonly size: number;
}

/** Lost pages that the guest has not accessed; one record has a section for each. */
export interface PagesReport {
  readonly kind: 'pages';
  /** The error of the first section, and those of the others. */
  readonly id: number;
  readonly also: readonly number[];
  readonly sections: readonly PageSection[];
}

/** An error that loses no page. */
export interface ErrorReport {
  readonly kind: 'error';
  readonly id: number;
  readonly gpa: number;
  readonly size: number;
  readonly severity: RecordSeverity;
}

/** A record that was made elsewhere, reported as it is. */
export interface GivenReport {
  readonly kind: 'given';
  readonly id: number;
  /** The Generic Error Status Block. */
  readonly bytes: Uint8Array;
  /** Of the whole, as its name or, where it has none, its number. */
  readonly severity: string;
}

export type AsynchronousReport = PagesReport | ErrorReport | GivenReport;
export type Report = AccessReport | AsynchronousReport;

/** The errors that a report's record tells of. */
export function errorsOf(report: Report): readonly number[] {
  return report.kind === 'pages' ? [report.id, ...report.also] : [report.id];
}
