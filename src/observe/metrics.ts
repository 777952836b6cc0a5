/** A machine's memory errors as Prometheus metrics. Times are seconds, sizes bytes, as is the custom there. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MeasuredMachine } from '../api/machine.ts';
import { ReportStories, type ReportStory } from './report-story.ts';

/** s; from what an idle host takes to what an overcommitted or emulated one does, and to where rasvm gives up. */
const BUCKETS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
];

/** Counts from now on; what is asked of the machine is asked when somebody reads the metrics. */
export function machineMetrics(machine: MeasuredMachine): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ machine: machine.name });
  const registers = [registry];
  const met = new Counter({
    name: 'rasvm_memory_errors_total',
    help: 'Times that a memory error was met, by how it was found and whether the guest touched the page',
    labelNames: ['origin', 'timing'],
    registers,
  });
  const told = new Counter({
    name: 'rasvm_reports_total',
    help: 'Reports by the notification that told the guest; none: no record could be written, or the guest takes none',
    labelNames: ['notification'],
    registers,
  });
  const ended = new Counter({
    name: 'rasvm_reports_ended_total',
    help: 'Reports by how they ended',
    labelNames: ['end'],
    registers,
  });
  const toNotification = new Histogram({
    name: 'rasvm_notification_latency_seconds',
    help: "From the host's signal to the guest's interrupt or abort",
    labelNames: ['notification'],
    buckets: BUCKETS,
    registers,
  });
  const toAcknowledgement = new Histogram({
    name: 'rasvm_acknowledgement_latency_seconds',
    help: "From the notification to the guest's acknowledgement (read_ack)",
    labelNames: ['notification'],
    buckets: BUCKETS,
    registers,
  });
  gauges(machine, registers);

  const stories = new ReportStories({
    notified(story) {
      told.inc(notificationOf(story));
      toNotification.observe(notificationOf(story), seconds(story.notified! - story.begun));
    },
    ended(story, end, event) {
      ended.inc({ end });
      if (end === 'unrecorded' && story.notified === undefined) told.inc(notificationOf(story));
      if (event.kind === 'acknowledged')
        toAcknowledgement.observe(notificationOf(story), seconds(event.after));
    },
  });
  machine.events.subscribe((event) => {
    if (event.kind === 'attributed') met.inc({ origin: event.origin, timing: event.timing });
    if (event.kind === 'injected' && event.via === 'record') met.inc({ origin: 'record', timing: 'early' });
    stories.take(event);
  });
  return registry;
}

function gauges(machine: MeasuredMachine, registers: Registry[]): void {
  new Gauge({
    name: 'rasvm_error_source_queue_depth',
    help: 'Reports that wait for the source, without the one that stands in its block',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset();
      for (const { source, depth } of machine.errorSources()) this.set({ source }, depth);
    },
  });
  new Gauge({
    name: 'rasvm_error_source_unacknowledged_seconds',
    help: 'How long the record in the block of the source has waited for its acknowledgement; 0: there is none',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset();
      for (const { source, unacknowledged } of machine.errorSources())
        this.set({ source }, seconds(unacknowledged));
    },
  });
  const lost = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  const sizeOf = (pages: readonly { size: number }[]) => pages.reduce((sum, { size }) => sum + size, 0);
  lost('rasvm_lost_bytes', 'Guest RAM that is lost now', () => sizeOf(machine.poison()));
  lost('rasvm_lost_pages', 'Pages, ordinary or huge, that are lost now', () => machine.poison().length);
  lost('rasvm_left_out_bytes', 'Of the lost guest RAM: what the guest has booted without', () =>
    sizeOf(machine.poison().filter(({ offlined }) => offlined === 'left-out')),
  );
}

function notificationOf({ notification }: ReportStory): { notification: string } {
  return { notification: notification ?? 'none' };
}

/** The clocks of signal and notification are one, but read on two threads. */
function seconds(ns: number): number {
  return Math.max(0, ns) / 1e9;
}
