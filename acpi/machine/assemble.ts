/** Tables one behind the other in memory, each known to those that must name it. */

import { AcpiError } from '../errors.ts';
import { Rsdp } from '../tables/rsdp.ts';
import { Xsdt } from '../tables/xsdt.ts';
import type { Address, Machine } from './description.ts';
import { headerNames } from './names.ts';

export interface PlacedTable {
  readonly signature: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

export interface AssembledTables {
  /** Address of the RSDP, which stands first. */
  readonly rsdp: bigint;
  /** All of it, the RSDP included, to be written at the base. */
  readonly bytes: Uint8Array;
  /** In the order in which they stand; the XSDT is the last. */
  readonly tables: readonly PlacedTable[];
}

/** A table of a machine; undefined where the machine has nothing to tell by it. */
export type TableBuilder = (machine: Machine) => Uint8Array | undefined;

const ALIGNMENT = 64;

/**
 * RSDP, DSDT, FADT, the tables that `builders` make, and the XSDT that names them.
 *
 * @param limit bytes that there is room for
 * @throws AcpiError VALUE where they take more
 */
export function assemble(
  machine: Machine,
  dsdt: Uint8Array,
  fadt: (machine: Machine, dsdt: bigint) => Uint8Array,
  builders: readonly TableBuilder[],
  limit = Number.MAX_SAFE_INTEGER,
): AssembledTables {
  const area = new TableArea(machine.tables, limit);
  const rsdp = area.reserve(Rsdp.size);
  const dsdtAddress = area.add(dsdt);
  const listed = [area.add(fadt(machine, dsdtAddress))];
  for (const builder of builders) {
    const bytes = builder(machine);
    if (bytes !== undefined) listed.push(area.add(bytes));
  }
  const names = headerNames(machine);
  const xsdt = area.add(Xsdt.encode({ ...names, entries: listed }));
  const { oemId } = names;
  area.put(rsdp, Rsdp.encode({ ...(oemId !== undefined && { oemId }), xsdtAddress: xsdt }));
  return { rsdp, bytes: area.bytes(), tables: area.tables };
}

class TableArea {
  readonly tables: PlacedTable[] = [];
  readonly #base: bigint;
  readonly #limit: number;
  readonly #parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  #end = 0;

  constructor(base: Address, limit: number) {
    this.#base = BigInt(base);
    this.#limit = limit;
  }

  /** Room for so many bytes; gives its address. */
  reserve(size: number): bigint {
    const offset = this.#end;
    if (offset + size > this.#limit)
      throw new AcpiError('VALUE', `the tables take more than the ${this.#limit} bytes that there are`);
    this.#end = Math.ceil((offset + size) / ALIGNMENT) * ALIGNMENT;
    return this.#base + BigInt(offset);
  }

  put(address: bigint, bytes: Uint8Array): void {
    this.#parts.push({ offset: Number(address - this.#base), bytes });
  }

  add(bytes: Uint8Array): bigint {
    const address = this.reserve(bytes.length);
    this.put(address, bytes);
    this.tables.push({ signature: String.fromCharCode(...bytes.subarray(0, 4)), address, bytes });
    return address;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#end);
    for (const { offset, bytes: part } of this.#parts) bytes.set(part, offset);
    return bytes;
  }
}
