/** What `rasvm run` was asked for: typed, checked, no defaults left open. */

import type { LogLevel } from '../core/log.ts';
import type { GuestRamOptions } from '../memory/guest-ram.ts';
import type { NoRecordsPolicy } from '../ras/policy/no-records.ts';

export interface RasOptions {
  /** auto: what host and guest can do; on: an error at start-up if it cannot be had; off: never tell. */
  mode: 'auto' | 'on' | 'off';
  /** Tell the guest of a lost page before it touches it (BUS_MCEERR_AO). */
  early: boolean;
  /** How a late error is told: by an SEA with a record, or by an SError without one. */
  notify: 'sea' | 'serror';
  /** report: the guest is told; stop: the machine ends at the first page that it loses. */
  onError: 'report' | 'stop';
}

export type ConsoleSpec = { kind: 'stdio' } | { kind: 'file'; path: string };

/** What a second serial port leads to: a unix socket that rasvm listens on. */
export type SerialSpec = { kind: 'unix'; path: string };

/** Where Prometheus finds the metrics. */
export type MetricsSpec = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

export interface PanicOptions {
  /**
   * When the guest's kernel has panicked: `end` the machine when it has said its last words, `report` it and no
   * more, or `reset` the guest.
   */
  action: 'end' | 'report' | 'reset';
  /** What tells of a panic: pvpanic, or also a line of the kernel's log on the console. */
  from: 'device' | 'console';
}

export interface RunOptions extends GuestRamOptions {
  /** Path of an arm64 Image. */
  kernel: string;
  initrd?: string;
  /** The kernel's command line, as given. */
  append: string;
  vcpus: number;
  ras: RasOptions;
  /** false: boot by a full device tree. */
  acpi: boolean;
  /** What a guest without records gets: one without ACPI, or with `ras.mode` off. */
  noAcpiPolicy: NoRecordsPolicy;
  /** Left out: vm-PID. */
  name?: string;
  console: ConsoleSpec;
  /** Left out: there is no second serial port. */
  serial?: SerialSpec;
  panic: PanicOptions;
  /** The machine ends when so many errors were met, at least 1; left out: it goes on. */
  stopAfter?: number;
  /** Events as JSON lines into this file. */
  events?: string;
  metrics?: MetricsSpec;
  log: LogOptions;
}

export interface LogOptions {
  level: LogLevel;
  /** JSON lines into this file; left out: readable lines on stderr. */
  file?: string;
}
