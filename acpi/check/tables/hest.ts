/** Rules for the HEST: ACPI 6.5, section 18.3.2, and what Linux's hest.c and ghes.c take. */

import { NO_RELATED_SOURCE } from '../../apei/ghes.ts';
import type { ErrorSource, Hest } from '../../apei/hest.ts';
import { NotificationType } from '../../apei/notification.ts';
import type { Decoded } from '../../struct.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import { accessBits, checkLinuxRegister } from '../gas.ts';
import type { Report } from '../report.ts';

export const HEST = kinds('specification', 'ACPI 6.5, 18.3.2', {
  HEST_DUPLICATE_SOURCE_ID: { severity: 'error', meaning: 'Two error sources have the same id' },
  HEST_RELATED_SOURCE_MISSING: {
    severity: 'error',
    meaning: 'A generic source reports for a source that does not exist',
    source: 'ACPI 6.5, 18.3.2.7',
  },
  HEST_RELATED_SOURCE_SELF: {
    severity: 'error',
    meaning: 'A generic source reports for itself',
    source: 'ACPI 6.5, 18.3.2.7',
  },
  HEST_ENABLED: { severity: 'warning', meaning: 'Enabled is neither 0 nor 1' },
  HEST_NO_RECORDS: { severity: 'warning', meaning: 'A source has room for no records or no sections' },
  HEST_BLOCK_LENGTH: {
    severity: 'error',
    meaning: 'The error status block has no room for its header of 20 bytes',
    source: 'ACPI 6.5, 18.3.2.7',
  },
  HEST_STATUS_ADDRESS: {
    severity: 'error',
    meaning: 'There is no register that holds the address of the error status block',
    source: 'ACPI 6.5, 18.3.2.7',
  },
  HEST_SHARED_STATUS_ADDRESS: {
    severity: 'warning',
    meaning: 'Two sources have the same register for the address of their error status block',
    source: 'ACPI 6.5, 18.3.2.7',
  },
  HEST_SHARED_ACK_ADDRESS: {
    severity: 'warning',
    meaning: 'An acknowledgement register is that of another source, or holds the address of a block',
    source: 'ACPI 6.5, 18.3.2.8',
  },
  HEST_POLL_INTERVAL: {
    severity: 'error',
    meaning: 'A polled source has no poll interval',
    source: 'ACPI 6.5, 18.3.2.9',
  },
  HEST_VECTOR: {
    severity: 'warning',
    meaning: 'A source that is told by an interrupt or event has number 0',
    source: 'ACPI 6.5, 18.3.2.9',
  },
  HEST_ACK_ADDRESS: {
    severity: 'error',
    meaning: 'There is no register to acknowledge by',
    source: 'ACPI 6.5, 18.3.2.8',
  },
  HEST_ACK_MASK: {
    severity: 'warning',
    meaning: 'Bits to keep or to set lie beyond the acknowledgement register',
    source: 'ACPI 6.5, 18.3.2.8',
  },
  HEST_ACK_WRITES_NOTHING: {
    severity: 'warning',
    meaning: 'An acknowledgement sets no bit',
    source: 'ACPI 6.5, 18.3.2.8',
  },
  HEST_DUPLICATE_DEVICE: {
    severity: 'warning',
    meaning: 'Two PCI Express sources are of the same kind and device',
    source: 'ACPI 6.5, 18.3.2.4',
  },
});

const HEST_C = 'Linux drivers/acpi/apei/hest.c';
export const LINUX_HEST = kinds('linux', 'Linux drivers/acpi/apei/ghes.c', {
  LINUX_HEST_UNKNOWN_SOURCE: {
    severity: 'error',
    meaning:
      'One source of a type that is not known disables the whole HEST ("Unknown or unused hardware error source type")',
    source: HEST_C,
    kernels: ALL_KERNELS,
  },
  LINUX_HEST_OVERFLOW: {
    severity: 'error',
    meaning: 'A source that the table has no bytes for disables the whole HEST ("Table contents overflow")',
    source: HEST_C,
    kernels: ALL_KERNELS,
  },
  LINUX_HEST_IGNORED_SOURCES: {
    severity: 'warning',
    meaning: 'Sources beyond the count are not looked at',
    source: HEST_C,
    kernels: ALL_KERNELS,
  },
  LINUX_HEST_DUPLICATE_SOURCE_ID: {
    severity: 'error',
    meaning:
      'Two enabled generic sources with one id disable the whole HEST ("Duplicated hardware error source ID")',
    source: HEST_C,
    kernels: ALL_KERNELS,
  },
  LINUX_HEST_X86_SOURCE: {
    severity: 'note',
    meaning: 'Sources of IA-32 are passed over on arm64',
    source: HEST_C,
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_DISABLED: {
    severity: 'note',
    meaning: 'A source that is not enabled is not used',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_EXTERNAL_INTERRUPT: {
    severity: 'error',
    meaning:
      'An external interrupt cannot be used: GHES looks for its mapping before there can be one ("Failed to map GSI to IRQ"). GSIV with a hardware error device works',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_NOTIFICATION: {
    severity: 'error',
    meaning: 'A source with this notification is not used on arm64',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_POLL_INTERVAL: {
    severity: 'error',
    meaning: 'A polled source with interval 0 is never polled ("Poll interval is 0")',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_BLOCK_LENGTH: {
    severity: 'error',
    meaning: 'A source with less than 20 bytes for its block is not used ("Invalid error block length")',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_BLOCK_TOO_LONG: {
    severity: 'warning',
    meaning: 'Of a block no more than 65536 bytes are taken ("Error status block length is too long")',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_CONSTANT_POINTER: {
    severity: 'note',
    meaning:
      'Of a source that is told by SEA, the address of the block is read once, when the kernel starts: it must be right from then on, and stay',
    kernels: '7.0 to 7.3',
  },
  LINUX_GHES_ERROR_DEVICE: {
    severity: 'note',
    meaning: 'The source is looked at when a hardware error device (PNP0C33) is notified, not by its number',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_SEA_USER_ONLY: {
    severity: 'note',
    meaning:
      'The source is looked at only when a process took the abort; one of the kernel itself ends in an oops',
    source: 'Linux arch/arm64/mm/fault.c',
    kernels: ALL_KERNELS,
  },
});

type Source = Decoded<typeof ErrorSource>;
type Generic = Extract<Source, { kind: 'ghes' | 'ghesV2' }>;
type Known = Exclude<Source, { kind: 'unknown' }>;

const isGeneric = (source: Source): source is Generic => source.kind === 'ghes' || source.kind === 'ghesV2';
const isKnown = (source: Source): source is Known => source.kind !== 'unknown';

export function checkHest(report: Report, { sources, sourceCount }: Decoded<typeof Hest>): void {
  const ids = new Map<number, number>();
  const devices = new Map<string, number>();
  const addresses = new Map<bigint, number>();
  for (const [i, source] of sources.entries()) {
    if (!isKnown(source)) continue;
    const path = `sources[${i}]`;
    const first = ids.get(source.sourceId);
    if (first === undefined) ids.set(source.sourceId, i);
    else
      report.tell(
        HEST.HEST_DUPLICATE_SOURCE_ID,
        `${path}.sourceId`,
        `${source.sourceId} is that of sources[${first}]`,
      );
    if ('enabled' in source && source.enabled > 1)
      report.tell(HEST.HEST_ENABLED, `${path}.enabled`, `is ${source.enabled}`);
    for (const name of ['recordsToPreallocate', 'maxSections'] as const)
      if (source[name] === 0) report.tell(HEST.HEST_NO_RECORDS, `${path}.${name}`, 'is 0');
    if ('bus' in source && !source.flags.global) {
      const key = `${source.kind} ${source.bus.segment}:${source.bus.number}:${source.device}.${source.function}`;
      const other = devices.get(key);
      if (other === undefined) devices.set(key, i);
      else report.tell(HEST.HEST_DUPLICATE_DEVICE, path, `names the device of sources[${other}]`);
    }
    if (isGeneric(source)) {
      checkGeneric(report, path, source);
      const { address } = source.errorStatusAddress;
      const other = addresses.get(address);
      if (other === undefined) addresses.set(address, i);
      else if (address !== 0n)
        report.tell(
          HEST.HEST_SHARED_STATUS_ADDRESS,
          `${path}.errorStatusAddress.address`,
          `is that of sources[${other}]`,
        );
    }
  }
  checkAckAddresses(report, sources, addresses);
  for (const [i, source] of sources.entries())
    if (isGeneric(source)) checkRelated(report, `sources[${i}].relatedSourceId`, source, ids);
  checkLinux(report, sources, sourceCount);
}

function checkAckAddresses(report: Report, sources: readonly Source[], used: Map<bigint, number>): void {
  for (const [i, source] of sources.entries()) {
    if (source.kind !== 'ghesV2' || source.readAck.address === 0n) continue;
    const { address } = source.readAck;
    const other = used.get(address);
    if (other === undefined) used.set(address, i);
    else
      report.tell(
        HEST.HEST_SHARED_ACK_ADDRESS,
        `sources[${i}].readAck.address`,
        `0x${address.toString(16)} is used by sources[${other}]`,
      );
  }
}

function checkRelated(report: Report, path: string, source: Generic, ids: ReadonlyMap<number, number>): void {
  const { relatedSourceId: related } = source;
  if (related === NO_RELATED_SOURCE) return;
  if (related === source.sourceId)
    report.tell(HEST.HEST_RELATED_SOURCE_SELF, path, `${related} is its own id`);
  else if (!ids.has(related))
    report.tell(HEST.HEST_RELATED_SOURCE_MISSING, path, `no source has id ${related}`);
}

/** Numbers of those notifications that come with one. */
const NUMBERED: readonly number[] = [
  NotificationType.External,
  NotificationType.Gsiv,
  NotificationType.LocalInterrupt,
];

function checkGeneric(report: Report, path: string, source: Generic): void {
  const { notification, errorStatusBlockLength, errorStatusAddress } = source;
  if (errorStatusBlockLength < 20)
    report.tell(HEST.HEST_BLOCK_LENGTH, `${path}.errorStatusBlockLength`, `is ${errorStatusBlockLength}`);
  if (errorStatusAddress.address === 0n)
    report.tell(HEST.HEST_STATUS_ADDRESS, `${path}.errorStatusAddress.address`, 'is 0');
  if (notification.type === NotificationType.Polled && notification.pollInterval === 0)
    report.tell(HEST.HEST_POLL_INTERVAL, `${path}.notification.pollInterval`, 'is 0');
  if (NUMBERED.includes(notification.type) && notification.vector === 0)
    report.tell(HEST.HEST_VECTOR, `${path}.notification.vector`, 'is 0');
  if (source.kind === 'ghesV2') checkAck(report, path, source);
}

function checkAck(report: Report, path: string, source: Extract<Generic, { kind: 'ghesV2' }>): void {
  const { readAck, readAckPreserve, readAckWrite } = source;
  if (readAck.address === 0n) report.tell(HEST.HEST_ACK_ADDRESS, `${path}.readAck.address`, 'is 0');
  const bits = BigInt(Math.max(readAck.bitWidth, accessBits(readAck)));
  if (bits !== 0n && readAckWrite >> bits !== 0n)
    report.tell(HEST.HEST_ACK_MASK, `${path}.readAckWrite`, `has bits beyond the ${bits} of the register`);
  // All ones, or all but those that are set, is how any width keeps the others.
  const keepsAll = (readAckPreserve | readAckWrite) === 0xffff_ffff_ffff_ffffn;
  if (bits !== 0n && !keepsAll && readAckPreserve >> bits !== 0n)
    report.tell(HEST.HEST_ACK_MASK, `${path}.readAckPreserve`, `has bits beyond the ${bits} of the register`);
  if (readAckWrite === 0n) report.tell(HEST.HEST_ACK_WRITES_NOTHING, `${path}.readAckWrite`, 'is 0');
}

/** Types of IA-32 by their kind. */
const X86 = ['machineCheck', 'correctedMachineCheck', 'nonMaskableInterrupt', 'deferredMachineCheck'];

function checkLinux(report: Report, sources: readonly Source[], sourceCount: number | undefined): void {
  const count = sourceCount ?? sources.length;
  const ids = new Map<number, number>();
  for (const [i, source] of sources.entries()) {
    const path = `sources[${i}]`;
    if (i >= count) {
      report.tell(LINUX_HEST.LINUX_HEST_IGNORED_SOURCES, path, `stands behind the ${count} that are counted`);
      return;
    }
    if (!isKnown(source)) {
      checkUnknown(report, path, source.data);
      return;
    }
    if (X86.includes(source.kind))
      report.tell(LINUX_HEST.LINUX_HEST_X86_SOURCE, path, `is a ${source.kind}, of IA-32`);
    if (!isGeneric(source)) continue;
    if (source.enabled === 0) {
      report.tell(LINUX_HEST.LINUX_GHES_DISABLED, `${path}.enabled`, 'is 0');
      continue;
    }
    const first = ids.get(source.sourceId);
    if (first === undefined) ids.set(source.sourceId, i);
    else
      report.tell(
        LINUX_HEST.LINUX_HEST_DUPLICATE_SOURCE_ID,
        `${path}.sourceId`,
        `${source.sourceId} is that of sources[${first}]: no error source at all will be used`,
      );
    checkProbe(report, path, source);
  }
  if (count > sources.length)
    report.tell(
      LINUX_HEST.LINUX_HEST_OVERFLOW,
      'sourceCount',
      `${count} sources are counted, ${sources.length} are there: no error source at all will be used`,
    );
}

/** A source that the union has no variant for: of an unknown type, or cut off. */
function checkUnknown(report: Report, path: string, data: Uint8Array): void {
  const type = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
  const consequence = 'no error source at all will be used';
  if (type > 11 || (type >= 3 && type <= 5))
    report.tell(LINUX_HEST.LINUX_HEST_UNKNOWN_SOURCE, path, `type ${type} is not known: ${consequence}`);
  else report.tell(LINUX_HEST.LINUX_HEST_OVERFLOW, path, `ends before it is whole: ${consequence}`);
}

/** As ghes_probe does, and in its order: what fails first is what the kernel prints. */
function checkProbe(report: Report, path: string, source: Generic): void {
  const { notification, errorStatusBlockLength } = source;
  const { type, pollInterval, vector } = notification;
  const member = `${path}.notification.type`;
  const id = source.sourceId;
  switch (type) {
    case NotificationType.Polled:
    case NotificationType.External:
    case NotificationType.Sci:
    case NotificationType.GpioSignal:
    case NotificationType.Gsiv:
    case NotificationType.Sea:
    case NotificationType.Sdei:
      break;
    case NotificationType.LocalInterrupt:
      report.tell(
        LINUX_HEST.LINUX_GHES_NOTIFICATION,
        member,
        `2 (local interrupt): "Generic hardware error source: ${id} notified via local interrupt is not supported!"`,
      );
      return;
    case NotificationType.Nmi:
      report.tell(
        LINUX_HEST.LINUX_GHES_NOTIFICATION,
        member,
        `4 (NMI): "Generic hardware error source: ${id} notified via NMI interrupt is not supported!"`,
      );
      return;
    default:
      report.tell(
        LINUX_HEST.LINUX_GHES_NOTIFICATION,
        member,
        `${type}: "Unknown notification type: ${type} for generic hardware error source: ${id}"`,
      );
      return;
  }
  if (errorStatusBlockLength < 20) {
    report.tell(
      LINUX_HEST.LINUX_GHES_BLOCK_LENGTH,
      `${path}.errorStatusBlockLength`,
      `${errorStatusBlockLength}: "Invalid error block length: ${errorStatusBlockLength} for generic hardware error source: ${id}"`,
    );
    return;
  }
  if (source.kind === 'ghesV2' && !checkLinuxRegister(report, `${path}.readAck`, source.readAck)) return;
  if (!checkLinuxRegister(report, `${path}.errorStatusAddress`, source.errorStatusAddress)) return;
  if (errorStatusBlockLength > 65536)
    report.tell(
      LINUX_HEST.LINUX_GHES_BLOCK_TOO_LONG,
      `${path}.errorStatusBlockLength`,
      `${errorStatusBlockLength}: longer blocks are refused ("Invalid error status block length!")`,
    );
  if (type === NotificationType.Polled && pollInterval === 0)
    report.tell(
      LINUX_HEST.LINUX_GHES_POLL_INTERVAL,
      `${path}.notification.pollInterval`,
      `"Poll interval is 0 for generic hardware error source: ${id}, disabled."`,
    );
  if (type === NotificationType.External)
    report.tell(
      LINUX_HEST.LINUX_GHES_EXTERNAL_INTERRUPT,
      member,
      `1 (external interrupt ${vector}) will fail with "Failed to map GSI to IRQ for generic hardware error source: ${id}"`,
    );
  if (type === NotificationType.Sea) {
    report.tell(
      LINUX_HEST.LINUX_GHES_CONSTANT_POINTER,
      `${path}.errorStatusAddress`,
      'is read once, when the kernel starts',
    );
    report.tell(LINUX_HEST.LINUX_GHES_SEA_USER_ONLY, member, '8 (SEA): for aborts that processes take');
  }
  if (type === NotificationType.Sci || type === NotificationType.GpioSignal || type === NotificationType.Gsiv)
    report.tell(LINUX_HEST.LINUX_GHES_ERROR_DEVICE, member, `${type}: needs a device with _HID PNP0C33`);
}
