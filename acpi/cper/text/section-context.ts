/** What a section's text depends on besides the section. */
export interface SectionContext {
  /** Severity of its entry. */
  readonly severity: number;
  /** The section's bytes. */
  readonly bytes: () => Uint8Array;
}
