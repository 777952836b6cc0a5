/** The one kind of error that this library throws. */

/** Every code with its meaning. */
export const ACPI_ERROR_CODES = {
  /** The input ends before the structure does. */
  TRUNCATED: 'the input ends before the structure does',
  /** A length, count or offset contradicts the structure that holds it. */
  LENGTH: 'a length, count or offset contradicts its structure',
  /** A value to be encoded is missing, of the wrong type or does not fit its field. */
  VALUE: 'a value to be encoded does not fit its field',
  /** A field that has one legal value (a signature, a type) has another. */
  MISMATCH: 'a field that has one legal value has another',
  /** The bytes that a checksum covers do not sum up to zero. */
  CHECKSUM: 'a checksum is wrong',
  /** A name or operand cannot be expressed in AML. */
  AML: 'a name or operand cannot be expressed in AML',
} as const;

export type AcpiErrorCode = keyof typeof ACPI_ERROR_CODES;

export class AcpiError extends Error {
  readonly code: AcpiErrorCode;
  /** What is wrong, without the field's name. */
  readonly reason: string;
  /** Path of the field, outermost structure first (`HEST.sources[1].notification.type`), or ''. */
  readonly field: string;

  constructor(code: AcpiErrorCode, reason: string, field = '') {
    super(field === '' ? reason : `${field}: ${reason}`);
    this.name = 'AcpiError';
    this.code = code;
    this.reason = reason;
    this.field = field;
  }
}

/** The same error, seen from the structure around: `step` is put before its field path. */
export function within(step: string, error: unknown): unknown {
  if (!(error instanceof AcpiError)) return error;
  const joint = error.field === '' || error.field.startsWith('[') ? '' : '.';
  return new AcpiError(error.code, error.reason, `${step}${joint}${error.field}`);
}
