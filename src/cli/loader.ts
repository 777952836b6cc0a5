/**
 * The bundle's entry: runs rasvm.cjs, the part that `rasvm run` needs, with V8's compiled code from an earlier start
 * (a quarter of the time from exec to the guest's first instruction otherwise). Of that there is one file for each build,
 * Node.js version and its flags, in the user's cache directory; V8 itself refuses one that does not fit. Beside it stands
 * what rasvm itself keeps (core/kept.ts), by build.
 */

import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { KEEPER, type Keeper } from '../core/kept.ts';

/** Of SHA-256 of all other parts, put in by the bundler: V8 compares the source's length alone. */
declare const RASVM_BUILD: string;

/** As Node.js gives it to this file: what stands beside the one is beside the other too. */
declare const require: unknown;

const file = `${__dirname}/rasvm.cjs`;
const { HOME, XDG_CACHE_HOME } = process.env;
const cache = XDG_CACHE_HOME || (HOME ? `${HOME}/.cache` : undefined);
const directory = cache && `${cache}/rasvm/code`;
// V8 refuses what was compiled under other flags.
const flags = encodeURIComponent([...process.execArgv, process.env.NODE_OPTIONS ?? ''].join('')).slice(
  0,
  100,
);
const COMPILED = `${process.arch}-${process.version}${flags}`;
const path = (name: string) => `${directory}/${RASVM_BUILD}-${name}`;

/** What is kept is trusted like a program: only this user's own, which nobody else can write. */
function read(name: string): Buffer | undefined {
  if (directory === undefined) return undefined;
  let fd: number | undefined;
  try {
    fd = openSync(path(name), 'r');
    const { uid, mode } = fstatSync(fd);
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? readFileSync(fd) : undefined;
  } catch {
    // What cannot be read is made anew.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function write(name: string, content: string | Uint8Array): void {
  if (directory === undefined) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const fresh = `${path(name)}.${process.pid}`;
    writeFileSync(fresh, content, { mode: 0o600 });
    renameSync(fresh, path(name));
  } catch {
    // A read-only home or a full disk only costs the next start some time.
  }
}

// esbuild writes ASCII, which latin1 reads without a copy to two bytes a character.
const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
const cachedData = read(COMPILED);
const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
const keeper: Keeper = { read, write };
if (directory !== undefined && (cachedData === undefined || script.cachedDataRejected))
  keeper.keepCompiledCode = () => {
    keeper.keepCompiledCode = undefined;
    write(COMPILED, script.createCachedData());
  };
(globalThis as { [KEEPER]?: Keeper })[KEEPER] = keeper;
const module = { exports: {} };
script.runInThisContext()(module.exports, require, module, file, __dirname);
