/** A case whose guest falls silent ends with where the guest stood, and with what its kernel says of itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScenario } from '../../src/scenario/language/load.ts';
import { runCase } from '../../src/scenario/run/execute.ts';
import type { CaseResult } from '../../src/scenario/run/result.ts';
import { startGuest } from '../../src/scenario/vmm/start.ts';
import { comparedKernels } from './support.ts';

const HEAD = 'id: hang\ntitle: A guest hangs\nwhy: It must be told where.\nreferences: [here]\n';

function run(path: string, text: string, start = startGuest): Promise<CaseResult> {
  return runCase(
    {
      id: 'hang@k',
      scenario: { ...readScenario('hang.yaml', `${HEAD}${text}`), path: 'hang.yaml' },
      kernel: { name: 'k', image: path },
      variant: { name: 'default', machine: {} },
    },
    {
      start,
      observer: { caseStarted: () => {}, step: () => {}, caseEnded: () => {} },
      host: { hostKernel: '6.12.0', hostRas: true },
      words: ({ kind }) => kind,
    },
  );
}

/** What a failed assertion needs. */
const story = ({ reason, stuck, log }: CaseResult) =>
  JSON.stringify({ reason, stuck, log: log.slice(-60).map(({ text }) => text) }, undefined, 1);

for (const { series, path } of comparedKernels()) {
  test(`guest kernel ${series}: a command that never answers`, { timeout: 240_000 }, async () => {
    // Nobody types on the console.
    const steps = 'machine: { cpus: 2 }\nsteps:\n  - command: { run: read /dev/console }\n';
    const result = await run(path, steps, async (request) => {
      const guest = await startGuest(request);
      const ask = guest.ask.bind(guest);
      guest.ask = (words) => ask(words, 8000);
      return guest;
    });
    assert.equal(result.outcome, 'broken', story(result));
    assert.match(result.reason!, /an answer to 'read \/dev\/console' did not come within 8 s/);
    assert.deepEqual(result.stuck?.missing, [], story(result));
    assert.deepEqual(
      result.stuck.vcpus.map(({ vcpu, mpState }) => [vcpu, mpState]),
      [
        [0, 'runnable'],
        [1, 'runnable'],
      ],
    );
    for (const { registers, words } of result.stuck.vcpus) {
      assert.match(registers.pc!, /^0xffff/);
      assert.match(words.pstate!, /^EL1h /);
    }
    const said = result.log.map(({ text }) => text).join('\n');
    assert.match(said, /sysrq: Show backtrace of all active CPUs/, story(result));
    assert.match(said, /Call trace:/, story(result));
    assert.match(said, /sysrq: Show Blocked State/, story(result));
    assert.ok(!result.timeline.some(({ text }) => text.includes('Call trace')), 'it is for the log');
  });

  test(`guest kernel ${series}: a guest that does not come up`, { timeout: 120_000 }, async () => {
    // Each line of the kernel's log takes ten seconds of a busy loop.
    const steps = 'machine: { append: boot_delay=10000 lpj=1000000 }\nsteps:\n  - sleep: 1s\n';
    const result = await run(path, steps, async (request) => {
      const guest = await startGuest(request);
      guest.ready = () => guest.console.find(() => false, { what: 'user space', limit: 12_000 }) as never;
      return guest;
    });
    assert.equal(result.outcome, 'broken', story(result));
    assert.match(result.reason!, /user space did not come within 12 s/);
    assert.match(result.stuck?.vcpus[0]?.words.pstate ?? '', /^EL1h /, story(result));
    assert.match(
      result.stuck!.missing.join(),
      /^SysRq 7: the guest does not read its console/,
      story(result),
    );
  });
}
