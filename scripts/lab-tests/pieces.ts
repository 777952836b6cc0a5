/** What is to be run, in pieces that any worker can take. */

import { type HostKind, kindFor, LONG, SHARED } from './kinds.ts';

export interface Piece {
  readonly kind: HostKind;
  /** Name of a file in test/lab/ or test/lab-host/. */
  readonly file: string;
  /** Such as 1/2; left out: all of it. */
  readonly part?: string;
}

export const THIS_MACHINE: HostKind = { name: 'this machine' };

/**
 * In the order in which they are best begun: hosts of a kind that few files are about, so that nobody has to start
 * one while the others have nothing left to do; then what takes longest.
 *
 * @param files names in test/lab/
 * @param aboutLabs names in test/lab-host/
 * @param workers how many there are to share the longest
 */
export function piecesOf(files: readonly string[], aboutLabs: readonly string[], workers: number): Piece[] {
  const pieces = files.flatMap((file): Piece[] => {
    const kind = kindFor(file);
    if (workers === 1 || !SHARED.includes(file)) return [{ kind, file }];
    return Array.from({ length: workers }, (_, at) => ({ kind, file, part: `${at + 1}/${workers}` }));
  });
  const filesOf = (kind: HostKind) => pieces.filter((piece) => piece.kind === kind).length;
  return [
    ...aboutLabs.map((file): Piece => ({ kind: THIS_MACHINE, file })),
    ...pieces.sort(
      (a, b) =>
        filesOf(a.kind) - filesOf(b.kind) ||
        Number(SHARED.includes(b.file)) - Number(SHARED.includes(a.file)) ||
        Number(LONG.includes(b.file)) - Number(LONG.includes(a.file)) ||
        a.file.localeCompare(b.file),
    ),
  ];
}

/** What is left to do, for workers that each have a host. */
export class Queue {
  readonly #left: Piece[];

  constructor(pieces: readonly Piece[]) {
    this.#left = [...pieces];
  }

  /** @param had the kind of host that the worker has: it is worth to stay with that */
  take(had: HostKind | undefined): Piece | undefined {
    const at = this.#left.findIndex(({ kind }) => kind === had);
    return this.#left.splice(Math.max(at, 0), 1)[0];
  }

  /** Nobody can run what is left for such hosts. */
  drop(kind: HostKind): Piece[] {
    const dropped = this.#left.filter((piece) => piece.kind === kind);
    for (const piece of dropped) this.#left.splice(this.#left.indexOf(piece), 1);
    return dropped;
  }
}

export function pieceName({ file, part, kind }: Piece, where = kind.name): string {
  return `${file}${part ? `, part ${part},` : ''} on ${where}`;
}
