/** A victim in the test guest, as the driver sees it: pages with both their addresses, and touches. */

import { RasvmError } from '../../core/errors.ts';
import { type Fields, type VictimSignal, victimSignal } from './guest-line.ts';

/** native/guest/pages.h says what each is. */
export const PAGE_KINDS = [
  'anon',
  'shared',
  'tmpfs',
  'huge',
  'hugetlb',
  'locked',
  'code',
  'file',
  'file-dirty',
  'cache',
  'cache-dirty',
  'pagetable',
  'slab',
  'pipe',
  'text',
  'free',
] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

/** native/guest/access.h says what each is. */
export const TOUCH_KINDS = [
  'read',
  'write',
  'exec',
  'spin',
  'lse',
  'llsc',
  'write-from',
  'read-into',
  'futex',
  'pread',
  'pwrite',
  'receive',
  'call',
  'claim',
] as const;
export type TouchKind = (typeof TOUCH_KINDS)[number];

export interface Page {
  victim: string;
  /** Number among the victim's pages. */
  index: number;
  /** Guest virtual address, in the victim; 0 where the page is not mapped. */
  va: number;
  /** Guest physical address. */
  gpa: number;
  kind: PageKind;
  /** Bytes of a page of the guest's kernel; left out: 4 KiB. */
  size?: number;
}

export function sizeOfPage({ size = 4096 }: Pick<Page, 'size'>): number {
  return size;
}

/** Whether a guest virtual address is in the page. */
export function isInPage(page: Page, address: number): boolean {
  return address >= page.va && address < page.va + sizeOfPage(page);
}

/** How a touch ended. */
export type TouchResult =
  /** It came back; `error` is the errno of a system call that failed. */
  | { outcome: 'value'; value: bigint; error?: number; va: number; ns: number }
  /**
   * The victim's SIGBUS handler ran; `ns` is from just before the access to the handler's first instruction.
   */
  | { outcome: 'signal'; report: VictimSignal; va: number; ns: number }
  /** The victim is gone, or its thread that touched, without its handler having run. */
  | { outcome: 'died'; signal: number }
  /** It is still at it after half a minute: a kernel that does not let go of it. */
  | { outcome: 'silent' };

/**
 * @param prefix of the keys: "NAME." in the answer to `race`.
 * @throws RasvmError CONTROL for any other answer
 */
export function touchResult(fields: Fields, prefix = ''): TouchResult {
  if (fields.has(`${prefix}died`)) {
    const key = `${prefix}signal`;
    return { outcome: 'died', signal: fields.has(key) ? fields.number(key) : 0 };
  }
  if (fields.has(`${prefix}silent`)) return { outcome: 'silent' };
  const va = fields.number(`${prefix}va`);
  const ns = fields.number(`${prefix}ns`);
  if (fields.number(`${prefix}signal`) === 0) {
    const key = `${prefix}error`;
    const error = fields.has(key) ? fields.number(key) : 0;
    return { outcome: 'value', value: fields.word(`${prefix}value`), ...(error !== 0 && { error }), va, ns };
  }
  return { outcome: 'signal', report: victimSignal(fields, prefix), va, ns };
}

/** As {@link touchResult}, of an answer that may be to anything; undefined: it is no touch's. */
export function touchOf(fields: Fields): TouchResult | undefined {
  const isTouch =
    fields.has('died') || fields.has('silent') || ['va', 'ns', 'signal'].every((each) => fields.has(each));
  try {
    return isTouch ? touchResult(fields) : undefined;
  } catch (error) {
    if (error instanceof RasvmError) return undefined;
    throw error;
  }
}

/** The word at `offset` of a page that is not code (native/guest/pages.h). */
export function patternOf(page: Page, offset = 0): bigint {
  return 0x5241530000000000n | (BigInt(page.index) << 20n) | BigInt(offset);
}

/** What the function in a code page returns. */
export function codeValueOf(page: Page): bigint {
  return 0x5200n | BigInt(page.index & 0xff);
}

/** Pages in one answer, at most. */
const LIST_MOST = 4096;

/**
 * `0xADDRESS`, or `0xADDRESS+N` and `0xADDRESS-N` with N more pages upwards or downwards.
 * @param pageSize bytes
 */
export function addressList(text: string, pageSize = 4096): number[] {
  const addresses = text.split(',').flatMap((word) => {
    const match = /^(0x[0-9a-f]{1,13})(?:([+-])(\d{1,4}))?$/.exec(word);
    if (!match) throw new RasvmError('CONTROL', `'${word}' is no address (the guest's answer)`);
    const step = match[2] === '-' ? -pageSize : pageSize;
    return Array.from({ length: Number(match[3] ?? 0) + 1 }, (_, i) => Number(match[1]) + i * step);
  });
  if (addresses.length > LIST_MOST)
    throw new RasvmError('CONTROL', `${addresses.length} addresses (the guest's answer)`);
  return addresses;
}

/** The first page of a naturally aligned block of which all pages are there. */
export function wholeBlock(pages: readonly Page[], bytes: number): Page | undefined {
  const owned = new Set(pages.map(({ gpa }) => gpa));
  return pages.find((page) => {
    const { gpa } = page;
    if (gpa % bytes !== 0) return false;
    for (let at = gpa; at < gpa + bytes; at += sizeOfPage(page)) if (!owned.has(at)) return false;
    return true;
  });
}
