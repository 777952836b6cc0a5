/** Figures side by side: for people and for programs. */

/** One figure, and where there is one its peer's; the smaller is the better one, but of rates (/s). */
export interface Row {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'MiB' | '/s';
  readonly rasvm: number;
  readonly peer?: number;
  readonly peerName?: string;
  /** rasvm / peer. */
  readonly ratio?: number;
}

export function row(
  name: string,
  unit: Row['unit'],
  rasvm: number,
  peer?: { name: string; value: number },
): Row {
  if (peer === undefined) return { name, unit, rasvm };
  return { name, unit, rasvm, peer: peer.value, peerName: peer.name, ratio: rasvm / peer.value };
}

/** Of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

export function formatRows(rows: readonly Row[]): string[] {
  return align([
    ['', 'rasvm', 'peer', 'ratio', 'peer is'],
    ...rows.map(({ name, unit, rasvm, peer, peerName, ratio }) => [
      name,
      `${figure(rasvm)} ${unit}`,
      peer === undefined ? '' : `${figure(peer)} ${unit}`,
      ratio?.toFixed(2) ?? '',
      peerName ?? '',
    ]),
  ]);
}

/** Text left, figures right; the last column is text again. */
export function align(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  return table.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 || column === cells.length - 1
          ? cell.padEnd(widths[column]!)
          : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Three significant digits at least, four at the beginning of a decade. */
export function figure(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(value >= 1 && value < 2 ? 4 : 3);
}
