/** What the tests need of node:assert/strict, for a browser. */

class AssertionError extends Error {}

function fail(message: string | undefined, otherwise: string): never {
  throw new AssertionError(message ?? otherwise);
}

function text(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value)
  );
}

/** As assert.deepStrictEqual is, for what the library gives: plain objects, arrays, bytes, dates, primitives. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  const [left, right] = [Object.keys(a), Object.keys(b)];
  return (
    left.length === right.length &&
    left.every((key) => Object.hasOwn(b, key) && same(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}

const assert = {
  ok(value: unknown, message?: string): void {
    if (!value) fail(message, `${text(value)} is not true`);
  },
  equal(actual: unknown, expected: unknown, message?: string): void {
    if (!Object.is(actual, expected)) fail(message, `${text(actual)} is not ${text(expected)}`);
  },
  deepEqual(actual: unknown, expected: unknown, message?: string): void {
    if (!same(actual, expected)) fail(message, `${text(actual)} is not ${text(expected)}`);
  },
};

export default assert;
