/** What Linux does not take of the sections of a block: drivers/firmware/efi/cper.c, ghes.c, cper-arm.c. */

import type { Entry } from './estatus.ts';
import { ALL_KERNELS, kinds } from './finding.ts';
import type { Report } from './report.ts';

export const LINUX_SECTION = kinds('linux', 'Linux drivers/firmware/efi/cper.c', {
  LINUX_SECTION_TOO_SHORT: {
    severity: 'error',
    meaning: 'A section is shorter than the kernel needs ("error section length is too small")',
    kernels: ALL_KERNELS,
  },
  LINUX_SECTION_UNKNOWN: {
    severity: 'note',
    meaning: 'The kernel has no words for the section, and prints its bytes ("section type: unknown")',
    kernels: ALL_KERNELS,
  },
  LINUX_ARM_SECTION_LENGTH: {
    severity: 'error',
    meaning:
      'The length in an Arm processor section is not what there is: it is not printed ("section length is too")',
    source: 'Linux drivers/firmware/efi/cper-arm.c',
    kernels: ALL_KERNELS,
  },
  LINUX_ARM_ERROR_LENGTH: {
    severity: 'error',
    meaning:
      'An error information structure of an Arm processor section reaches beyond it: the rest is ignored',
    source: 'Linux drivers/acpi/apei/ghes.c',
    kernels: ALL_KERNELS,
  },
  LINUX_ARM_ERROR_TYPE: {
    severity: 'note',
    meaning:
      'The type of an Arm error has bit 0, which is none in UEFI 2.9A and 2.10: a cache error is bit 1, and so on',
    source: 'Linux include/linux/cper.h',
    kernels: ALL_KERNELS,
  },
  LINUX_ARM_CONTEXT_PADDING: {
    severity: 'note',
    meaning:
      'The kernel looks for the next context right behind the registers of the one before, not behind its padding',
    source: 'Linux drivers/firmware/efi/cper-arm.c',
    kernels: ALL_KERNELS,
  },
  LINUX_CXL_EVENT_LENGTH: {
    severity: 'note',
    meaning:
      'The length in a CXL event is not that of one with an event log, and it is not handled ("CXL CPER Invalid section length")',
    source: 'Linux drivers/acpi/apei/ghes.c',
    kernels: '6.10 to 7.3',
  },
  LINUX_CXL_EVENT_INVALID: {
    severity: 'note',
    meaning: 'The validation bit of the event log is clear ("CXL CPER invalid event")',
    source: 'Linux drivers/acpi/apei/ghes.c',
    kernels: '6.10 to 7.3',
  },
  LINUX_CXL_PROTOCOL_INVALID: {
    severity: 'note',
    meaning: 'A CXL protocol error without agent address or an error log of 88 bytes is not handled',
    source: 'Linux drivers/acpi/apei/ghes.c',
    kernels: '6.15 to 7.3',
  },
});

/** GUIDs of section types by the kernel's names. */
export const SECTION_TYPE = {
  ProcessorGeneric: '9876ccad-47b4-4bdb-b65e-16f193c4f3db',
  ProcessorArm: 'e19e3d16-bc11-11e4-9caa-c2051d5d46b0',
  Memory: 'a5bc1114-6f64-4ede-b863-3e83ed7c83b1',
  Pcie: 'd995e954-bbc1-430f-ad91-b44dcb3c6f35',
  Firmware: '81212a96-09ed-4996-9471-8d729c8e69ed',
  CxlProtocol: '80b9efb4-52b5-4de3-a777-68784b771048',
  CxlGeneralMedia: 'fbcd0a77-c260-417f-85a9-088b1621eba6',
  CxlDram: '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624',
  CxlMemoryModule: 'fe927475-dd59-4339-a586-79bab113b774',
} as const;

/** Sections that the kernel prints, with the bytes that they must have. */
const SHORTEST: Readonly<Record<string, number>> = {
  [SECTION_TYPE.ProcessorGeneric]: 192,
  [SECTION_TYPE.ProcessorArm]: 40,
  [SECTION_TYPE.Memory]: 73,
  [SECTION_TYPE.Pcie]: 208,
  [SECTION_TYPE.Firmware]: 16,
  [SECTION_TYPE.CxlProtocol]: 116,
};

export const CXL_EVENTS: readonly string[] = [
  SECTION_TYPE.CxlGeneralMedia,
  SECTION_TYPE.CxlDram,
  SECTION_TYPE.CxlMemoryModule,
];

/** Bytes of struct cxl_cper_event_rec, and of its header. */
const CXL_EVENT = 144;
const CXL_EVENT_HEADER = 32;

export function checkLinuxSections(report: Report, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const path = `${entry.path}.section`;
    const { sectionType: type, start, length } = entry;
    const offset = { offset: start };
    const shortest = SHORTEST[type];
    if (shortest !== undefined && length < shortest)
      report.tell(
        LINUX_SECTION.LINUX_SECTION_TOO_SHORT,
        path,
        `has ${length} bytes, not ${shortest}`,
        offset,
      );
    else if (type === SECTION_TYPE.ProcessorArm) checkArm(report, path, entry);
    else if (CXL_EVENTS.includes(type)) checkCxlEvent(report, path, entry);
    else if (type === SECTION_TYPE.CxlProtocol) checkCxlProtocol(report, path, entry);
    else if (shortest === undefined)
      report.tell(LINUX_SECTION.LINUX_SECTION_UNKNOWN, path, `"section type: unknown, ${type}"`, offset);
  }
}

/** Error information structures of an Arm processor section, as ghes_handle_arm_hw_error goes through them. */
export function armErrors(view: DataView, { start, length }: Entry): { at: number; fits: boolean }[] {
  const errors: { at: number; fits: boolean }[] = [];
  let left = length - 40;
  let at = start + 40;
  for (let i = view.getUint16(start + 4, true); i > 0 && left >= 32; i--) {
    const own = view.getUint8(at + 1);
    left -= own;
    errors.push({ at, fits: left >= 0 });
    // One of length 0 would be looked at again and again: it stands for those that follow too.
    if (left < 0 || own === 0) break;
    at += own;
  }
  return errors;
}

function checkArm(report: Report, path: string, entry: Entry): void {
  const { view } = report;
  const { start, length } = entry;
  const said = view.getUint32(start + 8, true);
  const count = view.getUint16(start + 4, true);
  if (said > length || said < 40 + 32 * count)
    report.tell(
      LINUX_SECTION.LINUX_ARM_SECTION_LENGTH,
      `${path}.sectionLength`,
      `is ${said}, with ${count} error information structures in ${length} bytes`,
      { offset: start + 8 },
    );
  const errors = armErrors(view, entry);
  for (const [i, { at }] of errors.entries()) {
    const type = view.getUint8(at + 4);
    if ((type & 1) !== 0)
      report.tell(
        LINUX_SECTION.LINUX_ARM_ERROR_TYPE,
        `${path}.errorInformation[${i}].type`,
        `0x${type.toString(16)}: "with reserved bit(s)"`,
        { offset: at + 4 },
      );
  }
  checkArmContexts(report, path, entry);
  const bad = errors.findIndex(({ fits }) => !fits);
  if (bad >= 0 || errors.length < count)
    report.tell(
      LINUX_SECTION.LINUX_ARM_ERROR_LENGTH,
      path,
      `structure ${bad >= 0 ? bad : errors.length} of ${count} does not fit`,
      { offset: errors[bad]?.at ?? start },
    );
}

/** Contexts that the specification pads to 16 bytes; the last one may be, as nothing is looked for behind it. */
function checkArmContexts(report: Report, path: string, { start, length }: Entry): void {
  const { view } = report;
  const count = view.getUint16(start + 6, true);
  const end = start + length;
  let at = start + 40 + 32 * view.getUint16(start + 4, true);
  for (let i = 0; i + 1 < count && at + 8 <= end; i++) {
    const size = view.getUint32(at + 4, true);
    if (size % 16 !== 8) {
      report.tell(
        LINUX_SECTION.LINUX_ARM_CONTEXT_PADDING,
        `${path}.contextInformation[${i}].registerArraySize`,
        `is ${size}: context ${i + 1} is looked for ${-(size + 8) & 15} bytes too early`,
        { offset: at + 4 },
      );
      return;
    }
    at += 8 + size;
  }
}

function checkCxlEvent(report: Report, path: string, { start, length }: Entry): void {
  if (length < CXL_EVENT_HEADER) {
    report.tell(LINUX_SECTION.LINUX_SECTION_TOO_SHORT, path, `has ${length} bytes`, { offset: start });
    return;
  }
  const said = report.view.getUint32(start, true);
  if (said <= CXL_EVENT_HEADER || said > CXL_EVENT)
    report.tell(LINUX_SECTION.LINUX_CXL_EVENT_LENGTH, path, `is ${said}, not 33 to ${CXL_EVENT}`, {
      offset: start,
    });
  // CPER_CXL_COMP_EVENT_LOG_VALID
  else if ((report.view.getUint32(start + 4, true) & 4) === 0)
    report.tell(LINUX_SECTION.LINUX_CXL_EVENT_INVALID, path, 'bit 2 is clear', { offset: start + 4 });
}

function checkCxlProtocol(report: Report, path: string, { start }: Entry): void {
  const bits = report.view.getUint32(start, true);
  const logLength = report.view.getUint16(start + 110, true);
  const tell = (reason: string, at: number) =>
    report.tell(LINUX_SECTION.LINUX_CXL_PROTOCOL_INVALID, path, reason, { offset: start + at });
  if ((bits & 2) === 0) tell('"CXL CPER invalid agent type": bit 1 is clear', 0);
  else if ((bits & 64) === 0) tell('"CXL CPER invalid protocol error log": bit 6 is clear', 0);
  else if (logLength !== 88) tell(`"CXL CPER invalid RAS Cap size (${logLength})": it must be 88`, 110);
}
