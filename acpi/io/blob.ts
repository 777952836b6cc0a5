/** Reading what people have: files of one or several tables or records, binary or as text. */

import { decodeHardwareErrors } from '../apei/hardware-errors.ts';
import { AcpiError, within } from '../errors.ts';
import { fromUtf8 } from '../utf8.ts';
import { tablesOfAcpidump } from './acpidump.ts';
import { isErstStore, slotsOfErstStore } from './erst-store.ts';
import { bytesOfText, isText } from './hex-text.ts';
import { type BlobKind, blockAt, type Found, hardwareErrorSources, recordAt, tableAt } from './recognise.ts';

/** One table or record as it stands in a file. */
export interface Blob {
  readonly kind: BlobKind;
  /** The file's name; with `[n]` after it where the file has several. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where it begins in the file, or in the bytes that a text writes down. */
  readonly offset: number;
}

export interface ReadOptions {
  /** Takes what is cut, or not recognised, for one of this kind and gives it as it is: for those who look for faults. */
  readonly faulty?: BlobKind;
}

const WHAT =
  'neither ACPI tables nor error records (read are binary files, hexadecimal dumps and the text of acpidump)';

/**
 * The tables and records of a file: tables (also several, one after the other), RSDP and FACS, error status blocks (as
 * in /sys/firmware/acpi/tables/data/BERT), CPER records (as ERST keeps them), each binary or as hexadecimal text of any
 * usual form, or as the text of acpidump; QEMU's `etc/hardware_errors`, and the file behind its ERST device. Zeros between
 * them and after them are passed over.
 *
 * Bytes are views of `bytes` where those are binary.
 * @param name what the blobs are called, usually the file's name; it stands before the path of an error
 * @throws AcpiError for what is nothing of these, with the offset
 */
export function readBlobs(name: string, bytes: Uint8Array, options: ReadOptions = {}): Blob[] {
  try {
    if (bytes.byteLength === 0) throw new AcpiError('TRUNCATED', 'is empty');
    const parts = isText(bytes) ? readText(name, bytes, options) : split(bytes, options);
    if (parts.length === 1) return [{ ...parts[0]!, name: parts[0]!.name ?? name }];
    return parts.map((part, index) => ({ ...part, name: part.name ?? `${name}[${index}]` }));
  } catch (error) {
    throw within(name, error);
  }
}

type Part = Omit<Blob, 'name'> & { readonly name?: string };

function readText(name: string, bytes: Uint8Array, options: ReadOptions): Part[] {
  const text = fromUtf8(bytes);
  const tables = tablesOfAcpidump(text);
  if (tables !== undefined)
    return tables.flatMap((table) =>
      split(table.bytes, options).map((part) => ({ ...part, name: `${name}:${table.name}` })),
    );
  if (/^\s*[{[]\s*["{\]}]/.test(text)) throw new AcpiError('MISMATCH', 'is JSON: encode it first');
  if (/^(Panic|Oops|Emergency|Shutdown|Unknown)#\d+ Part\d+/.test(text))
    throw new AcpiError('MISMATCH', "is a kernel's log, as pstore gives it: text, no record");
  let content: Uint8Array;
  try {
    content = bytesOfText(text);
  } catch (error) {
    throw new AcpiError('MISMATCH', `is ${WHAT}: ${(error as AcpiError).message}`);
  }
  return split(content, options);
}

/** The records in the slots of QEMU's ERST device. */
function splitStore(bytes: Uint8Array, faulty: BlobKind | undefined): Part[] {
  const slots = slotsOfErstStore(bytes);
  if (slots.length === 0)
    throw new AcpiError('MISMATCH', "is QEMU's storage of error records, without a record");
  return slots.map((slot) => {
    const view = new DataView(slot.bytes.buffer, slot.bytes.byteOffset, slot.bytes.byteLength);
    try {
      const { kind, size } = found(view, 0);
      return { kind, offset: slot.offset, bytes: slot.bytes.subarray(0, size) };
    } catch (error) {
      if (faulty !== undefined) return { kind: 'cperRecord', ...slot };
      throw within(`offset ${slot.offset}`, error);
    }
  });
}

function split(bytes: Uint8Array, { faulty }: ReadOptions): Part[] {
  if (isErstStore(bytes)) return splitStore(bytes, faulty);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hardwareErrorSources(view) !== undefined) return [{ kind: 'hardwareErrors', bytes, offset: 0 }];
  const parts: Part[] = [];
  for (let offset = 0; offset < bytes.byteLength; ) {
    if (bytes[offset] === 0 && blockAt(view, offset)?.certain !== true) {
      offset++;
      continue;
    }
    try {
      const { kind, size } = found(view, offset);
      parts.push({ kind, bytes: bytes.subarray(offset, offset + size), offset });
      offset += size;
    } catch (error) {
      if (faulty === undefined) throw error;
      parts.push({ kind: faulty, bytes: bytes.subarray(offset), offset });
      break;
    }
  }
  if (parts.length > 0) return parts;
  if (faulty === undefined)
    throw new AcpiError('MISMATCH', 'holds only zeros: there is no table or record in it');
  return [{ kind: faulty, bytes, offset: 0 }];
}

/** What stands at `offset`, whole. */
function found(view: DataView, offset: number): Found {
  try {
    const found = recordAt(view, offset) ?? tableAt(view, offset) ?? blockFound(view, offset);
    const have = view.byteLength - offset;
    if (found === undefined)
      throw new AcpiError('MISMATCH', offset === 0 ? `is ${WHAT}` : 'is neither a table nor a record');
    if (found.size > have)
      throw new AcpiError('TRUNCATED', `is cut: it says that it has ${found.size} bytes, ${have} are there`);
    return found;
  } catch (error) {
    throw offset === 0 ? error : within(`offset ${offset}`, error);
  }
}

function blockFound(view: DataView, offset: number): Found | undefined {
  const block = blockAt(view, offset);
  return block && { kind: 'errorStatusBlock', size: block.size };
}

/** The error status blocks of a `hardwareErrors` blob that are not empty. */
export function blocksOfHardwareErrors(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sources = hardwareErrorSources(view);
  if (sources === undefined) throw new AcpiError('MISMATCH', 'is no hardware_errors area');
  const blockLength = bytes.byteLength / sources - 16;
  return decodeHardwareErrors(bytes, { sources, blockLength }).flatMap(({ block }) => {
    const found = blockAt(new DataView(block.buffer, block.byteOffset, block.byteLength), 0);
    return found === undefined ? [] : [block.subarray(0, found.size)];
  });
}
