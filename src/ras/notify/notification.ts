/** How the record of an error source is announced (ACPI 6.5, table 18.14): a strategy in a file of its own. */

import type { Vcpu } from '../../native/binding.ts';
import type { InjectedSea } from '../vcpu/inject-sea.ts';
import type { Range, VcpuView } from '../vcpu/vcpu-view.ts';

/** Of a source whose records nobody in the guest waits for. */
export interface AsynchronousNotification {
  /** What events call it. */
  readonly name: 'GSIV';
  /** A record stands in a block of a source that is announced so. May come again for the same record. */
  announce(): void;
}

/** An exception that a vCPU was given, and where it stood. */
export interface ExceptionEntry {
  view: VcpuView;
  sea: InjectedSea;
}

/** Of a source whose record is about what a vCPU was doing: the vCPU stands still until it is its turn. */
export interface SynchronousNotification {
  readonly name: 'SEA';
  /** Makes the vCPU take the exception where it stands, for an access to what is lost. It still stands. */
  enter(vcpu: Vcpu, lost: Range): ExceptionEntry;
  /**
   * ms for the acknowledgement of a record that came with this exception.
   * @param level that it was taken from
   * @param ignored the last such record was not looked at in all its time
   */
  patience(level: 0 | 1, ignored: boolean): number;
}
