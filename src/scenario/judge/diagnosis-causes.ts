/**
 * What keeps a guest kernel as a whole from handling memory errors: how it is seen, and what to do. The first
 * entry that fits is the cause, so what explains more stands before what explains less.
 */

import { missingOptions, missingWords } from '../kernel/ras-config.ts';
import type { Facts } from './diagnosis-facts.ts';

export interface CauseRule {
  /** Reports and tests call it so. */
  code: string;
  /** Where it is written. */
  reference: string;
  /** A sentence or two that end with what to do; undefined: it is not this. */
  says(facts: Facts): string | undefined;
}

/** Options without which no guest gets so far that it says a word, or answers. */
const BOOT_OPTIONS = [
  'ARM64',
  'EFI',
  'ACPI',
  'PCI',
  'SERIAL_AMBA_PL011',
  'SERIAL_AMBA_PL011_CONSOLE',
  'BLK_DEV_INITRD',
  'BINFMT_ELF',
  'DEVTMPFS',
];

export const CAUSES: readonly CauseRule[] = [
  {
    code: 'not-told',
    reference: 'docs/reference/test-matrix.md',
    says: ({ records, recordsRequested }) =>
      when(
        recordsRequested && !records,
        "The variant's machine has `ras` or `acpi` off, so rasvm tells its guest nothing; leave such cases out by `exclude`.",
      ),
  },
  {
    code: 'acpi-off',
    reference: 'Linux arch/arm64/kernel/acpi.c parse_acpi',
    says: ({ words, recordsRequested }) =>
      when(
        recordsRequested && words.includes('acpi=off'),
        "The kernel's command line has acpi=off, and without ACPI it finds neither its devices nor its error sources; take it away.",
      ),
  },
  {
    code: 'boot-options',
    reference: 'src/scenario/kernel/ras-config.ts',
    says: ({ up, config }) => {
      const missing = !up && config ? missingOptions(config) : [];
      const words = missing.filter(({ option }) => BOOT_OPTIONS.includes(option)).map(missingWords);
      return when(words.length > 0, `${words.join('; ')}. Set it and build the kernel anew.`);
    },
  },
  {
    code: 'acpi-gave-up',
    reference:
      'Linux drivers/acpi/bus.c acpi_bus_init, drivers/acpi/acpica/evhandler.c acpi_ev_install_space_handler',
    says: ({ up, log }) =>
      when(
        !up && has(log, /ACPI: Unable to (load the System Description Tables|start the ACPI Interpreter)/),
        "The kernel gave up ACPI as it booted, and finds no device without it; set CONFIG_PCI, or look at the line before it in the guest's log.",
      ),
  },
  {
    code: 'no-initrd',
    reference: 'Linux init/do_mounts.c mount_root_generic',
    says: ({ up, log }) =>
      when(
        !up && has(log, /VFS: (Cannot open root device|Unable to mount root fs)/),
        'The kernel did not take the initial RAM disk, in which the test program is; set CONFIG_BLK_DEV_INITRD.',
      ),
  },
  {
    code: 'no-init',
    reference: 'Linux init/main.c kernel_init',
    says: ({ up, log }) =>
      when(
        !up && has(log, /No working init found|Failed to execute \/init|Requested init .* failed/),
        'The kernel could not run the test program, a static ELF file for arm64; set CONFIG_BINFMT_ELF, and see that no init= or rdinit= names another.',
      ),
  },
  {
    code: 'boot-panic',
    reference: 'Linux kernel/panic.c panic',
    says: ({ up, log }) => {
      const words = log.find((line) => /^Kernel panic/.test(line));
      return up || words === undefined
        ? undefined
        : `The kernel came up no further than a panic: ${sentence(words)} The lines before it in the guest's log say why.`;
    },
  },
  {
    code: 'silent-boot',
    reference: 'Linux arch/arm64/kernel/acpi.c acpi_boot_table_init, acpi_parse_spcr',
    says: ({ up, log, faults }) =>
      when(
        !up && log.length === 0 && isAbout(faults, /user space/),
        'The kernel printed nothing at all. Look whether it has CONFIG_EFI, CONFIG_ACPI and CONFIG_SERIAL_AMBA_PL011_CONSOLE, and ' +
          'see its first lines by --append earlycon=pl011,0x9000000.',
      ),
  },
  {
    code: 'no-agent',
    reference: 'docs/agent.md',
    says: ({ up, log, faults }) =>
      when(
        !up && log.length > 0 && isAbout(faults, /user space/),
        'The kernel printed, but the test program did not answer on the second serial port (ttyAMA1). Look whether the kernel came ' +
          'to the end of its boot (--append loglevel=7), and has CONFIG_SERIAL_AMBA_PL011 and CONFIG_DEVTMPFS.',
      ),
  },
  {
    code: 'no-sockets',
    reference: 'Linux net/socket.c __sys_socketpair',
    says: ({ faults }) =>
      when(
        isAbout(faults, /Address family not supported|'alloc .* failed: alloc: Function not implemented/),
        'The kernel has no local sockets, by which the test program and its victims talk; set CONFIG_NET and CONFIG_UNIX.',
      ),
  },
  {
    code: 'no-pagemap',
    reference: 'Linux fs/proc/base.c tgid_base_stuff',
    says: ({ config, faults }) =>
      when(
        lacks(config, 'PROC_PAGE_MONITOR') && isAbout(faults, /'(alloc|where) .* failed/),
        'CONFIG_PROC_PAGE_MONITOR is not set: the test program cannot find out which physical page a process has; set it.',
      ),
  },
  {
    code: 'no-trace-events',
    reference: 'Linux drivers/ras/Kconfig RAS, include/ras/ras_event.h',
    says: ({ faults }) =>
      when(
        isAbout(faults, /'trace on .*' failed/),
        'The kernel does not have the trace event that is asked for; set CONFIG_RAS and CONFIG_EVENT_TRACING (by CONFIG_FTRACE).',
      ),
  },
  {
    code: 'no-page-kind',
    reference: 'docs/agent.md',
    says: ({ config, faults }) => {
      const kind = faults.flatMap((fault) => /'alloc \S+ ([\w-]+) .* failed/.exec(fault)?.[1] ?? [])[0];
      const option = kind === undefined ? undefined : PAGE_OPTIONS[kind];
      return kind !== undefined && option !== undefined && lacks(config, option)
        ? `CONFIG_${option} is not set, so there are no pages of the kind ${kind}; set it, or leave such cases out by \`when: { config: CONFIG_${option} }\`.`
        : undefined;
    },
  },
  {
    code: 'hest-disabled',
    reference: 'Linux drivers/acpi/apei/hest.c setup_hest_disable',
    says: ({ words, recordsRequested }) =>
      when(
        recordsRequested && words.some((word) => word.startsWith('hest_disable')),
        "The kernel's command line has hest_disable, so it does not read the table of error sources (HEST); take it away.",
      ),
  },
  {
    code: 'ghes-disabled',
    reference: 'Linux drivers/acpi/apei/ghes.c module_param_named(disable)',
    says: ({ words, recordsRequested }) =>
      when(
        recordsRequested && words.some((word) => /^ghes\.disable(=(1|y|Y|on|true))?$/.test(word)),
        "The kernel's command line has ghes.disable, so it does not look at error records; take it away.",
      ),
  },
  {
    code: 'recovery-off',
    reference: 'Linux mm/memory-failure.c memory_failure: panic',
    says: ({ guest, words, own, log }) =>
      when(
        guest.recovery === '0' ||
          last(words, 'sysctl.vm.memory_failure_recovery') === '0' ||
          (has(log, /^Kernel panic - not syncing: Memory failure on page/) &&
            last(own, 'sysctl.vm.memory_failure_recovery') === undefined),
        'vm.memory_failure_recovery is 0, so the kernel panics where it would take a lost page away; set it to 1.',
      ),
  },
  {
    code: 'early-kill',
    reference: 'Linux Documentation/admin-guide/sysctl/vm.rst: memory_failure_early_kill',
    says: ({ guest, words, faults }) =>
      when(
        (guest.earlyKill === '1' || last(words, 'sysctl.vm.memory_failure_early_kill') === '1') &&
          isAbout(faults, /no signal came/),
        'vm.memory_failure_early_kill is 1, so processes are told early that did not ask for it; set it to 0.',
      ),
  },
  {
    code: 'soft-offline-off',
    reference: 'Linux mm/memory-failure.c soft_offline_page: sysctl_enable_soft_offline',
    says: ({ guest, words, events }) =>
      when(
        (guest.softOffline === '0' || last(words, 'sysctl.vm.enable_soft_offline') === '0') &&
          events.some(({ kind, severity }) => kind === 'recorded' && severity === 'corrected'),
        'vm.enable_soft_offline is 0, so the kernel keeps pages whose corrected errors reached their threshold; set it to 1.',
      ),
  },
  {
    code: 'no-memory-failure',
    reference: 'Linux mm/Kconfig MEMORY_FAILURE, mm/memory-failure.c',
    says: ({ config, guest, recordsRequested }) =>
      when(
        recordsRequested && isUnset(config, 'MEMORY_FAILURE', guest.recovery === null),
        'CONFIG_MEMORY_FAILURE is not set, so the kernel takes no lost page away and tells no process; set it, and CONFIG_ACPI_APEI_MEMORY_FAILURE.',
      ),
  },
  {
    code: 'no-apei',
    reference: 'Linux drivers/acpi/apei/Kconfig ACPI_APEI',
    says: ({ config, recordsRequested }) =>
      when(
        recordsRequested && lacks(config, 'ACPI_APEI'),
        'CONFIG_ACPI_APEI is not set, so the kernel does not read the table of error sources (HEST); set it, CONFIG_ACPI_APEI_GHES and CONFIG_ACPI_APEI_MEMORY_FAILURE.',
      ),
  },
  {
    code: 'no-ghes',
    reference: 'Linux drivers/acpi/apei/Kconfig ACPI_APEI_GHES',
    says: ({ config, recordsRequested }) =>
      when(
        recordsRequested && lacks(config, 'ACPI_APEI_GHES'),
        'CONFIG_ACPI_APEI_GHES is not set, so the kernel neither reads nor acknowledges error records; set it.',
      ),
  },
  {
    code: 'no-hest',
    reference: 'Linux drivers/acpi/sysfs.c acpi_tables_sysfs_init',
    says: ({ guest, records }) =>
      when(
        records && guest.hest === null,
        'The kernel has no HEST in /sys/firmware/acpi/tables, though rasvm gave it one: it does not run by ACPI. Look in its log for what keeps ACPI off.',
      ),
  },
  {
    code: 'hest-refused',
    reference: 'Linux drivers/acpi/apei/hest.c apei_hest_parse',
    says: ({ log, records }) => {
      const words = records
        ? log.find((line) => /HEST: (Unknown|Table contents|Duplicated|Failed)/.test(line))
        : undefined;
      return (
        words &&
        `The kernel refused the whole table of error sources: ${sentence(words)} Look at drivers/acpi/apei/hest.c.`
      );
    },
  },
  {
    code: 'no-driver',
    reference: 'Linux drivers/acpi/apei/ghes.c acpi_ghes_init',
    says: ({ guest, records }) =>
      when(
        records && guest.ghes === null,
        'The kernel has no GHES driver at work, so it does not look at error records; set CONFIG_ACPI_APEI and CONFIG_ACPI_APEI_GHES, and look in its log for HEST: and GHES: lines.',
      ),
  },
  {
    code: 'no-sea',
    reference: 'Linux drivers/acpi/apei/Kconfig ACPI_APEI_SEA, ghes.c ghes_probe',
    says: ({ config, guest, log, events }) =>
      when(
        notified(events, 'SEA') &&
          isUnset(
            config,
            'ACPI_APEI_SEA',
            has(log, /notified via SEA is not supported/) || guest.seaSource === null,
          ),
        'The kernel does not take the error source that is notified by SEA, so an abort kills the process without a look at the record; CONFIG_ACPI_APEI_SEA must be set.',
      ),
  },
  {
    code: 'source-refused',
    reference: 'Linux drivers/acpi/apei/ghes.c ghes_probe',
    says: ({ log, records }) => {
      const words = records ? log.find((line) => REFUSED_SOURCE.test(line)) : undefined;
      return (
        words &&
        `The kernel refused an error source: ${sentence(words)} Look at ghes_probe in drivers/acpi/apei/ghes.c.`
      );
    },
  },
  {
    code: 'quiet',
    reference: 'Linux Documentation/admin-guide/kernel-parameters.txt: quiet, loglevel',
    says: ({ words, log, faults }) =>
      when(
        isQuiet(words) && isUnprinted(faults) && !has(log, /Hardware Error/),
        "The kernel's command line makes it print too little (quiet, or a loglevel below 5), and its log is part of what is judged; take that away.",
      ),
  },
  {
    code: 'no-console',
    reference: 'Linux drivers/tty/serial/amba-pl011.c amba_console',
    says: ({ up, log, events, faults }) =>
      when(
        up && log.length === 0 && isUnprinted(faults) && events.some(({ kind }) => kind === 'acknowledged'),
        'The kernel read a record and printed nothing at all on its console, which is part of what is judged; set ' +
          'CONFIG_SERIAL_AMBA_PL011_CONSOLE, and let no console= name another.',
      ),
  },
  {
    code: 'no-apei-memory-failure',
    reference: 'Linux drivers/acpi/apei/ghes.c ghes_do_memory_failure',
    says: ({ config, guest, log, events, faults }) =>
      when(
        events.some(({ kind }) => kind === 'acknowledged') &&
          isAbout(faults, /recovered|recovery|HardwareCorrupted|BUS_MCEERR|signal came/i) &&
          isUnset(
            config,
            'ACPI_APEI_MEMORY_FAILURE',
            typeof guest.recovery === 'string' &&
              isRecoverable(log, events) &&
              !has(log, /^Memory failure: 0x/),
          ),
        'The kernel read the record and did nothing with the page, as one does without CONFIG_ACPI_APEI_MEMORY_FAILURE; set it.',
      ),
  },
  {
    code: 'record-not-acknowledged',
    reference: 'Linux drivers/acpi/apei/ghes.c ghes_ack_error',
    says: ({ events }) =>
      when(
        events.some(({ kind, consumed }) => kind === 'unacknowledged' && consumed === true),
        'The kernel read a record and never wrote read_ack, so the next one had to wait for the limit; look at ghes_ack_error (GHESv2).',
      ),
  },
  {
    code: 'sea-not-looked-up',
    reference: 'Linux arch/arm64/mm/fault.c do_sea, drivers/acpi/apei/ghes.c ghes_notify_sea',
    says: ({ events }) =>
      when(
        events.some(
          (event) => isIgnored(events, event) && event.notification === 'SEA' && event.exceptionLevel === 0,
        ),
        'The kernel took the abort and never looked at the record that stood there for it; look at do_sea and apei_claim_sea.',
      ),
  },
  {
    code: 'event-not-looked-up',
    reference: 'Linux drivers/acpi/evged.c, drivers/acpi/hed.c, drivers/acpi/apei/ghes.c ghes_notify_hed',
    says: ({ events }) =>
      when(
        events.some((event) => isIgnored(events, event) && event.notification === 'GSIV'),
        'The kernel was interrupted and never looked at the record that stood there; look at its generic event device (evged.c) and hardware error device (hed.c), and whether CONFIG_ACPI_HED is set.',
      ),
  },
];

/** By the option that gives it: what not every kernel has. */
const PAGE_OPTIONS: Readonly<Record<string, string>> = {
  hugetlb: 'HUGETLBFS',
  huge: 'TRANSPARENT_HUGEPAGE',
  tmpfs: 'TMPFS',
  shared: 'SHMEM',
};

const REFUSED_SOURCE =
  /GHES: (Unknown notification type|Invalid error block length|Poll interval is 0|Failed to (?!enable APEI)|.* via (?!SEA ).* is not supported)/;

type Config = Facts['config'];

function when(so: boolean, text: string): string | undefined {
  return so ? text : undefined;
}

function lacks(config: Config, option: string): boolean {
  return config !== undefined && config.get(option) !== 'y';
}

/** By the configuration, or where that is not known by what the guest does. */
function isUnset(config: Config, option: string, seems: boolean): boolean {
  return config === undefined ? seems : lacks(config, option);
}

function has(log: readonly string[], pattern: RegExp): boolean {
  return log.some((line) => pattern.test(line));
}

const isAbout = has;

/** It is about lines of the guest's kernel that did not come. */
function isUnprinted(faults: readonly string[]): boolean {
  return isAbout(faults, /printed the record|log has|recovered/);
}

/** The value that counts of a word `NAME=VALUE`. */
function last(words: readonly string[], name: string): string | undefined {
  return words.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** What the runner itself asks for is loglevel=5. */
function isQuiet(words: readonly string[]): boolean {
  return words.includes('quiet') || Number(last(words, 'loglevel') ?? 5) < 5;
}

function notified(events: Facts['events'], notification: string): boolean {
  return events.some((event) => event.kind === 'notified' && event.notification === notification);
}

/** A record told of it that the kernel must act upon. */
function isRecoverable(log: readonly string[], events: Facts['events']): boolean {
  return (
    has(log, /event severity: recoverable/) ||
    events.some(({ kind, severity }) => kind === 'recorded' && severity === 'recoverable')
  );
}

/** The guest was notified of a record, and left it as it was. */
function isIgnored(events: Facts['events'], { kind, id, seq }: Facts['events'][number]): boolean {
  return (
    kind === 'notified' &&
    events.some((event) => event.kind === 'recorded' && event.id === id) &&
    !events.some((event) => event.kind === 'acknowledged' && event.id === id && event.seq > seq)
  );
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
