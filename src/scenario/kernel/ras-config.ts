/**
 * A kernel's configuration, and what of it memory errors need: option by option, with what is lost without
 * it.
 */

/** A .config as make writes it. */
export class KernelConfig {
  readonly text: string;
  readonly #values: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.text = text;
    this.#values = new Map(
      [...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, option, value]) => [option!, value!.trim()]),
    );
  }

  /** 'y', 'm', a number, a quoted text; undefined: not set. @param option without CONFIG_ */
  get(option: string): string | undefined {
    const value = this.#values.get(option);
    return value === 'n' ? undefined : value;
  }
}

export interface RasOption {
  /** Without CONFIG_. */
  option: string;
  /** 'all': no case can pass without it; 'some': cases that are about it. */
  need: 'all' | 'some';
  /** A module does as well. */
  module?: true;
  /** It has no prompt of its own: it is there when these are. */
  follows?: readonly string[];
  /** What is lost without it. */
  why: string;
}

/** Option names and their dependencies as in Linux 6.1 to 7.3. */
export const RAS_OPTIONS: readonly RasOption[] = [
  { option: 'ARM64', need: 'all', why: 'the guest is an arm64 machine' },
  { option: 'EFI', need: 'all', why: 'ACPI tables are found through the EFI system table' },
  { option: 'ACPI', need: 'all', why: 'errors are told by ACPI tables (APEI)' },
  { option: 'PCI', need: 'all', why: 'without it Linux gives up ACPI on arm64, though the guest has no PCI' },
  { option: 'SERIAL_AMBA_PL011', need: 'all', why: 'the serial ports are PL011' },
  { option: 'SERIAL_AMBA_PL011_CONSOLE', need: 'all', why: "the kernel's log is read from its console" },
  { option: 'BLK_DEV_INITRD', need: 'all', why: 'the test program comes in an initial RAM disk' },
  { option: 'BINFMT_ELF', need: 'all', why: 'the test program is an ELF file' },
  { option: 'UNIX', need: 'all', why: 'the test program and its processes talk by local sockets' },
  { option: 'DEVTMPFS', need: 'all', why: 'the test program opens devices below /dev' },
  { option: 'PROC_FS', need: 'all', why: 'the test program reads /proc' },
  {
    option: 'PROC_PAGE_MONITOR',
    need: 'all',
    why: '/proc/self/pagemap says which physical page a process has: without it none can be chosen to be lost',
  },
  {
    option: 'MEMORY_FAILURE',
    need: 'all',
    why: 'a lost page is not taken away from its processes, and they are not told',
  },
  { option: 'ACPI_APEI', need: 'all', why: 'the table of error sources (HEST) is not read' },
  { option: 'ACPI_APEI_GHES', need: 'all', why: 'error records are not read, and not acknowledged' },
  {
    option: 'ACPI_APEI_SEA',
    need: 'all',
    follows: ['ACPI_APEI_GHES'],
    why: 'a synchronous external abort kills the process without a look at the record',
  },
  {
    option: 'ACPI_APEI_MEMORY_FAILURE',
    need: 'all',
    why: 'records of memory errors are printed, and the page is used on',
  },
  {
    option: 'ARM64_RAS_EXTN',
    need: 'some',
    why: 'every SError is a panic, also one that says that nothing was lost',
  },
  { option: 'UEFI_CPER_ARM', need: 'some', why: "records of Arm processors' errors are not decoded" },
  { option: 'RAS', need: 'some', why: 'there are no trace events of errors (ras:*)' },
  { option: 'EVENT_TRACING', need: 'some', why: 'trace events cannot be read' },
  { option: 'TMPFS', need: 'some', why: 'pages of tmpfs and shared memory' },
  { option: 'HUGETLBFS', need: 'some', why: 'huge pages (hugetlb)' },
  { option: 'TRANSPARENT_HUGEPAGE', need: 'some', why: 'transparent huge pages' },
  {
    option: 'MAGIC_SYSRQ',
    need: 'some',
    why: 'a panic on purpose, and the backtraces of a guest that hangs',
  },
  { option: 'DEBUG_FS', need: 'some', why: 'the files of EINJ and of hwpoison-inject' },
  { option: 'MODULES', need: 'some', why: 'modules that a scenario loads' },
  {
    option: 'HWPOISON_INJECT',
    need: 'some',
    module: true,
    why: "pages that the guest's kernel itself is told to take for lost, and unpoison",
  },
  { option: 'ACPI_APEI_EINJ', need: 'some', module: true, why: 'error injection by the guest (EINJ)' },
];

export interface MissingOption extends RasOption {
  /** A module where it must be built in; undefined: not set. */
  found: 'm' | undefined;
}

/** What is not as it must be. An option that follows a missing one is left out: it comes with it. */
export function missingOptions(config: KernelConfig): MissingOption[] {
  const missing = RAS_OPTIONS.flatMap((each): MissingOption[] => {
    const value = config.get(each.option);
    if (value === 'y' || (value === 'm' && each.module)) return [];
    return [{ ...each, found: value === 'm' ? 'm' : undefined }];
  });
  const names = new Set(missing.map(({ option }) => option));
  return missing.filter(({ follows = [] }) => !follows.some((each) => names.has(each)));
}

/** "CONFIG_ACPI_APEI_GHES is not set: error records are not read, and not acknowledged" */
export function missingWords({ option, found, why }: MissingOption): string {
  return `CONFIG_${option} is ${found === 'm' ? 'a module, where it must be built in' : 'not set'}: ${why}`;
}
