/** Every table that has a layout, by signature; the RSDP, whose signature has 8 bytes, is apart. */

import { Aest } from './apei/aest.ts';
import { Bert } from './apei/bert.ts';
import { Einj } from './apei/einj.ts';
import { Erst } from './apei/erst.ts';
import { Hest } from './apei/hest.ts';
import { Ras2 } from './apei/ras2.ts';
import { Rasf } from './apei/rasf.ts';
import { Sdei } from './apei/sdei.ts';
import { type AnyCodec, ascii } from './codec.ts';
import type { Codec, Decoded, DecodeOptions, Encodable } from './struct.ts';
import { AnyTable } from './tables/any-table.ts';
import { Cedt } from './tables/cedt.ts';
import { Dbg2 } from './tables/dbg2.ts';
import { Dsdt } from './tables/dsdt.ts';
import { Facs } from './tables/facs.ts';
import { Fadt } from './tables/fadt.ts';
import { Gtdt } from './tables/gtdt.ts';
import { Iort } from './tables/iort.ts';
import { Madt } from './tables/madt.ts';
import { Mcfg } from './tables/mcfg.ts';
import { Pptt } from './tables/pptt.ts';
import { Rsdt } from './tables/rsdt.ts';
import { Slit } from './tables/slit.ts';
import { Spcr } from './tables/spcr.ts';
import { Srat } from './tables/srat.ts';
import { Ssdt } from './tables/ssdt.ts';
import { Xsdt } from './tables/xsdt.ts';

/** Spelled out, as a declaration file would else have all layouts in it once more. */
export interface Tables {
  readonly AEST: typeof Aest;
  readonly APIC: typeof Madt;
  readonly BERT: typeof Bert;
  readonly CEDT: typeof Cedt;
  readonly DBG2: typeof Dbg2;
  readonly DSDT: typeof Dsdt;
  readonly EINJ: typeof Einj;
  readonly ERST: typeof Erst;
  readonly FACP: typeof Fadt;
  readonly FACS: typeof Facs;
  readonly GTDT: typeof Gtdt;
  readonly HEST: typeof Hest;
  readonly IORT: typeof Iort;
  readonly MCFG: typeof Mcfg;
  readonly PPTT: typeof Pptt;
  readonly RAS2: typeof Ras2;
  readonly RASF: typeof Rasf;
  readonly RSDT: typeof Rsdt;
  readonly SDEI: typeof Sdei;
  readonly SLIT: typeof Slit;
  readonly SPCR: typeof Spcr;
  readonly SRAT: typeof Srat;
  readonly SSDT: typeof Ssdt;
  readonly XSDT: typeof Xsdt;
}

/** Layouts of tables by signature: the FADT is FACP, the MADT is APIC. */
export const TABLES: Tables = {
  AEST: Aest,
  APIC: Madt,
  BERT: Bert,
  CEDT: Cedt,
  DBG2: Dbg2,
  DSDT: Dsdt,
  EINJ: Einj,
  ERST: Erst,
  FACP: Fadt,
  FACS: Facs,
  GTDT: Gtdt,
  HEST: Hest,
  IORT: Iort,
  MCFG: Mcfg,
  PPTT: Pptt,
  RAS2: Ras2,
  RASF: Rasf,
  RSDT: Rsdt,
  SDEI: Sdei,
  SLIT: Slit,
  SPCR: Spcr,
  SRAT: Srat,
  SSDT: Ssdt,
  XSDT: Xsdt,
};

export type TableSignature = keyof Tables;

/** A decoded table, told apart by `signature`. Encodes with `tableCodec(signature)`. */
export type DecodedTable =
  | { [S in TableSignature]: { signature: S } & Decoded<Tables[S]> }[TableSignature]
  | Decoded<typeof AnyTable>;

/** Is it the table of this signature, with its members? `AnyTable` has text for a signature, so `===` cannot tell. */
export function isTable<S extends TableSignature>(
  table: DecodedTable,
  signature: S,
): table is DecodedTable & { signature: S } & Decoded<Tables[S]> {
  return table.signature === signature;
}

/** The layout of a table; `AnyTable` (header and the rest as bytes) of one that has none here. */
export function tableCodec<S extends TableSignature>(signature: S): Tables[S];
export function tableCodec(signature: string): Codec<DecodedTable, Encodable<typeof AnyTable>>;
export function tableCodec(signature: string): AnyCodec {
  return Object.hasOwn(TABLES, signature) ? TABLES[signature as TableSignature] : AnyTable;
}

const SIGNATURE = ascii(4);

/**
 * Decodes a table by its signature; one without a layout here as `AnyTable`.
 * @throws AcpiError where the bytes are no such table.
 */
export function decodeTable(bytes: Uint8Array, options: DecodeOptions = {}): DecodedTable {
  const signature = SIGNATURE.decode(bytes);
  return Object.assign({ signature }, tableCodec(signature).decode(bytes, options));
}
