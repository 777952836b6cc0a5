/** A board's devices, as a device tree tells of them. */

import type { FdtNode } from '../core/fdt.ts';
import type { Board } from './board.ts';

export interface DeviceNodes {
  /** Below the root. */
  readonly nodes: Readonly<Record<string, FdtNode>>;
  /** Paths by the names that the kernel numbers devices by. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** @param clock phandle. @param phandle the first that devices may have */
export function deviceNodes(board: Board<never>, clock: number, phandle: number): DeviceNodes {
  let next = phandle;
  const nodes: Record<string, FdtNode> = {};
  const aliases: Record<string, string> = {};
  for (const part of board) {
    const { nodes: own, alias } = part.fdt({ clock, phandle: () => next++ });
    Object.assign(nodes, own);
    if (alias === undefined) continue;
    const number = Object.keys(aliases).filter((name) => name.startsWith(alias)).length;
    aliases[`${alias}${number}`] = `/${Object.keys(own)[0]!}`;
  }
  return { nodes, aliases };
}
