/** The facts about a host as a table: what was found, and what follows from it or is to be done. */

import { sizeText } from '../../core/quantity.ts';
import { knownBugs } from '../../machine/host-bugs.ts';
import type { HostFacts, KvmFacts } from '../../machine/host-facts.ts';

export interface HostRow {
  what: string;
  found: string;
  /** false: something cannot be done without it. */
  ok: boolean;
  consequence: string;
}

export function hostRows(facts: HostFacts): HostRow[] {
  return [kernel(facts), ...bugs(facts), ...kvm(facts), ...failures(facts), ...means(facts), ...pages(facts)];
}

type Choice = [found: string, consequence: string];

function row(what: string, ok: boolean, good: Choice, bad: Choice): HostRow {
  const [found, consequence] = ok ? good : bad;
  return { what, found, ok, consequence };
}

function kernel({ arch, kernel: release }: HostFacts): HostRow {
  const found = `${release}, ${arch}`;
  return row(
    'kernel',
    arch === 'arm64',
    [found, 'can run arm64 guests, if it has KVM'],
    [found, 'runs no arm64 guests: take an arm64 host, or the lab (rasvm doctor --lab always looks there)'],
  );
}

function bugs(facts: HostFacts): HostRow[] {
  return knownBugs(facts).map(({ what, remedy }) => ({
    what: 'known bug of the kernel',
    found: facts.kernel,
    ok: false,
    consequence: `${what}: ${remedy}`,
  }));
}

function kvm({ kvm: facts }: HostFacts): HostRow[] {
  if ('error' in facts)
    return [
      { what: 'KVM', found: 'no', ok: false, consequence: facts.error.message },
      ...capabilities(undefined),
      pmu(undefined),
    ];
  const { lacks, maxVcpus, ipaBits } = facts;
  const good = `at most ${maxVcpus} vCPUs, addresses of ${ipaBits} bits; virtual GICv3 with ITS`;
  return [
    row('KVM', lacks.length === 0, ['yes', good], ['not enough', lacks.join('; ')]),
    ...capabilities(facts),
    pmu(facts),
  ];
}

function pmu(facts: KvmFacts | undefined): HostRow {
  const what = 'KVM_CAP_ARM_PMU_V3';
  if (facts === undefined) return { what, found: 'unknown', ok: false, consequence: 'needs KVM to be asked' };
  return facts.pmu
    ? { what, found: 'yes', ok: true, consequence: 'guests have a PMU' }
    : { what, found: 'no', ok: true, consequence: 'guests have no PMU; memory errors need none' };
}

/** What each is for, and what is done without it. */
const CAPABILITIES: readonly {
  what: string;
  has: (facts: KvmFacts) => boolean;
  with: string;
  without: string;
}[] = [
  {
    what: 'KVM_CAP_ARM_INJECT_EXT_DABT',
    has: ({ capabilities: { injectsDataAbort } }) => injectsDataAbort,
    with: 'KVM makes the exception entry of an SEA, with the address that faulted',
    without: 'rasvm makes it, and data aborts have no address: Linux 5.5 has it',
  },
  {
    what: 'KVM_CAP_VCPU_EVENTS',
    has: ({ capabilities: { serror } }) => serror,
    with: 'SErrors can be made pending: notify=serror, --no-acpi-policy serror',
    without: 'no SErrors, SEAs in their place: take a newer kernel',
  },
  {
    what: 'KVM_CAP_ARM_INJECT_SERROR_ESR',
    has: ({ capabilities: { serrorSyndrome } }) => serrorSyndrome,
    with: "SErrors have a syndrome: the host's CPU has the RAS extension",
    without: "SErrors have no syndrome of rasvm's: needs a CPU with the RAS extension (Armv8.2)",
  },
  {
    what: 'KVM_CAP_ARM_SEA_TO_USER',
    has: ({ capabilities: { seaToUser } }) => seaToUser,
    with: 'an abort that no firmware of the host claims comes to rasvm, and is told as a late error',
    without:
      'an abort that no firmware of the host claims is an SError for the guest, which panics: Linux 6.19 has it',
  },
  {
    what: 'SMCCC filter',
    has: ({ smcccFilter }) => smcccFilter,
    with: 'firmware calls of the guest could come to rasvm; nothing uses it yet',
    without: 'firmware calls of the guest stay with KVM; nothing needs them yet. Linux 6.4 has it',
  },
];

function capabilities(facts: KvmFacts | undefined): HostRow[] {
  return CAPABILITIES.map(({ what, has, with: good, without }) =>
    facts === undefined
      ? { what, found: 'unknown', ok: false, consequence: 'needs KVM to be asked' }
      : row(what, has(facts), ['yes', good], ['no', without]),
  );
}

function failures({ memoryFailure, settings, earlySignals, scan }: HostFacts): HostRow[] {
  const rows = [
    row(
      'memory_failure',
      memoryFailure,
      ['yes', 'the kernel takes lost pages away, and signals who has them'],
      ['no', 'nobody is told of lost memory: take a kernel with CONFIG_MEMORY_FAILURE'],
    ),
    row(
      'PR_MCE_KILL',
      earlySignals === undefined,
      ['yes', "early signals (BUS_MCEERR_AO) come to a thread of rasvm's"],
      [earlySignals ?? '', 'no early signals, so no early reports'],
    ),
    row(
      'page map, for lost pages',
      scan === undefined,
      ['yes', 'pages whose signal the kernel dropped are found, and told'],
      [
        scan ?? '',
        'pages whose signal the kernel dropped are told when they are touched: needs /proc/self/pagemap',
      ],
    ),
  ];
  if (settings === undefined) return rows;
  const { earlyKill, recovery } = settings;
  return [
    ...rows,
    {
      what: 'vm.memory_failure_early_kill',
      found: earlyKill ? '1' : '0',
      ok: true,
      consequence: earlyKill
        ? 'other processes are told early too; rasvm says for itself what it wants'
        : 'makes no difference to rasvm, which says for itself what it wants',
    },
    row(
      'vm.memory_failure_recovery',
      recovery,
      ['1', 'the host survives the loss of a page'],
      ['0', 'the HOST panics at the first lost page: sysctl vm.memory_failure_recovery=1'],
    ),
  ];
}

/** How errors can be made (rasvm inject). */
function means({ sysAdmin, memoryFailure, uffdPoison, hwpoisonInject, frames }: HostFacts): HostRow[] {
  return [
    row(
      'CAP_SYS_ADMIN',
      sysAdmin,
      ['yes', 'pages can be lost for real'],
      ['no', 'pages cannot be lost for real (madvise, hwpoison): run as root, outside of user namespaces'],
    ),
    row(
      'inject --via uffd',
      uffdPoison === undefined,
      ['yes', 'UFFDIO_POISON: errors without a page of the host lost'],
      [
        uffdPoison ?? '',
        uffdPoison === 'EPERM' || uffdPoison === 'EACCES'
          ? 'userfaultfd is not allowed here: run as root, or let the container have it'
          : 'needs UFFDIO_POISON, Linux 6.6: take madvise, as root',
      ],
    ),
    row(
      'inject --via madvise',
      sysAdmin && memoryFailure,
      ['yes', 'MADV_HWPOISON: each page is lost to the host until it boots, or unpoisons it'],
      ['no', `needs ${memoryFailure ? 'CAP_SYS_ADMIN' : 'CONFIG_MEMORY_FAILURE'}: take uffd`],
    ),
    row(
      'inject --via hwpoison',
      hwpoisonInject === undefined && frames,
      ['yes', 'hwpoison-inject: as by hardware, with the early signal'],
      [hwpoisonInject ?? 'no frames', hwpoisonWords(hwpoisonInject)],
    ),
  ];
}

function hwpoisonWords(lack: string | undefined): string {
  if (lack === 'ENOENT') return 'needs: modprobe hwpoison-inject, and debugfs mounted at /sys/kernel/debug';
  if (lack === undefined) return 'page frames are not visible: needs CAP_SYS_ADMIN';
  return '/sys/kernel/debug/hwpoison is not to be written to: needs root';
}

function pages({ hugePages, transparentHugePages }: HostFacts): HostRow[] {
  const rows = hugePages.map(({ size, total, free }) =>
    row(
      `huge pages of ${sizeText(size)}`,
      free > 0,
      [`${free} of ${total} free`, 'a lost one takes all of it from the guest'],
      [`${free} of ${total} free`, `none for --hugepages: set them aside in ${hugePagesFile(size)}`],
    ),
  );
  const thp: HostRow = {
    what: 'transparent huge pages',
    found: transparentHugePages ?? 'none',
    ok: true,
    consequence: 'the host splits one that fails, so that 4K are lost',
  };
  return [...rows, thp];
}

function hugePagesFile(size: number): string {
  return `/sys/kernel/mm/hugepages/hugepages-${size / 1024}kB/nr_hugepages`;
}
