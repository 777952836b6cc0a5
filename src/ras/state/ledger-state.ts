/** The poison ledger's state as it is saved: apart from what it is at run time, so that either can change. */

/** Times are ns since the machine began; addresses and sizes are bytes. */
export interface LedgerState {
  readonly version: 1;
  /** The last error id that was given. */
  readonly lastId: number;
  /** In the order of loss. */
  readonly pages: readonly LostPageState[];
}

export interface LostPageState {
  readonly id: number;
  readonly gpa: number;
  readonly size: number;
  readonly origin: 'signal' | 'scan' | 'exit' | 'access' | 'injection';
  readonly since: number;
  readonly toldEarly: boolean;
  readonly deferred: boolean;
  /** Pages of 4 KiB that were reported, a bit each, least significant first, in hexadecimal. */
  readonly toldPages?: string | undefined;
  readonly toldLate: number;
  readonly toldEarlyAt?: number | undefined;
  readonly toldLateAt?: number | undefined;
  readonly acknowledged: number;
  readonly acknowledgedAt?: number | undefined;
  readonly touches: number;
  readonly touchedAt?: number | undefined;
  readonly stillInUse: boolean;
  readonly leftOut: boolean;
  readonly lateOnly: boolean;
}
