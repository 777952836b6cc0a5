import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { KernelConfig } from '../../../src/scenario/kernel/ras-config.ts';
import { readScenario } from '../../../src/scenario/language/load.ts';
import type { MachineRequest } from '../../../src/scenario/language/schema.ts';
import { notRun } from '../../../src/scenario/run/case-result.ts';
import { runCase } from '../../../src/scenario/run/execute.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { runCases } from '../../../src/scenario/run/schedule.ts';
import type { VmmName } from '../../../src/scenario/vmm/names.ts';
import { VMMS } from '../../../src/scenario/vmm/vmm.ts';
import { printed, saidByAgent } from './console-lines.ts';
import { ScriptedGuest, sigbus } from './scripted-guest.ts';

const HEAD = 'id: x\ntitle: X\nwhy: Because.\nreferences: [here]\n';

/** Runs steps on a guest; `told` are the observer's words. */
async function run(
  steps: string,
  guest: ScriptedGuest,
  more = '',
  on: {
    config?: KernelConfig;
    machine?: MachineRequest;
    vmm?: VmmName;
    expectFailure?: { patience: number };
    words?: () => string;
  } = {},
): Promise<CaseResult & { told: string[] }> {
  const scenario = { ...readScenario('x.yaml', `${HEAD}${more}steps:\n${steps}`), path: 'x.yaml' };
  const told: string[] = [];
  const result = await runCase(
    {
      id: 'x@k',
      scenario,
      kernel: { name: 'k', image: '/Image', ...(on.config && { config: on.config }) },
      variant: { name: 'default', machine: on.machine ?? {} },
      ...(on.vmm && { vmm: on.vmm }),
    },
    {
      start: async ({ kernel, machine }) => {
        guest.asked.push(`start ${kernel} ${JSON.stringify(machine)}`);
        return guest;
      },
      observer: {
        caseStarted: ({ id }) => told.push(`started ${id}`),
        step: (_, text) => told.push(text),
        caseEnded: ({ outcome }) => told.push(`ended ${outcome}`),
      },
      host: { hostKernel: '6.12.1', hostRas: true },
      words: on.words ?? (({ kind }) => kind),
      ...(on.expectFailure && { expectFailure: on.expectFailure }),
    },
  );
  return { ...result, told };
}

/** What Linux does when a lost page is touched. */
function lossOf(guest: ScriptedGuest): void {
  guest.onTouch = (page) => {
    guest.tell('attributed', { id: 7, gpa: page.gpa, timing: 'late' });
    guest.say(
      `Memory failure: 0x${(page.gpa / 4096).toString(16)}: recovery action for dirty LRU page: Recovered`,
    );
    guest.corrupted += 4096;
    return sigbus(page, 4);
  };
}

const LATE = `
  - allocate: { page: page }
  - poison: { page: page, tell: late }
  - touch: { page: page, expect: BUS_MCEERR_AR }
  - expect:
      limit: 200ms
      events: [{ attributed: { id: '\${page.error}', gpa: '\${page.gpa}' } }]
      recovered: page
      log: ['Memory failure: \${page.frame}: recovery']
      hardwareCorrupted: 4K
`;

test('a guest that does what it must passes, and powers off', async () => {
  const guest = new ScriptedGuest();
  lossOf(guest);
  const result = await run(LATE, guest);

  assert.equal(result.reason, undefined);
  assert.equal(result.outcome, 'passed');
  assert.equal(result.kernel.release, '6.12.107+deb13-cloud-arm64');
  assert.equal(result.checks.length, 7);
  assert.deepEqual(guest.asked, [
    'start /Image {"cpus":2,"memory":"256M"}',
    'allocate page anon 1',
    'inject 42000000 madvise late',
    'touch page 0 read',
    'cpus',
    'poweroff',
  ]);
  assert.ok(guest.killed);
  assert.equal(result.told.at(0), 'started x@k');
  assert.equal(result.told.at(-1), 'ended passed');
  const actors = result.timeline.map(({ actor }) => actor);
  assert.ok(['runner', 'rasvm', 'guest'].every((each) => actors.includes(each as never)));
  assert.ok(result.log.some(({ ras, text }) => ras && text.includes('Memory failure')));
});

test('each claim that is not so is a failure, and the others are still judged', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = (page) => sigbus(page, 3);
  const result = await run(LATE, guest);

  assert.equal(result.outcome, 'failed');
  assert.match(result.reason!, /^not so: page, read: the handler runs: SIGBUS, BUS_MCEERR_AR.*code 3/);
  assert.deepEqual(
    result.checks.map(({ proved }) => proved),
    [false, false, false, false, false, true, true],
  );
});

test('a crash in the log fails a guest of which nothing else is expected', async () => {
  const guest = new ScriptedGuest();
  guest.answers.set('cpus', '');
  guest.onTouch = (page) => {
    guest.say('Internal error: Oops: 96000004');
    return sigbus(page, 4);
  };
  const result = await run('  - allocate: { page: page }\n  - touch: { page: page }\n', guest);
  assert.equal(result.outcome, 'failed');
  assert.match(result.reason!, /neither panicked nor oopsed.*Internal error/);
});

test('what the guest counts is asked until it is right', async () => {
  const guest = new ScriptedGuest();
  const counts = [0, 4096, 8192];
  guest.hardwareCorrupted = async () => counts.shift() ?? -1;
  const result = await run('  - expect: { hardwareCorrupted: 8K }\n', guest);
  assert.equal(result.outcome, 'passed', result.reason);
});

test('a guest that was kept waiting by its host has not crashed', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = (page) => {
    guest.say('rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:');
    guest.say('Call trace:');
    guest.say('watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [swapper/0:1]');
    return sigbus(page, 4);
  };
  const steps = '  - allocate: { page: page }\n  - touch: { page: page }\n';
  assert.equal((await run(steps, guest)).outcome, 'passed');
  guest.onTouch = (page) => {
    guest.say('WARNING: CPU: 1 PID: 131 at mm/memory-failure.c:123 kill_proc+0x10/0x20');
    return sigbus(page, 4);
  };
  assert.equal((await run(steps, guest)).outcome, 'failed');
});

test('silence after an error is a failure; before any it could not be tested', async () => {
  const silent = new ScriptedGuest();
  silent.answers.set('cpus', 'silence');
  const broken = await run('  - allocate: { page: page }\n', silent);
  assert.equal(broken.outcome, 'broken');
  const failed = await run('  - allocate: { page: page }\n  - poison: { page: page, tell: late }\n', silent);
  assert.equal(failed.outcome, 'failed');
  assert.match(failed.reason!, /did not come within 45 s/);
  assert.ok(silent.killed);
});

test('a guest that falls silent is looked into before it is ended; one that fails an answer is not', async () => {
  const guest = new ScriptedGuest();
  guest.answers.set('cpus', 'silence');
  const result = await run('  - allocate: { page: page }\n', guest);
  assert.deepEqual(guest.asked.slice(-4), ['registers', 'sysrq 7', 'sysrq l', 'sysrq w']);
  assert.equal(result.stuck?.vcpus[0]?.registers.pc, '0xffff800012345678');
  assert.ok(result.log.some(({ text }) => text.includes('sysrq: key w')));
  assert.ok(!result.timeline.some(({ text }) => text.includes('sysrq: key')));
  assert.ok(guest.killed);

  const refusing = new ScriptedGuest();
  refusing.command = async () => {
    throw new RasvmError('CONTROL', "'cpus' failed: no");
  };
  const refused = await run('  - allocate: { page: page }\n', refusing);
  assert.equal(refused.outcome, 'broken');
  assert.equal('stuck' in refused, false);
  assert.ok(!refusing.asked.includes('registers'));
});

test('a guest that does not boot could not be tested', async () => {
  const guest = new ScriptedGuest();
  guest.ready = async () => {
    throw new RasvmError('CONTROL', 'user space did not come within 90 s');
  };
  const { outcome, reason } = await run('  - allocate: { page: page }\n', guest);
  assert.deepEqual([outcome, reason], ['broken', 'user space did not come within 90 s']);
});

test("what is for another configuration is left out; a case has rasvm's own words, and a variant its machine", async () => {
  const config = new KernelConfig('CONFIG_A=y\n');
  const steps = '  - allocate: { page: page }\n  - sleep: 1ms\n    when: { config: "!CONFIG_A" }\n';
  const skipped = await run(steps, new ScriptedGuest(), 'when: { config: CONFIG_B }\n', { config });
  assert.deepEqual([skipped.outcome, skipped.machine], ['skipped', undefined]);
  assert.match(skipped.reason!, /CONFIG_B/);

  const guest = new ScriptedGuest();
  guest.log.push({ at: performance.now(), text: 'rasvm: its own words' });
  const passed = await run(steps, guest, 'when: { config: CONFIG_A }\nmachine: { cpus: 4, append: a }\n', {
    config,
    machine: { cpus: 2, append: 'b' },
  });
  assert.equal(passed.outcome, 'passed');
  assert.ok(passed.told.some((text) => /leaves out sleep: .*CONFIG_A/.test(text)));
  assert.match(guest.asked[0]!, /"cpus":2,"append":"a b"/);
  assert.deepEqual(passed.machine!.command, guest.commandLine);
  assert.deepEqual(
    passed.machine!.log.map(({ text }) => text),
    ['rasvm: its own words'],
  );
});

test('the limit of the case ends a guest that hangs', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = () => new Promise(() => {});
  const result = await run(
    '  - allocate: { page: page }\n  - poison: { page: page, tell: late }\n  - touch: { page: page }\n',
    guest,
    'limit: 300ms\n',
  );
  assert.equal(result.outcome, 'failed');
  assert.equal(result.reason, 'the case did not end within 0.3 s');
  assert.ok(guest.killed);
});

test('a panic is passed where it is expected, with its words', async () => {
  const panicking = () => {
    const guest = new ScriptedGuest();
    guest.exit_ = { status: 3, signal: null };
    guest.injectRecord = async () => {
      guest.say('Kernel panic - not syncing: Fatal hardware error!');
      return { id: 8, size: 172 };
    };
    return guest;
  };
  const steps = (words: string) => `
  - inject: { record: { severity: fatal, sections: [{ kind: memory, physicalAddress: 0x40000000 }] } }
  - expect: { guest: { panics: '${words}' } }
`;
  assert.equal((await run(steps('Fatal hardware error'), panicking())).outcome, 'passed');
  const other = await run(steps('Oh no'), panicking());
  assert.equal(other.outcome, 'failed');
  assert.match(other.reason!, /the panic says 'Oh no'; seen: .*Fatal hardware error/);
  const alive = await run(steps('Fatal'), new ScriptedGuest());
  assert.match(alive.reason!, /panics; rasvm ends with 3; seen: status 0/);
});

test('exceptions are given to the vCPU that is named, in the exception level that is', async () => {
  const guest = new ScriptedGuest();
  const result = await run(
    `
  - allocate: { page: page }
  - inject: { serror: { class: [uer, ce], vcpu: 1, exceptionLevel: 0 } }
  - inject: { serror: { esr: 0x811 } }
  - inject: { serror: {} }
  - inject: { sea: { vcpu: 1, va: "\${page.va}", exceptionLevel: 0 } }
  - inject: { sea: { access: fetch, va: "0xffff800000000000" } }
  - inject: { sea: {} }
`,
    guest,
  );
  assert.equal(result.outcome, 'passed');
  assert.deepEqual(
    guest.asked.filter((each) => /^(serror|sea) /.test(each)),
    [
      'serror 1 0 3089+6161',
      'serror 0 2065',
      'serror 0 ',
      `sea 1 0 data ${0xffff_0000_0000}`,
      `sea 0 fetch ${0xffff_8000_0000_0000n}`,
      'sea 0 data',
    ],
  );
});

test('an exception that there cannot be is told before any guest runs', async () => {
  const wrong: [string, RegExp][] = [
    ['{ serror: { class: fatal } }', /is none of ce, ueo, uer/],
    ['{ serror: { class: ce, esr: 1 } }', /must not have both class and esr/],
    ['{ serror: { esr: 0x2000000 } }', /esr/],
    ['{ sea: { exceptionLevel: 2 } }', /is no exception level of a guest/],
    ['{ sea: { va: here } }', /is no address/],
    [`{ sea: { va: "\${nothing.va}" } }`, /nothing/],
    ['{ sea: {}, serror: {} }', /must have one of record, file, serror and sea/],
    ['{}', /must have one of record, file, serror and sea/],
  ];
  for (const [what, message] of wrong)
    await assert.rejects(run(`  - inject: ${what}\n`, new ScriptedGuest()), message, what);
});

test('what is of other kernels is left out, or the whole is skipped with the reason', async () => {
  const guest = new ScriptedGuest();
  const result = await run(
    "  - command: { run: old }\n    when: { kernel: '<6.6' }\n  - command: { run: new }\n    when: { kernel: '>=6.6' }\n",
    guest,
  );
  assert.equal(result.outcome, 'passed');
  assert.ok(!guest.asked.includes('old') && guest.asked.includes('new'));
  assert.ok(
    result.told.includes(
      'leaves out command: it is about guest kernels <6.6; this is 6.12.107+deb13-cloud-arm64',
    ),
  );

  const none = new ScriptedGuest();
  const skipped = await run('  - command: { run: x }\n', none, "when: { hostKernel: '<6.6' }\n");
  assert.equal(skipped.outcome, 'skipped');
  assert.equal(skipped.reason, 'it is about host kernels <6.6; this is 6.12.1');
  assert.deepEqual(none.asked, []);
});

test('a touch that is not waited for goes on while the host does its part', async () => {
  const guest = new ScriptedGuest();
  let hit: (() => void) | undefined;
  guest.onTouch = (page) =>
    new Promise((resolve) => {
      hit = () => resolve(sigbus(page, 4));
    });
  guest.onInject = () => hit!();
  const result = await run(
    `
  - allocate: { page: page }
  - touch: { page: page, how: spin, wait: false, expect: BUS_MCEERR_AR }
  - poison: { page: page, via: hwpoison, tell: early }
`,
    guest,
  );
  assert.equal(result.outcome, 'passed', result.reason);
  assert.deepEqual(guest.asked.slice(1, 4), [
    'allocate page anon 1',
    'touch page 0 spin',
    'inject 42000000 hwpoison early',
  ]);
});

test('threads, children, ends and traces are asked of the guest', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = (page) => sigbus(page, page.victim === 'child' ? 4 : 3);
  const result = await run(
    `
  - trace: [memory_failure_event]
  - allocate: { pages: [a, b], kind: shared, victim: parent }
  - fork: { pages: [a, b], as: [c, d], child: child }
  - touch: { page: d, how: write, threads: 3, expect: BUS_MCEERR_AR }
  - touch: { page: a, threads: 2, expect: BUS_MCEERR_AR }
  - mcekill: { victim: child, policy: early, thread: true }
  - end: child
`,
    guest,
  );
  assert.deepEqual(guest.asked.slice(1, -2), [
    'trace on memory_failure_event',
    'allocate parent shared 2',
    'fork parent child',
    'crowd child 1 write 3',
    'crowd parent 0 read 2',
    'mcekill child early thread',
    'end child',
  ]);
  assert.deepEqual(
    result.checks.slice(0, 5).map(({ proved }) => proved),
    [true, true, true, false, false],
  );
});

test('answers and pages are referred to; the machine is as asked', async () => {
  const guest = new ScriptedGuest();
  guest.answers.set('first', 'n=0x10');
  const result = await run(
    `
  - allocate: { page: all, count: 3, victim: v, kind: shared }
  - pick: { page: last, from: all, gpa: '\${all[0].gpa + 0x2000}' }
  - command: { run: first, as: got, expect: { n: 16 } }
  - command: { run: 'next \${got.n} \${last.gpa}' }
`,
    guest,
    "machine: { cpus: 2, ras: 'off', shared: true, append: quiet }\n",
  );
  assert.equal(result.outcome, 'passed', result.reason);
  assert.equal(
    guest.asked[0],
    'start /Image {"cpus":2,"ras":"off","shared":true,"append":"quiet","memory":"256M"}',
  );
  assert.ok(guest.asked.includes('next 0x10 0x42002000'), guest.asked.join('; '));
});

test('a case that failed is asked why, before its guest powers off', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = (page) => sigbus(page, 3);
  guest.files.set('/proc/cmdline', 'loglevel=5 hest_disable');
  const result = await run(LATE, guest);
  assert.equal(result.outcome, 'failed');
  assert.equal(result.cause?.code, 'hest-disabled');
  assert.equal(guest.asked.at(-1), 'poweroff');
});

test('a case that is to fail ends with its first failure, and waits a part of the time', async () => {
  const guest = new ScriptedGuest();
  lossOf(guest);
  const began = performance.now();
  const steps = `${LATE}
  - expect: { log: [never] }
  - command: { run: not reached }
`;
  const result = await run(steps, guest, '', { expectFailure: { patience: 0.01 } });
  assert.ok(performance.now() - began < 5000);
  assert.equal(result.outcome, 'failed');
  assert.match(result.reason!, /never/);
  assert.ok(!guest.asked.includes('not reached') && !guest.asked.includes('poweroff'));
});

test('in QEMU the guest is judged by what it does itself; rasvm’s own side is not asked for', async () => {
  const guest = new ScriptedGuest();
  guest.vmm = VMMS.qemu;
  guest.onTouch = (page) => {
    guest.say('{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0');
    guest.say('{1}[Hardware Error]: event severity: recoverable');
    guest.say(`{1}[Hardware Error]:   physical_address: 0x${page.gpa.toString(16).padStart(16, '0')}`);
    return sigbus(page, 4);
  };
  const steps = LATE.replace('recovered: page', 'told: { page: page, as: late }\n      reported: page')
    .replace(/ +log:.*\n/, '')
    .replace(/ +hardwareCorrupted:.*\n/, '');
  const result = await run(steps, guest, '', { vmm: 'qemu' });
  assert.equal(result.outcome, 'passed', result.reason);
  assert.equal(result.vmm, 'qemu');
  assert.ok(guest.asked.includes('inject 42000000 hwpoison late'), guest.asked.join('; '));
  assert.ok(result.told.includes('not asked of QEMU: told, events'), result.told.join('; '));
  assert.match(result.checks.at(-1)!.claim, /QEMU ends with 0/);
});

test('in QEMU a panic is what the console says; what QEMU has not is skipped before a guest is started', async () => {
  const panicking = new ScriptedGuest();
  panicking.vmm = VMMS.qemu;
  panicking.say('Kernel panic - not syncing: sysrq triggered crash');
  panicking.exit_ = { status: 0, signal: null, panic: 'sysrq triggered crash' };
  const steps = '  - crash:\n  - expect: { guest: { panics: sysrq } }\n';
  assert.equal((await run(steps, panicking, '', { vmm: 'qemu' })).outcome, 'passed');
  panicking.exit_ = { status: 0, signal: null };
  assert.equal((await run(steps, panicking, '', { vmm: 'qemu' })).outcome, 'failed');

  const none = new ScriptedGuest();
  const record = '  - inject: { record: { severity: fatal, sections: [{ kind: memory }] } }\n';
  const skipped = await run(record, none, '', { vmm: 'qemu' });
  assert.equal(skipped.outcome, 'skipped');
  assert.match(skipped.reason!, /QEMU has no stable command/);
  assert.deepEqual(none.asked, []);
});

test('a machine that stands still is stopped beside the touch that did it', async () => {
  const guest = new ScriptedGuest();
  const states = ['running', 'running', 'stopped-on-error'];
  const status = async () => ({ state: states.length > 1 ? states.shift() : states[0] });
  guest.status = status as typeof guest.status;
  guest.exit_ = { status: 6, signal: null };
  let endTouch: (error: Error) => void = () => {};
  guest.onTouch = () =>
    new Promise((_, reject) => {
      endTouch = reject;
    });
  guest.stop = async () => {
    guest.asked.push('stop');
    endTouch(new Error('the guest ended'));
  };
  const steps = `
  - allocate: { page: page }
  - touch: { page: page, wait: false }
  - stop: { state: stopped-on-error }
  - expect: { guest: { endsWith: 6 } }
`;
  const result = await run(steps, guest);
  assert.equal(result.outcome, 'passed', result.reason);
  assert.equal(guest.asked.filter((each) => each === 'stop').length, 1);
  assert.ok(result.checks.some(({ claim, proved }) => proved && claim === 'the machine is stopped-on-error'));

  const runs = new ScriptedGuest();
  runs.status_ = { state: 'running' };
  const failed = await run('  - stop: { state: stopped-on-error }\n', runs, '', {
    expectFailure: { patience: 0.02 },
  });
  assert.equal(failed.outcome, 'failed');
});

test('what QEMU gives its guest no choice of is skipped there', async () => {
  for (const more of ['machine: { no-acpi-policy: stop }\n', 'machine: { ras: "auto,notify=serror" }\n']) {
    const guest = new ScriptedGuest();
    const skipped = await run('  - sleep: 1ms\n', guest, more, { vmm: 'qemu' });
    assert.equal(skipped.outcome, 'skipped');
    assert.match(skipped.reason!, /no-acpi-policy/);
    assert.deepEqual(guest.asked, []);
  }
});

test('where something did not come, the rest is not waited for as long', async () => {
  const began = performance.now();
  const steps = `
  - expect: { limit: 100ms, log: [a] }
  - expect: { limit: 4s, log: [b] }
`;
  const result = await run(steps, new ScriptedGuest());
  assert.equal(result.checks.filter(({ proved }) => !proved).length, 2);
  assert.ok(performance.now() - began < 3000);
});

test('that no signal came is judged when its process has run', async () => {
  const guest = new ScriptedGuest();
  const { command } = guest;
  guest.command = async (words) => {
    if (words === 'where page 0 1')
      guest.console.push(
        saidByAgent('event page signal=7 code=5 addr=0xffff00000008 lsb=12', performance.now()),
      );
    return command.call(guest, words);
  };
  const result = await run(
    '\n  - allocate: { page: page }\n  - expect: { limit: 100ms, notSignalled: page }\n',
    guest,
  );
  assert.match(result.reason!, /no signal came to page by itself/);
});

test('whatever is printed on the console, it is no answer, no ready line, and no touch of a victim', async () => {
  const forged = new ScriptedGuest();
  forged.onTouch = (page) => {
    for (const words of [
      '5 ok va=0x1 ns=abc',
      'ready uname=9.9.9 cpus=1',
      'event page signal=7 code=5 addr=0x0 lsb=12',
    ])
      forged.console.push(printed(`rasvm-guest: ${words}`, performance.now()));
    return { outcome: 'value', value: 0n, va: page.va, ns: 1 };
  };
  const result = await run(
    '  - allocate: { page: page }\n  - touch: { page: page }\n  - expect: { notSignalled: page }\n',
    forged,
  );
  assert.deepEqual([result.outcome, result.reason], ['passed', undefined]);
  assert.equal(result.kernel.release, forged.release);
  assert.deepEqual(
    result.timeline.filter(({ actor }) => actor === 'victim'),
    [],
  );
  const forgedLines = result.log.filter(
    ({ text }) => text.startsWith('rasvm-guest: ') && !text.includes(forged.release),
  );
  assert.deepEqual(
    forgedLines.map(({ from }) => from),
    ['console', 'console', 'console'],
  );
});

test('an agent that says nonsense ends no case', async () => {
  const guest = new ScriptedGuest();
  guest.onTouch = (page) => {
    guest.console.push(saidByAgent('5 ok va=0x1 ns=abc signal=0 value=x', performance.now()));
    return { outcome: 'value', value: 0n, va: page.va, ns: 1 };
  };
  const result = await run('  - allocate: { page: page }\n  - touch: { page: page }\n', guest);
  assert.deepEqual([result.outcome, result.reason], ['passed', undefined]);
});

test('a case whose result cannot be made is broken, and its guest is ended', async () => {
  const guest = new ScriptedGuest();
  guest.tell('attributed', { id: 1 });
  const words = () => {
    throw new TypeError('no words');
  };
  const result = await run('  - allocate: { page: page }\n', guest, '', { words });
  assert.equal(result.outcome, 'broken');
  assert.match(result.reason!, /TypeError: no words/);
  assert.equal(guest.killed, true);
});

test('of cases side by side one that rejects is broken, and the others run', async () => {
  const scenario = { ...readScenario('x.yaml', `${HEAD}steps:\n  - sleep: 1ms\n`), path: 'x.yaml' };
  const cases = ['a', 'b', 'c'].map((id) => ({
    id,
    scenario,
    kernel: { name: 'k', image: '/Image' },
    variant: { name: 'default', machine: {} },
  }));
  const results = await runCases(cases, 2, async (each) => {
    if (each.id === 'b') throw new RasvmError('FILE', 'the disk is full');
    return { ...notRun(each, ''), outcome: 'passed', reason: undefined } as never;
  });
  assert.deepEqual(
    results.map(({ id, outcome, reason }) => [id, outcome, reason]),
    [
      ['a', 'passed', undefined],
      ['b', 'broken', 'the disk is full'],
      ['c', 'passed', undefined],
    ],
  );
});
