/**
 * Makes a fresh checkout ready: system packages, npm packages, the addon, the bundles, the lab's image. Each step is
 * skipped when what it makes is there and as new as what it is made of. Plain JavaScript, as nothing is installed yet.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** ms for a command: a download or a build that takes longer does not end. */
const LIMIT = 30 * 60_000;

/** Runs a command with its output shown only if it fails, or if RASVM_VERBOSE is set. */
function run(command, args, { show = Boolean(process.env.RASVM_VERBOSE), env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: LIMIT,
  });
  if (result.error === undefined && result.status === 0) return result;
  const said = show
    ? ''
    : `\n${`${result.stdout ?? ''}${result.stderr ?? ''}`.split('\n').slice(-40).join('\n')}`;
  const how = result.error?.message ?? `ended with ${result.signal ?? `status ${result.status}`}`;
  throw new Error(`${command} ${args.join(' ')}: ${how}${said}`);
}

/** Files below `paths` (of the checkout), for a key that changes when one of them does. */
function files(paths) {
  return paths.flatMap((path) => {
    const full = join(root, path);
    if (!existsSync(full)) return [];
    if (!statSync(full).isDirectory()) return [path];
    return files(
      readdirSync(full)
        .filter((name) => name !== 'node_modules' && name !== 'dist')
        .map((name) => join(path, name)),
    );
  });
}

function keyOf(paths) {
  const hash = createHash('sha256');
  for (const path of files(paths).sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** Whether the step was done for just these inputs; the key is written by {@link done}. */
function isDone(name, key, made) {
  const stamp = join(root, 'build/stamps', name);
  return (
    made.every((path) => existsSync(join(root, path))) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === key
  );
}

function done(name, key) {
  mkdirSync(join(root, 'build/stamps'), { recursive: true });
  writeFileSync(join(root, 'build/stamps', name), key);
}

function installed(command) {
  return (
    (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, command))) ||
    existsSync(join('/usr/sbin', command))
  );
}

/** @param tests with what only the tests need */
function systemPackages(tests) {
  const list = JSON.parse(readFileSync(join(root, 'scripts/system-packages.json'), 'utf8'));
  const missing = list.filter(
    ({ provides, on = process.arch, test = false }) =>
      (tests || !test) &&
      on === process.arch &&
      !(provides.startsWith('/') ? existsSync(provides) : installed(provides)),
  );
  if (missing.length === 0) return 'present';
  const names = missing.map(({ package: name }) => name);
  if (!installed('apt-get')) {
    throw new Error(`these are missing, and there is no apt-get to install them: ${names.join(', ')}`);
  }
  const sudo = process.getuid() === 0 ? [] : ['sudo'];
  if (sudo.length > 0 && !installed('sudo')) {
    throw new Error(`install these as root, then start again: apt-get install ${names.join(' ')}`);
  }
  const apt = (args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    run(command, rest);
  };
  apt(['update']);
  apt(['install', '-y', '--no-install-recommends', ...names]);
  return `installed ${names.join(', ')}`;
}

function npmPackages() {
  const key = keyOf(['package-lock.json', 'package.json', 'acpi/package.json']);
  if (isDone('npm', key, ['node_modules/esbuild', 'node_modules/cmake-js'])) return 'present';
  // The addon is a step of its own here.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  done('npm', key);
  return 'installed';
}

export const CROSS = [
  '--cc',
  'aarch64-linux-gnu-gcc',
  '--cxx',
  'aarch64-linux-gnu-g++',
  '--CDCMAKE_SYSTEM_NAME=Linux',
  '--CDCMAKE_SYSTEM_PROCESSOR=aarch64',
];

function addon(arch) {
  const key = keyOf(['native', 'CMakeLists.txt', 'package-lock.json']);
  const made = `build/${arch}/Release/rasvm.node`;
  if (isDone(`addon-${arch}`, key, [made])) return 'present';
  const cross = arch === process.arch ? [] : CROSS;
  run('node_modules/.bin/cmake-js', ['compile', '--out', `build/${arch}`, ...cross]);
  done(`addon-${arch}`, key);
  return 'built';
}

/** Makes the self-contained folder for `arch`, whose addon is built. */
export function bundleTo(arch, out) {
  const options = ['--conditions=rasvm-source', '--import', 'tsx'];
  run(process.execPath, [...options, 'scripts/bundle.ts', '--arch', arch, '--out', out]);
}

function bundle(arch) {
  const key = keyOf(['src', 'acpi', 'scripts', 'native', 'package-lock.json', 'package.json']);
  const out = arch === process.arch ? 'dist' : `dist-${arch}`;
  if (isDone(`bundle-${arch}`, key, [`${out}/bin/rasvm`])) return 'present';
  bundleTo(arch, out);
  done(`bundle-${arch}`, key);
  return 'built';
}

const STEPS = {
  system: ['System packages', () => systemPackages(false)],
  'system-test': ["System packages, the tests' too", () => systemPackages(true)],
  npm: ['npm packages', npmPackages],
  addon: ['Addon for this machine', () => addon(process.arch)],
  'addon-arm64': ['Addon for arm64', () => addon('arm64')],
  bundle: ['rasvm for this machine', () => bundle(process.arch)],
  'bundle-arm64': ['rasvm for arm64', () => bundle('arm64')],
};

/** Runs steps by name, with a line each. */
export function setup(names) {
  const wanted = names.filter((name, at) => names.indexOf(name) === at);
  for (const [at, name] of wanted.entries()) {
    const [title, step] = STEPS[name];
    const label = `[${at + 1}/${wanted.length}] ${title} `.padEnd(40, '.');
    if (process.stdout.isTTY) process.stdout.write(`${label} `);
    const start = Date.now();
    const outcome = step();
    const took = `${((Date.now() - start) / 1000).toFixed(1)} s`;
    process.stdout.write(`${process.stdout.isTTY ? '' : `${label} `}${outcome} (${took})\n`);
  }
}

/** The steps before anything can run on this machine: with the lab where it is no arm64 host. */
export const READY = [
  'system',
  'npm',
  'addon',
  'bundle',
  ...(process.arch === 'arm64' ? [] : ['addon-arm64', 'bundle-arm64']),
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    setup(process.argv.length > 2 ? process.argv.slice(2) : READY);
  } catch (error) {
    console.error(`\nsetup: ${error.message}`);
    process.exit(1);
  }
}
