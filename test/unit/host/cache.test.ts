import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildOnce, recipeHash } from '../../../src/host/cache.ts';

test('a recipe has one name, and another when any part of it changes', () => {
  const recipe = [1, ['libc6', 'busybox-static'], 'node@20'];

  assert.equal(recipeHash(recipe), recipeHash(structuredClone(recipe)));
  assert.notEqual(recipeHash(recipe), recipeHash([1, ['busybox-static', 'libc6'], 'node@20']));
  assert.match(recipeHash(recipe), /^[0-9a-f]{16}$/);
});

test('what is there is not built again', async (t) => {
  const { target, build, built } = await setUp(t);

  await buildOnce(target, build);
  await buildOnce(target, build);

  assert.equal(built(), 1);
  assert.equal(await readFile(join(target, 'file'), 'utf8'), 'content 1');
});

test('of two builders at once one builds', async (t) => {
  const { target, build, built } = await setUp(t);

  await Promise.all([buildOnce(target, build), buildOnce(target, build)]);

  assert.equal(built(), 1);
});

test('a file that was cut is found and built again', async (t) => {
  const { target, build, built } = await setUp(t);
  await buildOnce(target, build);

  await writeFile(join(target, 'file'), 'cont');
  await buildOnce(target, build);

  assert.equal(built(), 2);
  assert.equal(await readFile(join(target, 'file'), 'utf8'), 'content 2');
});

test('a file of the same size with other content is found by its checksum', async (t) => {
  const { target, build, built } = await setUp(t);
  await buildOnce(target, build);

  await writeFile(join(target, 'file'), 'CONTENT 1');
  await utimes(join(target, 'file'), new Date(0), new Date(0));
  await buildOnce(target, build);

  assert.equal(built(), 2);
});

test('a copy with another time but the same content is good', async (t) => {
  const { target, build, built } = await setUp(t);
  await buildOnce(target, build);

  await utimes(join(target, 'file'), new Date(0), new Date(0));
  await buildOnce(target, build);

  assert.equal(built(), 1);
});

test('a build that fails leaves nothing, and one that was killed is cleared away', async (t) => {
  const { target, directory, build } = await setUp(t);

  await assert.rejects(
    buildOnce(target, async (into) => {
      await writeFile(join(into, 'half'), '');
      throw new Error('no space');
    }),
    /no space/,
  );
  assert.deepEqual(await readdir(directory), []);
  await writeFile(`${target}.new-dead`, '');
  await buildOnce(target, build);

  assert.deepEqual(await readdir(directory), ['thing']);
});

async function setUp(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'rasvm-test-'));
  t.after(() => rm(directory, { recursive: true }));
  let count = 0;
  return {
    directory,
    target: join(directory, 'thing'),
    build: async (into: string) => {
      count++;
      await sleep(20);
      await writeFile(join(into, 'file'), `content ${count}`);
    },
    built: () => count,
  };
}
