/** Error severities: UEFI 2.11, appendix N.2.1; the same in ACPI's error status block. */

export const Severity = { Recoverable: 0, Fatal: 1, Corrected: 2, Informational: 3 } as const;
export type Severity = (typeof Severity)[keyof typeof Severity];
