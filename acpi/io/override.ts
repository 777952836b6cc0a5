/**
 * An initrd that gives the kernel other ACPI tables than the firmware's: Linux,
 * Documentation/admin-guide/acpi/initrd_table_override.rst and drivers/acpi/tables.c (CONFIG_ACPI_TABLE_UPGRADE).
 */

import { AcpiError } from '../errors.ts';
import { AnyTable } from '../tables/any-table.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { join } from './join.ts';

/** Signatures that Linux 6.15 takes from an initrd; it passes the others over with an error message. */
export const OVERRIDABLE: readonly string[] = (
  'AEST AGDI APIC ASF! BERT BGRT BOOT CEDT CPEP DBGP DMAR DSDT ECDT EINJ ERST FACP HEST HMAT HPET IBFT IORT IVRS MCFG ' +
  'MCHI MSCT NBFT NFIT NHLT PPTT PSDT RSDT SBST SLIC SLIT SPCR SPMI SRAT SSDT TCPA UEFI WAET WDAT WDDT WDRT XSDT'
).split(' ');

/** Most tables that the kernel takes: NR_ACPI_INITRD_TABLES. */
export const MOST_OVERRIDES = 64;

const DIRECTORY = 'kernel/firmware/acpi';
/** What follows the archive is another one; GNU cpio makes its archives of such blocks too. */
const BLOCK = 512;

export interface OverrideOptions {
  /**
   * The running machine's own tables. A table of theirs with the same signature, OEM id and OEM table id is replaced
   * only by one with a higher OEM revision, so that is raised where need be. Without them nothing is changed.
   */
  readonly running?: readonly Uint8Array[];
}

export interface Override {
  /** An uncompressed archive; the machine's own initrd is to be put after it. */
  readonly initrd: Uint8Array;
  /** What the kernel will make of each table, in a line. */
  readonly notes: readonly string[];
}

interface Header {
  signature: string;
  oemId: string;
  oemTableId: string;
  oemRevision: number;
}

/**
 * The initrd with these tables.
 * @throws AcpiError VALUE for a table that the kernel would not take: one of another signature, with a wrong length or
 * checksum, or too many of them.
 */
export function overrideInitrd(
  tables: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  options: OverrideOptions = {},
): Override {
  if (tables.length === 0 || tables.length > MOST_OVERRIDES)
    throw new AcpiError('VALUE', `${tables.length} tables: the kernel takes 1 to ${MOST_OVERRIDES}`);
  const running = options.running?.map(headerOf);
  const entries: CpioEntry[] = DIRECTORY.split('/').map((_, index, steps) => ({
    path: steps.slice(0, index + 1).join('/'),
  }));
  const notes: string[] = [];
  const counts = new Map<string, number>();
  for (const { name, bytes } of tables) {
    const { table, note } = prepare(name, bytes, running);
    const signature = headerOf(table).signature.replace('!', '');
    const count = (counts.get(signature) ?? 0) + 1;
    counts.set(signature, count);
    // The kernel knows names of up to 17 characters.
    entries.push({ path: `${DIRECTORY}/${signature}${count > 1 ? count : ''}.aml`, data: table });
    notes.push(note);
  }
  const archive = cpio(entries);
  return { initrd: join([archive, new Uint8Array(-archive.byteLength & (BLOCK - 1))]), notes };
}

function headerOf(bytes: Uint8Array): Header {
  return AnyTable.decode(bytes, { checksum: 'keep' });
}

function same(a: Header, b: Header): boolean {
  return a.signature === b.signature && a.oemId === b.oemId && a.oemTableId === b.oemTableId;
}

function prepare(
  name: string,
  bytes: Uint8Array,
  running: readonly Header[] | undefined,
): { table: Uint8Array; note: string } {
  const fail = (why: string) => new AcpiError('VALUE', why, name);
  const { checksum, ...decoded } = AnyTable.decode(bytes, { checksum: 'keep' });
  const { signature, oemId, oemTableId, oemRevision } = decoded;
  const title = `${signature} ${oemId} ${oemTableId}`.trim();
  if (!OVERRIDABLE.includes(signature))
    throw fail(`Linux takes no ${signature} from an initrd, only ${OVERRIDABLE.join(' ')}`);
  if (AnyTable.sizeOf(decoded) !== bytes.byteLength) throw fail('has another length than it says');
  if (checksum !== undefined) throw fail('has a wrong checksum, so the kernel would not take it');
  if (running === undefined)
    return {
      table: bytes,
      note: `${title}: replaces a table with the same ids and an OEM revision below 0x${oemRevision.toString(16)}, or is added`,
    };
  const own = running.find((table) => same(table, decoded));
  if (own !== undefined && own.oemRevision === 0xffff_ffff)
    throw fail("the machine's own has the highest OEM revision, so nothing can replace it");
  const revision = own === undefined ? oemRevision : Math.max(oemRevision, own.oemRevision + 1);
  const table = revision === oemRevision ? bytes : AnyTable.encode({ ...decoded, oemRevision: revision });
  if (own !== undefined)
    return {
      table,
      note: `${title}: replaces the machine's own, OEM revision 0x${own.oemRevision.toString(16)} by 0x${revision.toString(16)}`,
    };
  if (signature === 'XSDT' || signature === 'RSDT')
    throw fail("has not the machine's own OEM id and OEM table id, so the kernel would not take it");
  const other = running.find((table) => table.signature === signature);
  if (other === undefined || signature === 'SSDT' || signature === 'PSDT')
    return { table, note: `${title}: is added` };
  throw fail(
    `the machine's own ${signature} has OEM id ${JSON.stringify(other.oemId)} and OEM table id ${JSON.stringify(other.oemTableId)}; with others ` +
      'this one would be added beside it, and the kernel would go on with the first',
  );
}
