import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** rasvm as the bundle has it: a test runs many, and compiling each anew takes longer than all else. */
const BUILT = mkdtempSync(join(tmpdir(), 'rasvm-built-'));

before(() =>
  build({
    entryPoints: [
      'cli/main.ts',
      'control/server.ts',
      'control/names.ts',
      'core/errors.ts',
      'events/event-log.ts',
    ].map((path) => SOURCE + path),
    outdir: BUILT,
    outbase: SOURCE,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['rasvm-source'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  }),
);
after(() => rmSync(BUILT, { recursive: true }));

const MAIN = join(BUILT, 'cli/main.mjs');
/** The bundle has none beside it. */
const ADDON = join(SOURCE, '../build', process.arch, 'Release/rasvm.node');

function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs rasvm with a runtime directory of its own. */
function rasvm(runtime: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: runtime, RASVM_DEBUG: '' },
  });
  return { status, stdout, stderr };
}

/** A machine without a guest: it loses pages on request, and ends on kill; it has no power button. */
async function startMachine(t: TestContext, runtime: string, name: string): Promise<ChildProcess> {
  const at = (path: string) => JSON.stringify(join(BUILT, path));
  const script = `
    import { startControlServer } from ${at('control/server.mjs')};
    import { claimName } from ${at('control/names.mjs')};
    import { RasvmError } from ${at('core/errors.mjs')};
    import { EventLog } from ${at('events/event-log.mjs')};
    const claim = claimName(${JSON.stringify(name)});
    const events = new EventLog();
    events.emit('machine.started', { vcpus: 2, memory: 2 ** 29, boot: 'acpi' });
    process.on('exit', () => claim.release());
    startControlServer({
      name: claim.name, events,
      status: () => ({ name: claim.name, pid: process.pid, state: 'running', uptime: 61e9, vcpus: 2, memory: 2 ** 29,
        ram: [{ gpa: 2 ** 30, size: 2 ** 29 }], leftOut: 0, backing: 'anonymous', hugePageSize: 0, acpi: true,
        ras: { asked: 'auto', resolved: 'on', early: true }, rss: 2 ** 25,
        errors: { total: 1, queued: 0, told: 0, acknowledged: 1, untold: 0 } }),
      async stop(mode) {
        if (mode === 'powerdown') throw new RasvmError('CONTROL', 'the guest has no power button');
        setTimeout(() => process.exit(0), 20);
      },
      async inject({ kind, block, gpa, via, tell, size = 4096 }) {
        if (kind === 'record') return { id: 2, size: block.length };
        const exception = { vcpu: 1, pc: 0xffff800012345678n, exceptionLevel: 1, pending: true };
        if (kind === 'serror') return { id: 3, size: 0, exception: { ...exception, esr: 0x811n } };
        if (kind === 'sea') return { id: 4, size: 0, exception: { ...exception, pending: false, esr: 0x96000410n } };
        events.emit('injected', { id: 1, gpa, size, via, tell });
        return { id: 1, gpa, size };
      },
      registers: async () => [
        { vcpu: 0, mpState: 'runnable', held: true, registers: { pc: 0xffff800012345678n, pstate: 0x604000c5n,
          x0: 1n, x1: 2n, x2: 3n, x3: 4n, ESR_EL1: 0x92000410n }, serror: { esr: 0x11n } },
      ],
      sysrq: async (key) => events.emit('machine.sysrq', { key }),
    }, claim);
    setInterval(() => {}, 1000);
    console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, XDG_RUNTIME_DIR: runtime, RASVM_ADDON: ADDON },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child;
}

test('a mistake is one line on stderr, with a suggestion, and status 2', (t) => {
  const runtime = scratch(t);
  const mistakes: [string, string][] = [
    ['statu vm', "rasvm: unknown command 'statu' (Did you mean status?)\n"],
    ['run --kernel Image --memry 1G', "rasvm: unknown option '--memry' (Did you mean --memory?)\n"],
    ['run', 'rasvm: --kernel is missing: give it as --kernel IMAGE\n'],
    ['run --kernel', "rasvm: option '--kernel <IMAGE>' argument missing\n"],
    ['run --kernel Image --cpus 100', "rasvm: --cpus: '100' is not a whole number, 1 to 64\n"],
    [
      'run --kernel Image extra --cpus 100',
      "rasvm: too many arguments for 'run'. Expected 0 arguments but got 1.\n",
    ],
    ['events', "rasvm: missing required argument 'name'\n"],
    ['inject vm memory', 'rasvm: memory needs the option --gpa\n'],
    ['inject vm record', 'rasvm: record needs the option --file\n'],
    ['inject vm record --file x --gpa 1', 'rasvm: --gpa is for memory alone, not for record\n'],
    ['inject vm memory --file x --gpa 1', 'rasvm: --file is for record alone, not for memory\n'],
    [
      'inject vm disk --gpa 1',
      "rasvm: command-argument value 'disk' is invalid for argument 'kind'. Allowed choices are memory, record, serror, sea.\n",
    ],
    [
      'inject vm memory --gpa 40000000h',
      "rasvm: --gpa: '40000000h' is not an address; use decimal or 0x hex below 2^52, such as 0x40000000\n",
    ],
    [
      'inject vm memory --gpa 1 --severity fatal',
      'rasvm: severity is for records alone (via record); a page that is lost is always recoverable\n',
    ],
    ['inject vm memory --gpa 1 --vcpu 0', 'rasvm: --vcpu is for serror and sea alone, not for memory\n'],
    ['inject vm sea --class uc', 'rasvm: --class is for serror alone, not for sea\n'],
    ['inject vm serror --via uffd', 'rasvm: --via is for memory alone, not for serror\n'],
    [
      'inject vm serror --class uc,fatal',
      "rasvm: --class: 'fatal' is not one of ce, ueo, uer, ueu, uc, uncategorized\n",
    ],
    [
      'inject vm serror --class uc --esr 1',
      'rasvm: --class and --esr both say the syndrome: give one of them\n',
    ],
    [
      'inject vm serror --esr 0xbe000c11',
      'rasvm: SError syndrome 0xbe000c11 has more than ESR_EL1.ISS, bits 24 to 0: 0xc11 is that part of it\n',
    ],
    ['inject vm serror --esr ueo', "rasvm: --esr: 'ueo' is not a 64-bit number, decimal or 0x hex\n"],
    ['inject vm serror --vcpu -1', "rasvm: --vcpu: '-1' is not a whole number, 0 to 511\n"],
    ['inject vm sea --data --fetch', 'rasvm: --data and --fetch: an abort is one or the other\n'],
    [
      'inject vm sea --va 0x10000000000000000',
      "rasvm: --va: '0x10000000000000000' is not a 64-bit number, decimal or 0x hex\n",
    ],
    ['stop vm --timeout never', "rasvm: --timeout: 'never' is not a whole number, 1 to 86400\n"],
  ];
  for (const [line, said] of mistakes) {
    assert.deepEqual(rasvm(runtime, ...line.split(' ')), { status: 2, stdout: '', stderr: said }, line);
  }
});

test('a machine that does not run has a status of its own; --debug adds the stack', (t) => {
  const runtime = scratch(t);
  const said = "rasvm: no machine named 'vm' runs (none runs; start one with: rasvm run)\n";
  assert.deepEqual(rasvm(runtime, 'status', 'vm'), { status: 17, stdout: '', stderr: said });
  const { status, stderr } = rasvm(runtime, 'status', 'vm', '--debug');
  assert.equal(status, 17);
  assert.match(stderr, /^rasvm: no machine.*\nRasvmError: no machine[\s\S]*at findMachine/);
});

test("options after a command that runs another are not rasvm's", (t) => {
  const { status, stdout } = rasvm(scratch(t), 'lab', 'exec', '--memory', 'much', 'node', '--version');
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
});

test('help is on stdout with status 0 and has every command', (t) => {
  const { status, stdout, stderr } = rasvm(scratch(t), '--help');
  assert.equal(status, 0);
  assert.equal(stderr, '');
  for (const name of ['run', 'list', 'status', 'events', 'inject', 'stop', 'lab', 'demo', 'version']) {
    assert.match(stdout, new RegExp(`^  ${name} +\\w`, 'm'));
  }
});

test('a machine is listed, asked, injected into, followed and ended', async (t) => {
  const runtime = scratch(t);
  assert.equal(rasvm(runtime, 'list').stdout, 'No machine runs.\n');
  const child = await startMachine(t, runtime, 'vm');

  const { pid } = child;
  assert.match(rasvm(runtime, 'list').stdout, new RegExp(`^NAME .*\nvm +${pid} +running +2 +512M +1\n$`));
  assert.deepEqual(JSON.parse(rasvm(runtime, 'list', '--json').stdout), [
    {
      name: 'vm',
      pid,
      state: 'running',
      vcpus: 2,
      memory: 2 ** 29,
      errors: { total: 1, queued: 0, told: 0, acknowledged: 1, untold: 0 },
    },
  ]);
  assert.match(
    rasvm(runtime, 'status', 'vm').stdout,
    /^state +running, up 1 min 1 s\n[\s\S]*^RAS +on \(asked: auto\), early on$/m,
  );
  assert.deepEqual(rasvm(runtime, 'inject', 'vm', 'memory', '--gpa', '0x40001000'), {
    status: 0,
    stdout: 'error #1: 4K at GPA 0x40001000\n',
    stderr: '',
  });
  assert.match(
    rasvm(runtime, 'events', 'vm').stdout,
    /machine\.started +2 vCPUs, 512M, boot by ACPI\n.* #1 +injected +4K at GPA 0x40001000 lost on purpose \(via uffd, to be told late\)\n$/,
  );
  const [json] = rasvm(runtime, 'events', 'vm', '--json', '--since', '1').stdout.trim().split('\n');
  const { time, ...event } = JSON.parse(json!);
  assert.ok(time > 0);
  assert.deepEqual(event, {
    seq: 2,
    id: 1,
    kind: 'injected',
    gpa: 0x4000_1000,
    size: 4096,
    via: 'uffd',
    tell: 'late',
  });
  const file = join(runtime, 'record.bin');
  // A corrected error without content: block status, no raw data, an entry of 64 bytes, severity.
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(Uint32Array.of(0x12, 0, 0, 64, 2).buffer), Buffer.alloc(64)]),
  );
  assert.deepEqual(rasvm(runtime, 'inject', 'vm', 'record', '--file', file), {
    status: 0,
    stdout: 'error #2: a record of 84 bytes\n',
    stderr: '',
  });
  writeFileSync(file, 'no record, but text that is long enough');
  const at = 'on vCPU 1 at PC 0xffff800012345678 in EL1';
  assert.deepEqual(rasvm(runtime, 'inject', 'vm', 'serror', '--vcpu=1', '--class=ueo,ce'), {
    status: 0,
    stdout: `error #3: SError ${at}: ueo, pending\n`,
    stderr: '',
  });
  assert.deepEqual(rasvm(runtime, 'inject', 'vm', 'sea', '--el', '1'), {
    status: 0,
    stdout: `error #4: SEA ${at}: data abort in EL1 (EC 0x25): synchronous external abort, recoverable (UER), FAR not valid, read\n`,
    stderr: '',
  });
  assert.deepEqual(JSON.parse(rasvm(runtime, 'inject', 'vm', 'serror', '--json').stdout), {
    id: 3,
    size: 0,
    exception: { vcpu: 1, pc: '0xffff800012345678', exceptionLevel: 1, esr: '0x811', pending: true },
  });
  const refused = rasvm(runtime, 'inject', 'vm', 'record', '--file', file);
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /^rasvm: --file \S+record\.bin: the record is no Generic Error Status Block: /,
  );
  assert.deepEqual(rasvm(runtime, 'inject', 'vm', 'memory', '--gpa', '0'), {
    status: 2,
    stdout: '',
    stderr: 'rasvm: gpa 0x0 is not guest RAM, which is 0x40000000 to 0x5fffffff\n',
  });
  assert.deepEqual(rasvm(runtime, 'stop', 'vm'), {
    status: 18,
    stdout: '',
    stderr: 'rasvm: the guest has no power button\n',
  });
  const ended = once(child, 'exit');
  assert.deepEqual(rasvm(runtime, 'stop', 'vm', '--kill'), { status: 0, stdout: '', stderr: '' });
  assert.deepEqual(await ended, [0, null]);
});

test('registers are told in words, or for programs; a SysRq key is sent', async (t) => {
  const runtime = scratch(t);
  await startMachine(t, runtime, 'vm');

  const text = rasvm(runtime, 'registers', 'vm');
  assert.equal(text.status, 0, text.stderr);
  assert.equal(
    text.stdout,
    `vCPU 0: runnable, held by rasvm
  pc             ffff800012345678
  pstate         00000000604000c5  EL1h nZCv daIF +PAN
  x0   0000000000000001  x1   0000000000000002  x2   0000000000000003
  x3   0000000000000004
  ESR_EL1        0000000092000410  data abort from EL0 (EC 0x24): synchronous external abort, recoverable (UER), FAR not valid, read
  SError         pending, ISS 0000000000000011
`,
  );
  const [first] = JSON.parse(rasvm(runtime, 'registers', 'vm', '--vcpu', '0', '--json').stdout);
  assert.equal(first.registers.pc, '0xffff800012345678');
  assert.equal(first.words.pstate, 'EL1h nZCv daIF +PAN');
  assert.deepEqual(first.serror, { esr: '0x11' });

  assert.deepEqual(rasvm(runtime, 'sysrq', 'vm', 'l'), { status: 0, stdout: '', stderr: '' });
  assert.match(rasvm(runtime, 'events', 'vm').stdout, /machine\.sysrq +SysRq l sent on the console/);
  assert.match(rasvm(runtime, 'sysrq', 'vm', 'll').stderr, /^rasvm: key 'll' must be one character/);
  assert.match(rasvm(runtime, 'sysrq', 'vm', '?').stdout, /^l +the backtrace of every CPU that is active$/m);
});

test('a machine that is stuck is listed as such, and --kill ends it all the same', async (t) => {
  const runtime = scratch(t);
  const child = await startMachine(t, runtime, 'vm');
  child.kill('SIGSTOP');

  assert.match(rasvm(runtime, 'list').stdout, new RegExp(`vm +${child.pid} +no answer`));
  const ended = once(child, 'exit');
  assert.equal(rasvm(runtime, 'stop', 'vm', '--kill').status, 0);
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('a reader that leaves ends the command without a word', async (t) => {
  const runtime = scratch(t);
  await startMachine(t, runtime, 'vm');
  const child = spawn(process.execPath, [MAIN, 'events', 'vm', '--follow'], {
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  await once(child.stdout, 'data');

  child.stdout.destroy();
  rasvm(runtime, 'inject', 'vm', 'memory', '--gpa', '0x40001000');

  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.equal(said, '');
});
