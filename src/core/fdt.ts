/** Flattened device trees, version 17 (Devicetree Specification 0.4, chapter 5): a writer and a reader. */

const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE = 16;
const HEADER_SIZE = 40;
const Token = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

/** A property: text, a list of texts, cells or raw bytes ({@link u32}, {@link u64}), or `true` for empty. */
export type FdtValue = string | readonly string[] | Uint8Array | true;

export interface FdtNode {
  readonly properties?: Readonly<Record<string, FdtValue>>;
  /** By node name with unit address, e.g. `pl011@9000000`. */
  readonly children?: Readonly<Record<string, FdtNode>>;
}

/** A memory reservation: physical address and size in bytes. */
export interface FdtReservation {
  readonly base: number;
  readonly size: number;
}

/** 32-bit cells. */
export function u32(...cells: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(cells.length * 4));
  cells.forEach((cell, i) => {
    view.setUint32(i * 4, cell);
  });
  return new Uint8Array(view.buffer);
}

/** 64-bit numbers, two cells each (addresses and sizes with #address-cells = #size-cells = 2). */
export function u64(...numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 8));
  numbers.forEach((number, i) => {
    view.setBigUint64(i * 8, BigInt(number));
  });
  return new Uint8Array(view.buffer);
}

/** Flattens a tree. */
export function writeFdt(root: FdtNode, reservations: readonly FdtReservation[] = []): Uint8Array {
  const structure: Uint8Array[] = [];
  const strings = new StringBlock();
  writeNode('', root, structure, strings);
  structure.push(u32(Token.end));

  const reserve = u64(...reservations.flatMap(({ base, size }) => [base, size]), 0, 0);
  const tree = Buffer.concat(structure);
  const names = strings.bytes();
  const structOffset = HEADER_SIZE + reserve.length;
  const stringsOffset = structOffset + tree.length;
  const header = u32(
    MAGIC,
    stringsOffset + names.length,
    structOffset,
    stringsOffset,
    HEADER_SIZE,
    VERSION,
    LAST_COMPATIBLE,
    0, // boot CPU
    names.length,
    tree.length,
  );
  return Buffer.concat([header, reserve, tree, names]);
}

function writeNode(name: string, node: FdtNode, out: Uint8Array[], strings: StringBlock): void {
  out.push(u32(Token.beginNode), padded(encodeString(name)));
  for (const [property, value] of Object.entries(node.properties ?? {})) {
    const bytes = encodeValue(value);
    out.push(u32(Token.property, bytes.length, strings.offsetOf(property)), padded(bytes));
  }
  for (const [child, content] of Object.entries(node.children ?? {})) writeNode(child, content, out, strings);
  out.push(u32(Token.endNode));
}

function encodeValue(value: FdtValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? encodeString(value) : Buffer.concat(value.map(encodeString));
}

function encodeString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf8');
}

/** With zeros up to a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 === 0) return bytes;
  const longer = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  longer.set(bytes);
  return longer;
}

/** Property names, each once. */
class StringBlock {
  readonly #offsets = new Map<string, number>();
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  offsetOf(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#length;
    const bytes = encodeString(name);
    this.#offsets.set(name, offset);
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

/** A node as it is read: every property as its bytes. */
export interface ReadFdtNode {
  readonly properties: Readonly<Record<string, Uint8Array>>;
  readonly children: Readonly<Record<string, ReadFdtNode>>;
}

/**
 * Reads a flattened tree.
 * @throws RangeError for bytes that are no tree
 */
export function readFdt(bytes: Uint8Array): { root: ReadFdtNode; reservations: FdtReservation[] } {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < HEADER_SIZE || data.readUInt32BE(0) !== MAGIC) throw new RangeError('not a device tree');
  const structOffset = data.readUInt32BE(8);
  const stringsOffset = data.readUInt32BE(12);
  const reservations: FdtReservation[] = [];
  for (let at = data.readUInt32BE(16); ; at += 16) {
    const base = Number(data.readBigUInt64BE(at));
    const size = Number(data.readBigUInt64BE(at + 8));
    if (base === 0 && size === 0) break;
    reservations.push({ base, size });
  }

  let at = structOffset;
  const token = (): number => {
    const value = data.readUInt32BE(at);
    at += 4;
    return value === Token.nop ? token() : value;
  };
  const stringAt = (offset: number): string => {
    const end = data.indexOf(0, offset);
    if (end < 0) throw new RangeError('device tree: string without an end');
    return data.toString('utf8', offset, end);
  };
  const node = (): ReadFdtNode => {
    const properties: Record<string, Uint8Array> = {};
    const children: Record<string, ReadFdtNode> = {};
    for (;;) {
      const kind = token();
      if (kind === Token.endNode) return { properties, children };
      if (kind === Token.property) {
        const length = data.readUInt32BE(at);
        const name = stringAt(stringsOffset + data.readUInt32BE(at + 4));
        properties[name] = data.subarray(at + 8, at + 8 + length);
        at += 8 + Math.ceil(length / 4) * 4;
      } else if (kind === Token.beginNode) {
        children[nodeName()] = node();
      } else throw new RangeError(`device tree: token ${kind} at ${at - 4}`);
    }
  };
  const nodeName = (): string => {
    const name = stringAt(at);
    at += Math.ceil((Buffer.byteLength(name) + 1) / 4) * 4;
    return name;
  };
  if (token() !== Token.beginNode) throw new RangeError('device tree without a root');
  nodeName();
  return { root: node(), reservations };
}
