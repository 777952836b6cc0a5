/** Loads the addon: from the bundle's folder, or from the build tree of a checkout. */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { RasvmError } from '../core/errors.ts';
import type { Addon } from './binding.ts';

const CANDIDATES = ['rasvm.node', `../../build/${process.arch}/Release/rasvm.node`];

let loaded: Addon | undefined;

/**
 * RASVM_ADDON names another file, e.g. a build with a sanitizer.
 *
 * @throws RasvmError FILE when the addon is missing or made for another machine.
 */
export function loadAddon(): Addon {
  const named = process.env.RASVM_ADDON;
  loaded ??= open(named ? [named] : CANDIDATES.map((path) => join(import.meta.dirname, path)));
  return loaded;
}

function open(paths: readonly string[]): Addon {
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new RasvmError('FILE', 'rasvm.node, the native part, is missing: run `npm run build`');
  }
  // Not require(): it would bring in the CommonJS loader, and esbuild would want to know the path.
  const module = { exports: {} as Addon };
  try {
    process.dlopen(module, path, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RasvmError('FILE', `the native part cannot be loaded: ${reason}`, { cause });
  }
  return module.exports;
}
