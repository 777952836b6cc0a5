/**
 * Where a guest's ACPI tables come from. The same machine has the same tables, and making them, with the code that it takes, is
 * a fifth of the time to the guest's first instruction: so those that an earlier start has made are kept.
 */

import { keepLater, readKept } from '../core/kept.ts';
import type { AcpiOptions, buildAcpiTables } from './acpi-tables.ts';

export interface GuestTables {
  /** GPA of the RSDP. */
  readonly rsdp: number;
  /** To be written at the base that was asked for. */
  readonly bytes: Uint8Array;
}

/** The tables must be made, and what makes them is not loaded: {@link TableSource.load}, and once more. */
export class TablesNotMade extends Error {}

/** As they are kept: ASCII, so that a file that was cut short or holds zeros is no JSON. */
interface Kept {
  /** What they were made of: {@link keyOf}. */
  readonly key: string;
  readonly rsdp: number;
  /** base64 */
  readonly tables: string;
}

export class TableSource {
  readonly #name: string;
  #kept: Kept | undefined;
  #given = false;
  #make: typeof buildAcpiTables | undefined;

  /** @param name of a machine's tables; those of another one under the same name are made anew, and take their place */
  constructor(name: string) {
    this.#name = `tables-${name}`;
  }

  /** What an earlier start has kept; otherwise what makes them. */
  async prepare(): Promise<void> {
    this.#kept = parse(readKept(this.#name));
    if (this.#kept === undefined) await this.load();
  }

  /** What makes tables. */
  async load(): Promise<void> {
    this.#make ??= (await import('./acpi-tables.ts')).buildAcpiTables;
  }

  /** @throws TablesNotMade */
  tables(options: AcpiOptions): GuestTables {
    const key = keyOf(options);
    if (this.#kept?.key !== key) this.#kept = this.#made(key, options);
    this.#given = true;
    return { rsdp: this.#kept.rsdp, bytes: Buffer.from(this.#kept.tables, 'base64') };
  }

  #made(key: string, options: AcpiOptions): Kept {
    if (this.#make === undefined)
      throw new TablesNotMade(`${this.#name} are not made, and what makes them is not loaded`);
    const { rsdp, bytes } = this.#make(options);
    const made = { key, rsdp: Number(rsdp), tables: Buffer.from(bytes).toString('base64') };
    // Those of a later boot stand elsewhere, as memory was lost: the next start has all of it again.
    if (!this.#given) keepLater(this.#name, JSON.stringify(made));
    return made;
  }
}

/** All that tables are made of, but for the program, whose builds keep apart what is theirs. */
function keyOf({ base, mpidrs, pmu, board, ras }: AcpiOptions): string {
  const devices = board.map((part) => part.acpi());
  return JSON.stringify({ base, mpidrs: mpidrs.map(String), pmu, devices, ras });
}

function parse(text: string | undefined): Kept | undefined {
  try {
    return text === undefined ? undefined : ((JSON.parse(text) as Kept | null) ?? undefined);
  } catch {
    return undefined;
  }
}
