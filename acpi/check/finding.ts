/** Findings: what a check says of tables and records, and the kinds of finding, each with a code of its own. */

/**
 * `error`: what reads it goes wrong or refuses it; `warning`: it contradicts its specification, or is of no effect;
 * `note`: worth knowing, and nothing need be wrong.
 */
export type FindingSeverity = 'error' | 'warning' | 'note';

/** What judges: the specification, what Linux on arm64 does, or what a record does to a guest that gets it. */
export type RuleSet = 'specification' | 'linux' | 'effect';

/** All that is the same in every finding with one code. */
export interface FindingKind {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly rules: RuleSet;
  /** What is wrong, in general. */
  readonly meaning: string;
  /** Specification and section, or source file of the kernel. */
  readonly source: string;
  /** Versions of the kernel that do so, e.g. `6.1 to 7.3`. */
  readonly kernels?: string;
}

export interface Finding {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly rules: RuleSet;
  /** Path of the member, as in `AcpiError.field`; '' for the whole. */
  readonly field: string;
  /** Where that stands in the bytes, where it does. */
  readonly offset?: number;
  /** What is wrong here. */
  readonly reason: string;
  readonly source: string;
  readonly kernels?: string;
  /** Name of the table, where several were checked at once. */
  readonly table?: string;
}

type Given = Omit<FindingKind, 'code' | 'rules' | 'source'> & { readonly source?: string };

/** Kinds of one rule set by their codes; `source` is that of all which say no other. */
export function kinds<const K extends Readonly<Record<string, Given>>>(
  rules: RuleSet,
  source: string,
  given: K,
): { readonly [C in keyof K]: FindingKind } {
  const made: Record<string, FindingKind> = {};
  for (const code in given) made[code] = { source, ...given[code]!, code, rules };
  return made as { readonly [C in keyof K]: FindingKind };
}

/** Kernels that this library's words about Linux hold for, unless a kind says others. */
export const ALL_KERNELS = '6.1 to 7.3';
