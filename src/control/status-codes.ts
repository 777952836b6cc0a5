/** RasvmError over gRPC: its code as the nearest gRPC status, and exactly in the metadata. */

import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorCode, EXIT_STATUS, RasvmError } from '../core/errors.ts';

/** Trailing metadata with the RasvmError's code. */
const CODE_KEY = 'rasvm-code';

const TO_GRPC: Partial<Record<ErrorCode, status>> = {
  USAGE: status.INVALID_ARGUMENT,
  NO_SUCH_MACHINE: status.NOT_FOUND,
  NAME_IN_USE: status.ALREADY_EXISTS,
  KVM_PERMISSION: status.PERMISSION_DENIED,
  KVM_CAPABILITY: status.FAILED_PRECONDITION,
  NO_KVM: status.FAILED_PRECONDITION,
  CONTROL: status.FAILED_PRECONDITION,
  MEMORY: status.RESOURCE_EXHAUSTED,
  FILE: status.FAILED_PRECONDITION,
};

/** For the callback or the 'error' event of a call. What is not a RasvmError is INTERNAL. */
export function toServiceError(error: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const code: ErrorCode = error instanceof RasvmError ? error.code : 'INTERNAL';
  const metadata = new Metadata();
  metadata.set(CODE_KEY, code);
  return {
    code: TO_GRPC[code] ?? status.INTERNAL,
    details: error instanceof Error ? error.message : String(error),
    metadata,
  };
}

/** @param name the machine's, for errors that are not its answer. */
export function fromServiceError(error: unknown, name: string): RasvmError {
  const { code, details, message, metadata } = error as Partial<ServiceError>;
  const said = metadata?.get(CODE_KEY)[0]?.toString();
  if (said !== undefined && Object.hasOwn(EXIT_STATUS, said)) {
    return new RasvmError(said as ErrorCode, details ?? '', { cause: error });
  }
  switch (code) {
    case status.UNAVAILABLE:
      return new RasvmError(
        'CONTROL',
        `machine '${name}' does not take connections: it is starting or has just ended`,
        {
          cause: error,
        },
      );
    case status.DEADLINE_EXCEEDED:
      return new RasvmError('CONTROL', `machine '${name}' did not answer in time`, { cause: error });
    case status.UNIMPLEMENTED:
      return new RasvmError('CONTROL', `machine '${name}' is run by a rasvm that does not know this call`, {
        cause: error,
      });
    default:
      return new RasvmError('CONTROL', `machine '${name}': ${details ?? message ?? String(error)}`, {
        cause: error,
      });
  }
}
