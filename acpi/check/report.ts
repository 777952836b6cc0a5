/** Collects findings about one blob of bytes, each with the offset of its member. */

import { AcpiError } from '../errors.ts';
import type { Codec } from '../struct.ts';
import type { Finding, FindingKind, FindingSeverity } from './finding.ts';
import { kinds } from './finding.ts';
import { type Location, placeOf } from './locate.ts';

/** What keeps bytes from being decoded, by the codes of AcpiError. */
export const DECODING = kinds('specification', 'the layout of the structure', {
  TRUNCATED: { severity: 'error', meaning: 'The bytes end before the structure does' },
  LENGTH: { severity: 'error', meaning: 'A length, count or offset contradicts its structure' },
  MISMATCH: { severity: 'error', meaning: 'A member that has one legal value has another' },
  CHECKSUM: { severity: 'error', meaning: 'The bytes that a checksum covers do not sum up to zero' },
});

/** What a finding may say otherwise than its kind. */
export interface Differences {
  readonly offset?: number | undefined;
  readonly severity?: FindingSeverity | undefined;
  readonly kernels?: string | undefined;
  readonly source?: string | undefined;
}

export class Report {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly findings: Finding[] = [];
  /** Members by path, as far as the bytes could be gone through. */
  readonly places = new Map<string, Location>();
  readonly #told = new Set<string>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Adds a finding about the member with this path ('' for the whole); of one kind a member has one at most. */
  tell(kind: FindingKind, field: string, reason: string, differences: Differences = {}): void {
    const key = `${kind.code} ${field}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const offset = differences.offset ?? placeOf(this.places, field)?.offset;
    const kernels = differences.kernels ?? kind.kernels;
    this.findings.push({
      code: kind.code,
      severity: differences.severity ?? kind.severity,
      rules: kind.rules,
      field,
      ...(offset !== undefined && { offset }),
      reason,
      source: differences.source || kind.source,
      ...(kernels !== undefined && { kernels }),
    });
  }

  /** Adds what keeps bytes from being decoded. */
  tellError({ code, reason }: AcpiError, field: string): void {
    this.tell(code in DECODING ? DECODING[code as keyof typeof DECODING] : DECODING.LENGTH, field, reason);
  }

  /** What all bytes decode to, wrong checksums kept; undefined, and a finding, where they do not. */
  decode<Out>(codec: Codec<Out, never>): Out | undefined {
    try {
      return codec.decode(this.bytes, { checksum: 'keep' });
    } catch (error) {
      if (!(error instanceof AcpiError)) throw error;
      this.tellError(error, error.field);
      return undefined;
    }
  }

  /** Errors first, then in the order of the bytes. */
  sorted(): Finding[] {
    const rank = { error: 0, warning: 1, note: 2 };
    return this.findings.sort(
      (a, b) => rank[a.severity] - rank[b.severity] || (a.offset ?? 0) - (b.offset ?? 0),
    );
  }
}
