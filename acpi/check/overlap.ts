/** Which of many spans share something: each by its path, from `start` to before `end`. */

export interface Span {
  readonly path: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** Spans that begin inside another one, with that one; of `n` spans in the time that sorting them takes. */
export function overlaps(spans: readonly Span[]): [Span, Span][] {
  const found: [Span, Span][] = [];
  const ordered = spans
    .filter(({ start, end }) => end > start)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  let widest = ordered[0];
  for (const span of ordered.slice(1)) {
    if (span.start < widest!.end) found.push([span, widest!]);
    if (span.end > widest!.end) widest = span;
  }
  return found;
}
