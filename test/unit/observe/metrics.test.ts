import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { MeasuredMachine } from '../../../src/api/machine.ts';
import type { MetricsSpec } from '../../../src/machine/options.ts';
import { poisonedPages } from '../../../src/machine/poisoned-pages.ts';
import { serveMetrics } from '../../../src/observe/metrics-server.ts';
import { fakeService, RAM_BASE } from '../ras/fake-service.ts';
import { SOURCE } from '../ras/sources.ts';

const PAGE = RAM_BASE + 0x10_0000;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function start(t: TestContext, spec: MetricsSpec) {
  const guest = fakeService();
  const { events, ledger, ras } = guest;
  const machine: MeasuredMachine = {
    ...{ name: 'vm', events, poison: () => poisonedPages(ledger) },
    errorSources: () => ras.sources(),
  };
  const server = await serveMetrics(spec);
  t.after(() => {
    server.close();
    ras.close();
  });
  return { ...guest, machine, server };
}

function ask(where: { socketPath: string } | { port: number }, path = '/metrics', method = 'GET') {
  return new Promise<{ status: number; type: string | undefined; text: string }>((resolve, reject) => {
    const asked = request({ ...where, host: '127.0.0.1', path, method, agent: false }, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve({ status: response.statusCode!, type: response.headers['content-type'], text });
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** Samples by name and labels, without the machine's, in the order of the names. */
function samples(text: string): Map<string, number> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return name === undefined
        ? []
        : [[name.replace(/machine="vm",?|,machine="vm"/, '').replace('{}', ''), Number(value)]];
    }),
  );
}

test('errors are counted by how they were found and told, and timed', async (t) => {
  const { touch, early, acknowledge, events, machine, server } = await start(t, {
    ...{ kind: 'tcp', host: '127.0.0.1', port: 0 },
  });
  server.measure(machine);
  touch(PAGE, 0);
  acknowledge(SOURCE.SEA);
  early(PAGE + 4096);
  early(PAGE + 8192);
  events.flush();

  const { status, type, text } = await ask({ port: server.port! });
  assert.equal(status, 200);
  assert.match(type!, /^text\/plain; version=0\.0\.4/);
  const value = samples(text);
  const expected = {
    'rasvm_memory_errors_total{origin="signal",timing="late"}': 1,
    'rasvm_memory_errors_total{origin="signal",timing="early"}': 2,
    'rasvm_reports_total{notification="SEA"}': 1,
    'rasvm_reports_total{notification="GSIV"}': 1,
    'rasvm_reports_ended_total{end="acknowledged"}': 1,
    'rasvm_notification_latency_seconds_count{notification="SEA"}': 1,
    'rasvm_acknowledgement_latency_seconds_count{notification="SEA"}': 1,
    'rasvm_acknowledgement_latency_seconds_count{notification="GSIV"}': undefined,
    'rasvm_error_source_queue_depth{source="0"}': 0,
    'rasvm_error_source_queue_depth{source="1"}': 1,
    'rasvm_error_source_unacknowledged_seconds{source="0"}': 0,
    rasvm_lost_bytes: 3 * 4096,
    rasvm_lost_pages: 3,
    rasvm_left_out_bytes: 0,
  };
  for (const [name, count] of Object.entries(expected)) assert.equal(value.get(name), count, name);
  const waiting = value.get('rasvm_error_source_unacknowledged_seconds{source="1"}')!;
  assert.ok(waiting > 0 && waiting < 60, String(waiting));
});

test('a unix socket serves its owner, takes over one that was left, and goes with the server', async (t) => {
  const path = join(folder(t), 'metrics.sock');
  const first = await start(t, { kind: 'unix', path });
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal((await ask({ socketPath: path })).status, 503, 'the machine has not started');
  first.server.measure(first.machine);
  assert.equal((await ask({ socketPath: path })).status, 200);
  assert.equal((await ask({ socketPath: path }, '/')).status, 404);
  assert.equal((await ask({ socketPath: path }, '/metrics', 'POST')).status, 405);
  assert.equal((await ask({ socketPath: path }, '/metrics', 'HEAD')).text, '');
  await assert.rejects(serveMetrics({ kind: 'unix', path }), {
    code: 'FILE',
    message: /another program listens/,
  });
  first.server.close();
  const second = await start(t, { kind: 'unix', path });
  second.server.close();
});

test('what cannot be listened on is told by its name', async (t) => {
  const path = join(folder(t), 'file');
  writeFileSync(path, '');
  await assert.rejects(serveMetrics({ kind: 'unix', path }), {
    code: 'FILE',
    message: /--metrics unix:.*no socket/,
  });
  const { server } = await start(t, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  await assert.rejects(serveMetrics({ kind: 'tcp', host: '127.0.0.1', port: server.port! }), {
    ...{ code: 'CONTROL', message: `--metrics 127.0.0.1:${server.port}: another program listens there` },
  });
});
