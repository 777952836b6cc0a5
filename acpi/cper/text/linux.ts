/**
 * Where the kernel's log differs from one version of Linux to the next (drivers/firmware/efi/cper*.c, on arm64). 7.2
 * and 7.3 have the same words, which are those of the text form.
 */

export interface LinuxLog {
  /** Registers of Advanced Error Reporting: of every record, or of fatal ones alone and less of them. */
  readonly aer: 'always' | 'fatal';
  /** The CXL protocol error has words; else it is an unknown section. */
  readonly cxlProtocol: boolean;
  /** CXL component events are named, and told by trace events; else they are unknown sections. */
  readonly cxlEvents: boolean;
  /** Contexts of an Arm processor are known to be filled up to 16 bytes. */
  readonly contextPadding: boolean;
}

/** By series; the stable kernels of 6.1 and 6.12 have the newer words for Arm processor errors too. */
export const LINUX_LOGS = {
  '6.1': { aer: 'fatal', cxlProtocol: false, cxlEvents: false, contextPadding: false },
  '6.12': { aer: 'always', cxlProtocol: true, cxlEvents: true, contextPadding: false },
  '7.2': { aer: 'always', cxlProtocol: true, cxlEvents: true, contextPadding: true },
  '7.3': { aer: 'always', cxlProtocol: true, cxlEvents: true, contextPadding: true },
} as const satisfies Record<string, LinuxLog>;

/** A series of Linux whose log on arm64 is known word for word. */
export type LinuxSeries = keyof typeof LINUX_LOGS;
