/** UTF-8, by the Encoding Standard: Node.js and browsers have it, and the types of neither are taken in here. */

declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, bytes: Uint8Array): { read: number; written: number };
};

/** What is not UTF-8 becomes U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const ENCODER = new TextEncoder();

/** Writes text of at most so many characters as there are `bytes`. @returns false if it is not ASCII: what was written is of no use */
export function isWrittenAsAscii(text: string, bytes: Uint8Array): boolean {
  const { read, written } = ENCODER.encodeInto(text, bytes);
  // Other characters take more bytes than they have units of UTF-16.
  return read === text.length && written === text.length;
}
