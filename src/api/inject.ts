/** How an error is made: requests by the kind of error, and what comes of them. */

import * as z from 'zod/mini';
import { address, count, exceptionLevel, vcpu, word } from './fields.ts';

/** The ways to make an error, from the softest to the most real (docs/reference/cli.md, `rasvm inject`). */
export const INJECT_MEANS = ['record', 'uffd', 'madvise', 'hwpoison'] as const;
export const INJECT_TELLS = ['early', 'late'] as const;
export const INJECT_ACCESSES = ['data', 'fetch'] as const;
/** Of a record (UEFI 2.11, appendix N.2.1). */
export const INJECT_SEVERITIES = ['corrected', 'recoverable', 'fatal'] as const;

/** A memory error to be made. That it is in guest RAM is seen to by {@link call}. */
export const InjectMemoryRequest = z
  .strictObject({
    kind: z.literal('memory'),
    gpa: address,
    /** Bytes from `gpa`; left out: one page of the backing. */
    size: z.exactOptional(z.int().check(z.minimum(1, 'is no size: it is one byte at least'))),
    /**
     * So many losses of `size`, one behind the other from `gpa` upwards; each is an error of its own. Left
     * out: one.
     */
    count: z.exactOptional(z.int().check(z.minimum(1, 'is none: it is one at least'))),
    via: z.enum(INJECT_MEANS),
    tell: z.enum(INJECT_TELLS),
    /** With `record` only; there left out: recoverable. */
    severity: z.exactOptional(z.enum(INJECT_SEVERITIES)),
  })
  .check(
    z.refine(({ severity, via }) => severity === undefined || via === 'record', {
      path: ['severity'],
      error: 'is for records alone (via record); a page that is lost is always recoverable',
    }),
    z.refine(({ count: losses = 1, via }) => losses === 1 || via !== 'record', {
      path: ['count'],
      error: 'is for pages that are lost: with record ask for one after the other',
    }),
  );
export type InjectMemoryRequest = z.infer<typeof InjectMemoryRequest>;

/** A record that was made elsewhere, to be told as it is by the asynchronous source; no page is lost. */
export const InjectRecordRequest = z.strictObject({
  kind: z.literal('record'),
  /** A Generic Error Status Block. The machine checks it (src/ras/records/given-record.ts does). */
  block: z
    .instanceof(Uint8Array<ArrayBufferLike>)
    .check(z.refine((bytes) => bytes.byteLength > 0, 'is missing: give a Generic Error Status Block')),
});
export type InjectRecordRequest = z.infer<typeof InjectRecordRequest>;

/** Bits of ESR_EL1.ISS. */
const ISS_MASK = 2n ** 25n - 1n;
/** More SErrors in a row show nothing new. */
const SERRORS_MOST = 16;

/**
 * SErrors, one after the other before the vCPU runs on: those that it has not taken are merged
 * (src/ras/vcpu/serror.ts).
 */
export const InjectSerrorRequest = z.strictObject({
  kind: z.literal('serror'),
  vcpu,
  serrors: z
    .array(
      z.strictObject({
        /** ESR_EL1.ISS; left out: KVM chooses. */
        iss: z.exactOptional(word.check(z.maximum(ISS_MASK, 'has more than ESR_EL1.ISS, bits 24 to 0'))),
      }),
    )
    .check(
      z.minLength(1, 'is missing: give one at least'),
      z.maxLength(SERRORS_MOST, {
        error: ({ input }) =>
          `has ${(input as unknown[]).length}; at most ${SERRORS_MOST} can be given at once`,
      }),
    ),
  /** When the vCPU is in this exception level; left out: at once. */
  exceptionLevel: z.exactOptional(exceptionLevel),
});
export type InjectSerrorRequest = z.infer<typeof InjectSerrorRequest>;

/** A synchronous external abort; it has a record if and only if it is of a lost page. */
export const InjectSeaRequest = z.strictObject({
  kind: z.literal('sea'),
  vcpu,
  access: z.enum(INJECT_ACCESSES),
  /** What FAR_EL1 says; left out: for a fetch PC, for data nothing (ESR_EL1.FnV). */
  va: z.exactOptional(word),
  /** As of an SError. */
  exceptionLevel: z.exactOptional(exceptionLevel),
});
export type InjectSeaRequest = z.infer<typeof InjectSeaRequest>;

export const InjectRequest = z.discriminatedUnion('kind', [
  InjectMemoryRequest,
  InjectRecordRequest,
  InjectSerrorRequest,
  InjectSeaRequest,
]);
export type InjectRequest = z.infer<typeof InjectRequest>;

/** The vCPU that was given an exception, and what it was given. */
export const InjectedException = z.object({
  vcpu,
  /** Where the vCPU stood. */
  pc: word,
  exceptionLevel,
  /** ESR_EL1 of a SEA; of an SError its ISS, left out where the host's KVM takes none. */
  esr: z.exactOptional(word),
  /** The guest takes the SError when it does not mask it any more, or is next run. */
  pending: z.boolean(),
});
export type InjectedException = z.infer<typeof InjectedException>;

export const InjectResult = z.object({
  /**
   * The error's id: `id` of every event that tells its story. Of several the first; theirs follow one
   * another.
   */
  id: count,
  /** Left out for a record that was given, and for an exception. */
  gpa: z.exactOptional(address),
  /**
   * Bytes lost: a whole page of the backing at least, except with `record`. Of a record that was given, its
   * own; of an exception 0.
   */
  size: count,
  /** HVA of `gpa`; left out when no host page took part. */
  hva: z.exactOptional(count),
  /** Of an SError (the last of several) or a SEA. */
  exception: z.exactOptional(InjectedException),
});
export type InjectResult = z.infer<typeof InjectResult>;
