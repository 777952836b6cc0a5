/** Bytes as lower-case hexadecimal text; no Node API, as the tests that need it run in a browser too. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
