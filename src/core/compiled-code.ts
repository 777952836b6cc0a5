/** The bundle's loader (src/cli/loader.ts) keeps V8's compiled code from one start to the next. */

/** Under which the loader leaves its hook on globalThis. */
export const KEEP_COMPILED_CODE = Symbol.for('rasvm.keepCompiledCode');

/** What has been compiled by now is worth keeping. Without the loader: nothing. */
export function keepCompiledCode(): void {
  (globalThis as { [KEEP_COMPILED_CODE]?: () => void })[KEEP_COMPILED_CODE]?.();
}
