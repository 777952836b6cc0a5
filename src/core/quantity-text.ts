/** Sizes and times as people read them. */

/** Bytes of a binary unit. */
export const BINARY_UNIT = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** 4096 -> 4K, 536870912 -> 512M; bytes that no unit divides stay bytes. */
export function sizeText(bytes: number): string {
  for (const [unit, factor] of Object.entries(BINARY_UNIT).reverse()) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/** ns as `3.2 s`, `5 min 10 s` or `2 h 5 min`. */
export function durationText(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
