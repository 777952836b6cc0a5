import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { FROM_SOURCE } from '../from-source.ts';

const SOURCE = new URL('../../../', import.meta.url).href;

/** What rasvm logs of a service's errors at a level; in a process of its own, where the log is. */
function logged(level: string, body: string): string {
  const script = `
    import { configureLog } from ${JSON.stringify(`${SOURCE}src/core/log.ts`)};
    import { logEvents } from ${JSON.stringify(`${SOURCE}src/observe/log-events.ts`)};
    import { fakeService, RAM_BASE } from ${JSON.stringify(`${SOURCE}test/unit/ras/fake-service.ts`)};
    configureLog({ level: ${JSON.stringify(level)} });
    const guest = fakeService();
    logEvents(guest.events);
    const PAGE = RAM_BASE + 0x10_0000;
    ${body}
    guest.events.flush();
    guest.ras.close();`;
  const { stderr } = spawnSync(process.execPath, [...FROM_SOURCE, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  return stderr;
}

const ERROR = 'guest.touch(PAGE, 1); guest.acknowledge(0);';

test('an error is one line at its end, with its id, page, origin, notification and the time to each step', () => {
  assert.match(
    logged('info', ERROR),
    /^rasvm: info: memory error acknowledged by the guest \(id=1 gpa=0x40100000 size=4096 origin=signal timing=late vcpu=1 notification=SEA recordedMs=[\d.]+ notifiedMs=[\d.]+ endedMs=[\d.]+\)\n$/,
  );
});

test('the steps are there at level debug, with the same id', () => {
  const lines = logged('debug', ERROR).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => /^rasvm: (\w+: [\w-]+)/.exec(line)![1]),
    [
      ...['signal', 'attributed', 'recorded', 'notified', 'acknowledged'].map((step) => `debug: ${step}`),
      'info: memory',
    ],
  );
  assert.ok(lines.slice(1).every((line) => line.includes('(id=1 ')));
});

test('what the guest did not answer is a warning, and so is memory that it boots without', () => {
  const output = logged(
    'warn',
    `guest.touch(PAGE, 0);
    guest.memory.beyondHelp.add(0x10_0000);
    guest.memory.broken.set(0x10_0000, 'ENOMEM');
    guest.ras.reset();`,
  );
  assert.match(output, /^rasvm: warn: memory error no longer told: the guest was reset \(id=1 .*\)\n/);
  assert.match(output, /\nrasvm: warn: memory cannot be backed anew, .* reason=ENOMEM at 1048576\)\n$/);
});
