/**
 * A lab's host that dies: whoever uses the lab is told, at once, once, and why; with an emulator that is
 * none.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { Emulator } from '../../../src/lab/emulator.ts';
import { Lab } from '../../../src/lab/lab.ts';
import { labOptions } from '../../../src/lab/options.ts';
import { connect, supervisorWord } from '../../../src/lab/running.ts';
import { serveLab } from '../../../src/lab/supervisor.ts';
import { fakeHost, type Play } from './fake-host.ts';

const runtime = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
process.env.XDG_RUNTIME_DIR = runtime;
after(() => rmSync(runtime, { recursive: true }));

/** Signs of life that are missed soon. */
const LIMITS = { every: 20, silence: 400 };
const WITHIN = { timeout: 30_000 };

async function labThat(play: Play, limits = { every: 20, silence: 20_000 }): Promise<Lab> {
  return Lab.on(await Emulator.start(fakeHost(play)), labOptions({ share: runtime }), limits);
}

function isDeath(words: RegExp, code = 'LAB_DIED') {
  return (error: unknown) => error instanceof RasvmError && error.code === code && words.test(error.message);
}

test('while a command runs, it ends with the host’s last words', WITHIN, async () => {
  const lab = await labThat('panics');
  const command = lab.exec(['true']);
  await assert.rejects(command.exit, (error) => {
    assert.ok(isDeath(/^the lab's host died: Kernel panic - not syncing: sysrq triggered crash$/)(error));
    assert.match((error as RasvmError).more[0]!, /sysrq: Trigger a crash/);
    return true;
  });
  assert.throws(() => lab.exec(['true']), isDeath(/sysrq triggered crash/));
  await lab.stop();
  assert.deepEqual(readdirSync(join(runtime, 'rasvm-lab')), [], 'nothing is left of it');
});

test('while nothing runs, the lab itself tells it, and so does the next command', WITHIN, async () => {
  const lab = await labThat('panics by itself');
  assert.ok(isDeath(/sysrq triggered crash/)(await lab.ended));
  await assert.rejects(async () => lab.exec(['true']).exit, isDeath(/sysrq triggered crash/));
  await lab.stop();
});

test('a host that falls silent is ended, and that is what is told', WITHIN, async () => {
  const lab = await labThat('falls silent', LIMITS);
  await assert.rejects(lab.exec(['true']).exit, isDeath(/it has given no sign of life for \d+ s/));
  await lab.stop();
});

test('an emulator that is killed is a death too', WITHIN, async () => {
  const lab = await labThat('is killed');
  await assert.rejects(lab.exec(['true']).exit, isDeath(/QEMU, which emulates it, was ended by SIGKILL/));
  await lab.stop();
});

test('a lab that powers off has not died', WITHIN, async () => {
  const lab = await labThat('powers off');
  await assert.rejects(lab.exec(['true']).exit, isDeath(/ended before the command did/, 'LAB'));
  await lab.stop();
});

test('one that is stopped as its user wishes has not died, though its commands end', WITHIN, async () => {
  const lab = await labThat('panics by itself');
  await lab.stop();
  assert.equal((await lab.ended).code, 'LAB');
});

test('who uses a lab through the process that keeps it is told the same', WITHIN, async () => {
  const served = await serveLab(await labThat('panics'), 60_000);
  const [one, other] = [(await connect(served.path))!, (await connect(served.path))!];
  const idle = other.channel.closed;
  await assert.rejects(one.channel.exec(['true']).exit, isDeath(/sysrq triggered crash/));
  await idle;
  assert.ok(isDeath(/sysrq triggered crash/)(other.channel.end), 'also who has no command there');
  await served.ended;
  assert.equal(await connect(served.path), undefined);
});

test('what is no frame ends the lab, and not the process that keeps it', WITHIN, async () => {
  const served = await serveLab(await labThat('says nonsense'), 60_000);
  const { channel } = (await connect(served.path))!;
  await assert.rejects(channel.exec(['true']).exit, isDeath(/is no frame/));
  await served.ended;
});

test('what the process of a lab says first is understood, or told as it is', () => {
  assert.deepEqual(supervisorWord('{"ready":true}'), { ready: true });
  const error = { code: 'ARCHIVE', message: 'no', more: ['more'] };
  assert.deepEqual(supervisorWord(JSON.stringify(error)), error);
  for (const line of ['', 'Segmentation fault', 'null', '[]', '{"code":"NONE","message":"x"}'])
    assert.equal((supervisorWord(line) as { code: string }).code, 'LAB', line);
});
