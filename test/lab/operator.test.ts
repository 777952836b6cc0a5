/** What an operator reads of a real guest's errors: the file of --events, the metrics, and the log; each tells the same story. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventMessage } from '../../src/api/events.ts';
import { loseEarly, loseLate } from '../../src/scenario/demo/page-story.ts';
import { judgePath } from '../../src/scenario/judge/verdict.ts';
import type { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { anyKernel, assertProved, withGuest } from './support.ts';

type Line = Record<string, unknown>;

/** A file of JSON, an object a line. */
function linesOf(path: string): Line[] {
  const text = readFileSync(path, 'utf8');
  assert.ok(text === '' || text.endsWith('\n'), `${path} ends in the middle of a line`);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** What Prometheus would read: samples by name and labels, without the machine's, in the order of their names. */
async function scrape(socketPath: string): Promise<Map<string, number>> {
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics', agent: false }, (response) => {
      assert.equal(response.statusCode, 200);
      assert.match(response.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve(body));
    });
    asked.once('error', reject);
    asked.end();
  });
  return new Map(
    [...text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(([, name, labels, value]) => {
      const own = labels!.split(',').filter((label) => !label.startsWith('machine='));
      return [own.length === 0 ? name! : `${name}{${own.sort().join(',')}}`, Number(value)];
    }),
  );
}

/** A guest with all three, and where they are. */
async function withOperator(
  append: string,
  body: (guest: RasvmGuest, at: { events: string; log: string; metrics: string }) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-operator-'));
  const at = {
    events: join(directory, 'events.jsonl'),
    log: join(directory, 'log'),
    metrics: join(directory, 'metrics'),
  };
  const words = ['--events', at.events, '--metrics', `unix:${at.metrics}`];
  const log = ['--log-level', 'info', '--log', at.log];
  try {
    await withGuest({ kernel: anyKernel().path, cpus: 2, append, arguments: [...words, ...log] }, (guest) =>
      body(guest, at),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Times that an early error was met, by a signal or by a scan: the host may send no signal, and then one after all. */
function earlyErrors(metrics: ReadonlyMap<string, number>): number {
  const by = (origin: string) =>
    metrics.get(`rasvm_memory_errors_total{origin="${origin}",timing="early"}`) ?? 0;
  return by('signal') + by('scan');
}

test('an early and a late error: each with one id in the file of events, the metrics and the log', {
  timeout: 180_000,
}, async () => {
  await withOperator('', async (guest, at) => {
    const [early, late] = await guest.allocate('victim', 'anon', 2);
    const before = await scrape(at.metrics);
    assert.equal(before.get('rasvm_lost_pages'), 0);
    assert.equal(before.get('rasvm_error_source_unacknowledged_seconds{source="1"}'), 0);
    await loseEarly(guest, early!);
    await loseLate(guest, late!);
    const metrics = await scrape(at.metrics);
    const wanted = {
      'rasvm_memory_errors_total{origin="signal",timing="late"}': 1,
      'rasvm_reports_total{notification="GSIV"}': 1,
      'rasvm_reports_total{notification="SEA"}': 1,
      'rasvm_reports_ended_total{end="acknowledged"}': 2,
      'rasvm_notification_latency_seconds_count{notification="GSIV"}': 1,
      'rasvm_notification_latency_seconds_count{notification="SEA"}': 1,
      'rasvm_notification_latency_seconds_bucket{le="+Inf",notification="SEA"}': 1,
      'rasvm_acknowledgement_latency_seconds_count{notification="GSIV"}': 1,
      'rasvm_acknowledgement_latency_seconds_count{notification="SEA"}': 1,
      'rasvm_error_source_queue_depth{source="0"}': 0,
      'rasvm_error_source_queue_depth{source="1"}': 0,
      'rasvm_error_source_unacknowledged_seconds{source="0"}': 0,
      'rasvm_error_source_unacknowledged_seconds{source="1"}': 0,
      rasvm_lost_pages: 2,
      rasvm_lost_bytes: 8192,
      rasvm_left_out_bytes: 0,
    };
    for (const [name, value] of Object.entries(wanted)) assert.equal(metrics.get(name), value, name);
    assert.ok(earlyErrors(metrics) >= 1);
    for (const notification of ['GSIV', 'SEA'])
      for (const what of ['notification', 'acknowledgement'])
        assert.ok(
          metrics.get(`rasvm_${what}_latency_seconds_sum{notification="${notification}"}`)! > 0,
          `${what} of ${notification} took some time`,
        );

    assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
    const events = linesOf(at.events);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
      'no event is missing',
    );
    assert.equal(events[0]!.kind, 'machine.started');
    assert.equal(events.at(-1)!.kind, 'machine.stopped');
    const log = linesOf(at.log);
    for (const [page, timing] of [
      [early!, 'early'],
      [late!, 'late'],
    ] as const) {
      assertProved(judgePath({ page, events: events as unknown as EventMessage[] }, timing));
      const { id } = events.find(({ kind, gpa }) => kind === 'attributed' && gpa === page.gpa)!;
      const story = events.filter((event) => event.id === id);
      // A scan may find what a signal names too, and a slow guest is notified or run again until it acknowledges.
      const mayCome: unknown[] = ['known', 'renotified', 'retried'];
      const told = story.filter(
        ({ kind }, i) => !mayCome.includes(kind) && (kind !== 'attributed' || i === 1),
      );
      assert.deepEqual(
        told.map(({ kind }) => kind),
        ['injected', 'attributed', 'recorded', 'notified', 'acknowledged'],
        `the story of the ${timing} error`,
      );
      assert.deepEqual(
        log.flatMap((line) => (line.id === id ? [[line.level, line.gpa, line.timing]] : [])),
        [[30, `0x${page.gpa.toString(16)}`, timing]],
        `a line of the log for the ${timing} error`,
      );
    }
  });
});

test('a guest that does not acknowledge: the queue and the time that its record waits show it', {
  timeout: 180_000,
}, async () => {
  await withOperator('ghes.disable=1', async (guest, at) => {
    const pages = await guest.allocate('victim', 'anon', 3);
    for (const { gpa } of pages) await guest.inject({ gpa, via: 'hwpoison', tell: 'early' });
    await guest.event('attributed', { gpa: pages[2]!.gpa });
    await guest.event('unacknowledged');
    const metrics = await scrape(at.metrics);
    assert.equal(metrics.get('rasvm_error_source_queue_depth{source="1"}'), 2);
    assert.ok(metrics.get('rasvm_error_source_unacknowledged_seconds{source="1"}')! >= 10);
    assert.ok(earlyErrors(metrics) >= 3);
    assert.equal(metrics.get('rasvm_acknowledgement_latency_seconds_count{notification="GSIV"}'), undefined);
    assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
    const ids = linesOf(at.events).flatMap(({ kind, id }) => (kind === 'attributed' ? [id] : []));
    assert.equal(new Set(ids).size, 3);
    for (const id of ids)
      assert.equal(
        linesOf(at.log).filter((line) => line.id === id && 'endedMs' in line).length,
        1,
        `a line of the log for error ${id}`,
      );
  });
});
