/** rasvm's errors: a stable code, a message that says what to do, an exit status of its own. */

/** Every code with its exit status; docs/reference/errors.md lists them and a test holds the list. */
export const EXIT_STATUS = {
  /** An error that rasvm did not expect: a bug. */
  INTERNAL: 1,
  /** The command line is wrong. */
  USAGE: 2,
  /** The guest's kernel panicked. */
  GUEST_PANIC: 3,
  /** The guest stopped in a way it cannot go on from (KVM_RUN failed, a crash event). */
  GUEST_CRASH: 4,
  /** rasvm stopped the guest, as it was asked. */
  GUEST_STOPPED: 5,
  /** Memory of the guest failed, and --ras on-error=stop or --no-acpi-policy stop says that it must not go on. */
  GUEST_MEMORY_ERROR: 6,
  /** As many memory errors were met as --stop-after allows. */
  ERROR_LIMIT: 7,
  /** Memory of rasvm's own failed on the host (native/sigbus/handler.h). */
  HOST_MEMORY: 8,
  /** A file is missing or cannot be read. */
  FILE: 10,
  /** The kernel file is not an arm64 Image. */
  KERNEL_FORMAT: 11,
  /** /dev/kvm is missing. */
  NO_KVM: 12,
  /** /dev/kvm may not be opened. */
  KVM_PERMISSION: 13,
  /** KVM, or the host's kernel, lacks what was asked for. */
  KVM_CAPABILITY: 14,
  /** Guest RAM cannot be had, or is too little for what must go into it. */
  MEMORY: 15,
  /** A machine of that name runs. */
  NAME_IN_USE: 16,
  /** No machine of that name runs. */
  NO_SUCH_MACHINE: 17,
  /** The machine did not do what was asked. */
  CONTROL: 18,
  /** The lab could not be made or started. */
  LAB: 20,
  /** The archive has no such kernel or package today. */
  ARCHIVE: 21,
  /** The host of a lab that was in use panicked, was killed or fell silent. */
  LAB_DIED: 22,
} as const;

/** Of `rasvm test` alone, for whatever keeps it from testing: `git bisect run` passes over such a commit. */
export const CANNOT_TEST = 125;

export type ErrorCode = keyof typeof EXIT_STATUS;

/** The same in every copy of this module: the bundle's parts have one each. */
const BRAND = Symbol.for('rasvm.RasvmError');

export class RasvmError extends Error {
  readonly code: ErrorCode;
  /** Further faults of the same input, a line each. */
  readonly more: readonly string[];
  readonly [BRAND] = true;

  /** @param message one line: what is wrong, and what to do. */
  constructor(code: ErrorCode, message: string, options: { cause?: unknown; more?: readonly string[] } = {}) {
    super(message, options);
    this.name = 'RasvmError';
    this.code = code;
    this.more = options.more ?? [];
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.code];
  }
}
