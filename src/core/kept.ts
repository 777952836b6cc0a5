/** What one start of rasvm keeps for the next, through the bundle's loader (src/cli/loader.ts). Without it: nothing. */

/** The loader's side. What it has is of the same build, and this user's own; it never throws. */
export interface Keeper {
  /** Of what an earlier start has written under this name. */
  read(name: string): Buffer | undefined;
  /** A read-only home or a full disk only costs the next start some time. */
  write(name: string, content: string): void;
  /** V8's compiled code, of which what has run by now is worth keeping; left out where it is kept already, or nowhere. */
  keepCompiledCode?: (() => void) | undefined;
}

/** Under which the loader leaves it on globalThis. */
export const KEEPER = Symbol.for('rasvm.keeper');

const keeper = () => (globalThis as { [KEEPER]?: Keeper })[KEEPER];
const pending = new Map<string, string>();

export function readKept(name: string): string | undefined {
  return keeper()?.read(name)?.toString('latin1');
}

/** At the next {@link keepAll}. @param content ASCII */
export function keepLater(name: string, content: string): void {
  pending.set(name, content);
}

/** Writes what there is to keep, when there is nothing more urgent to do. */
export function keepAll(): void {
  const to = keeper();
  to?.keepCompiledCode?.();
  for (const [name, content] of pending) to?.write(name, content);
  pending.clear();
}
