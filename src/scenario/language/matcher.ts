/** How a value that came is held against one that a scenario expects. */

/** Of units of time in ns. */
export const UNIT = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9 } as const;
/** Of units of size in bytes. */
export const SIZE = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** `<5ms`, `>= 2`, `!=0x10`, `<=4K` */
export const COMPARISON = /^(<=|>=|!=|<|>) ?([^\s].*)$/;

export type Matcher = string | number | boolean;

/**
 * @param seen numbers of more than 53 bits are bigint, or 0x-hexadecimal text as events have them
 * @param wanted a value, a comparison, or a regular expression between slashes
 */
export function matches(seen: unknown, wanted: Matcher): boolean {
  if (typeof wanted === 'boolean') return seen === wanted;
  const [, sign, text] = (typeof wanted === 'string' && COMPARISON.exec(wanted)) || [];
  if (sign !== undefined) return compare(seen, sign, text!);
  const [a, b] = [toInteger(seen), toInteger(wanted)];
  if (a !== undefined && b !== undefined) return a === b;
  if (typeof wanted === 'string' && seen !== undefined) return isMatch(String(seen), wanted, true);
  return seen === wanted;
}

function compare(seen: unknown, sign: string, text: string): boolean {
  const [a, b] = [toInteger(seen), toInteger(text)];
  if (a === undefined || b === undefined) return sign === '!=' && seen !== undefined && String(seen) !== text;
  switch (sign) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return a !== b;
  }
}

/** Times in ns, sizes in bytes. */
function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.round(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value);
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(value) ?? [];
  if (number === undefined) return undefined;
  const factor = Object.entries({ ...UNIT, ...SIZE }).find(([each]) => each === unit)?.[1];
  return factor === undefined ? undefined : BigInt(Math.round(Number(number) * factor));
}

/** The expression between slashes; undefined for other text. @throws SyntaxError */
export function pattern(text: string): RegExp | undefined {
  const match = /^\/(.+)\/([iu]*)$/s.exec(text);
  return match ? new RegExp(match[1]!, match[2]) : undefined;
}

/** @param whole the text must be all of it, unless it is an expression */
export function isMatch(seen: string, wanted: string, whole = false): boolean {
  const expression = pattern(wanted);
  if (expression) return expression.test(seen);
  return whole ? seen === wanted : seen.includes(wanted);
}

/** Each member of `wanted` matches the one of `seen`, however deep. */
export function matchesDeep(seen: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return matches(seen, wanted as Matcher);
  return (
    typeof seen === 'object' &&
    seen !== null &&
    Object.entries(wanted).every(([name, value]) =>
      matchesDeep((seen as Record<string, unknown>)[name], value),
    )
  );
}
