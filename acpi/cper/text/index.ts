/** Error records as a person reads them, in the words of the kernel's log where it has words. */

export { errorStatusBlockText } from './block.ts';
export type { TextOptions } from './lines.ts';
export { LINUX_LOGS, type LinuxLog, type LinuxSeries } from './linux.ts';
export { cperRecordText } from './record.ts';
export { sectionText } from './section.ts';
