import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ownDirectory, VmmChild } from '../../../../src/scenario/vmm/child.ts';

/** A VMM that is a line of shell. */
function start(script: string, more: Partial<ConstructorParameters<typeof VmmChild>[0]> = {}): VmmChild {
  const argv = ['sh', '-c', script];
  return new VmmChild({ name: 'g', title: 'QEMU', directory: ownDirectory(), argv, ...more });
}

async function reasonOf(child: VmmChild): Promise<string> {
  const never = child.console.find(() => false, { what: 'more', limit: 20_000 });
  return never.then(
    () => '',
    (error: Error) => error.message,
  );
}

test('its output is the console; its end is told with its last words', async () => {
  const child = start('echo up; echo "qemu: Hardware memory error!" >&2; exit 1');
  assert.equal(
    await reasonOf(child),
    'guest g: more did not come: QEMU ended with status 1 (qemu: Hardware memory error!)',
  );
  assert.deepEqual(
    child.console.items.map(({ text }) => text),
    ['up'],
  );
  assert.deepEqual(await child.exit(1000), { status: 1, signal: null });
});

test('an abort is called so; a signal by its name', async () => {
  assert.match(await reasonOf(start('echo failed >&2; kill -ABRT $$')), /QEMU aborted \(failed\)$/);
  assert.match(await reasonOf(start('kill -BUS $$')), /QEMU ended with SIGBUS$/);
});

test("the kernel's panic is the reason where it is known", async () => {
  const child = start('exit 0', { completes: () => ({ panic: 'Oh no' }) });
  assert.match(await reasonOf(child), /the guest's kernel panicked: Oh no$/);
  assert.equal((await child.exited).panic, 'Oh no');
});

test('a program that is not there ends at once; its directory goes with it', async () => {
  const directory = ownDirectory();
  const child = new VmmChild({ name: 'g', title: 'QEMU', directory, argv: ['/no/such/program'] });
  assert.match(await reasonOf(child), /ENOENT/);
  assert.ok(!existsSync(directory));
});

test('what is typed comes to it; one that stays is told as silence, and killed', async () => {
  const child = start('read line; echo "got $line"; sleep 60', { input: true });
  child.type('h\n');
  await child.console.find(({ text }) => text === 'got h', { what: 'the key', limit: 20_000 });
  await assert.rejects(child.exit(50), /guest g: QEMU did not end within 0.05 s/);
  await child.kill();
  assert.equal((await child.exited).signal, 'SIGKILL');
});

test('one that prints without an end is ended, and its words are bounded', async () => {
  const child = start('exec yes the guest prints what it likes', { most: 100_000 });
  assert.match(await reasonOf(child), /QEMU was ended, as more than 100000 bytes were printed$/);
  const kept = child.console.items.reduce((sum, { text }) => sum + text.length + 1, 0);
  assert.ok(kept <= 100_000, String(kept));
});
