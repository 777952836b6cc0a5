/** Compiles the lab's agent (native/lab) for arm64, static, once for each state of its source. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce, cacheDirectory, recipeHash } from '../host/cache.ts';
import { run } from '../host/run.ts';
import { CROSS_COMPILER } from '../host/system-packages.ts';
import { packageRoot } from './package-root.ts';

const FLAGS = ['-std=gnu11', '-Os', '-static', '-s', '-Wall', '-Wextra', '-Wno-unused-result'];

/** Path of the agent's executable. @throws RasvmError LAB when it cannot be compiled. */
export async function labAgent(): Promise<string> {
  const sources = join(packageRoot(), 'native', 'lab');
  const files = (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(sources, name), 'utf8')));
  const directory = join(
    cacheDirectory(),
    'lab',
    `agent-${recipeHash([CROSS_COMPILER, FLAGS, files, texts])}`,
  );
  await buildOnce(directory, async (into) => {
    const units = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
    await run(CROSS_COMPILER, [...FLAGS, '-o', join(into, 'agent'), ...units]);
  });
  return join(directory, 'agent');
}
