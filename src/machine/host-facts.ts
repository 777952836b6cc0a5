/** What of this host matters to a guest that memory errors come to: looked at, nothing is lost or changed. */

import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type ErrorCode, RasvmError } from '../core/errors.ts';
import {
  hasMemoryFailure,
  type MemoryFailureSettings,
  memoryFailureSettings,
} from '../host/memory-failure.ts';
import { CAP, SMCCC_FILTER } from '../kvm/abi.ts';
import { openKvm, type RasCapabilities, rasCapabilities } from '../kvm/host.ts';
import { createBareVm, ipaLimit, kvmLacks } from '../kvm/requirements.ts';
import { CORRUPT_PFN } from '../memory/hwpoison.ts';
import type { Addon, Kvm, NativeError, Vm } from '../native/binding.ts';
import { loadAddon } from '../native/load.ts';

export interface KvmFacts {
  capabilities: RasCapabilities;
  maxVcpus: number;
  /** What it lacks for any guest, a sentence each. */
  lacks: readonly string[];
  /** Bits that a guest's physical addresses may have. */
  ipaBits: number;
  /** The VMM can take a guest's firmware calls (SDEI): Linux 6.4. */
  smcccFilter: boolean;
  /** Guests have a PMU. */
  pmu: boolean;
}

/** Why something cannot be had: an errno's name, or a sentence. undefined: it can be had. */
type Lack = string | undefined;

export interface HostFacts {
  arch: string;
  /** uname -r */
  kernel: string;
  kvm: KvmFacts | { error: { code: ErrorCode; message: string } };
  memoryFailure: boolean;
  settings: MemoryFailureSettings | undefined;
  /** PR_MCE_KILL and the thread that early signals come to. */
  earlySignals: Lack;
  /** CAP_SYS_ADMIN in the host's own user namespace. */
  sysAdmin: boolean;
  /** Lost pages that no signal named are found in the page map. */
  scan: Lack;
  /** The page map shows frame numbers. */
  frames: boolean;
  /** UFFDIO_POISON. */
  uffdPoison: Lack;
  /** hwpoison-inject's file. */
  hwpoisonInject: Lack;
  hugePages: readonly { size: number; total: number; free: number }[];
  /** Of /sys/kernel/mm/transparent_hugepage/enabled the word that holds. */
  transparentHugePages: string | undefined;
}

/** It takes some ms, a VM without vCPUs and a page of memory of its own. */
export async function hostFacts(): Promise<HostFacts> {
  let addon: Addon | undefined;
  let missing: Lack;
  try {
    addon = loadAddon();
  } catch (error) {
    missing = (error as Error).message;
  }
  return {
    arch: process.arch,
    kernel: release(),
    kvm: kvmFacts(addon, missing),
    memoryFailure: hasMemoryFailure(),
    settings: memoryFailureSettings(),
    earlySignals: addon ? lackOf(() => listenOnce(addon)) : missing,
    sysAdmin: hasSysAdmin(),
    ...(await pageFacts(addon, missing)),
    hwpoisonInject: lackOf(() => accessSync(CORRUPT_PFN, constants.W_OK)),
    hugePages: hugePages(),
    transparentHugePages: /\[(\w+)\]/.exec(textOf('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1],
  };
}

function lackOf(attempt: () => void): Lack {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function kvmFacts(addon: Addon | undefined, missing: Lack): HostFacts['kvm'] {
  let kvm: Kvm;
  try {
    if (addon === undefined) throw new RasvmError('FILE', missing!);
    kvm = openKvm(addon);
  } catch (error) {
    if (!(error instanceof RasvmError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
  try {
    return {
      capabilities: rasCapabilities(kvm),
      maxVcpus: kvm.checkExtension(CAP.MAX_VCPUS),
      ipaBits: ipaLimit(kvm),
      pmu: kvm.checkExtension(CAP.ARM_PMU_V3) > 0,
      ...vmFacts(addon, kvm),
    };
  } finally {
    kvm.close();
  }
}

function vmFacts(addon: Addon, kvm: Kvm): Pick<KvmFacts, 'lacks' | 'smcccFilter'> {
  const queue = new addon.EventQueue(() => {});
  let vm: Vm | undefined;
  try {
    vm = createBareVm(kvm, queue);
    const smcccFilter = vm.hasAttr(SMCCC_FILTER.GROUP, SMCCC_FILTER.FILTER);
    return { smcccFilter, lacks: kvmLacks(kvm, vm) };
  } finally {
    vm?.close();
    queue.close();
  }
}

/** Asks for early signals, for a moment. */
function listenOnce(addon: Addon): void {
  const queue = new addon.EventQueue(() => {});
  try {
    addon.startSigbus(queue, true).close();
  } finally {
    queue.close();
  }
}

/** Poisons a page of its own by userfaultfd, of which the host loses none, and looks for it as a machine does. */
async function pageFacts(
  addon: Addon | undefined,
  missing: Lack,
): Promise<Pick<HostFacts, 'scan' | 'frames' | 'uffdPoison'>> {
  if (addon === undefined) return { scan: missing, frames: false, uffdPoison: missing };
  const size = 0x20_0000;
  const memory = new addon.GuestMemory({ size, backing: 'memfd', hugePageSize: 0 });
  const page = memory.pageSize;
  try {
    memory.write(0, new Uint8Array(page).fill(1));
    const frames = memory.hostFrame(0) !== 0n;
    const uffdPoison = await memory.poison(page, page, 'uffd').then(
      () => undefined,
      (error: NativeError) => error.code ?? String(error),
    );
    let found: readonly number[] = [];
    const unread = lackOf(() => {
      found = memory.findPoison(0, size);
    });
    const unseen =
      uffdPoison === undefined && !found.includes(page) ? 'a poisoned page is not found' : undefined;
    return { scan: unread ?? unseen, frames, uffdPoison };
  } finally {
    memory.close();
  }
}

/** include/uapi/linux/capability.h. In another user namespace than the first it does not count here. */
function hasSysAdmin(): boolean {
  const CAP_SYS_ADMIN = 21n;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(textOf('/proc/self/status') ?? '')?.[1] ?? '0';
  const isFirst = /^\s*0\s+0\s+4294967295\s*$/.test(textOf('/proc/self/uid_map') ?? '');
  return isFirst && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

const HUGE_PAGES = '/sys/kernel/mm/hugepages';

function hugePages(): HostFacts['hugePages'] {
  let names: string[];
  try {
    names = readdirSync(HUGE_PAGES);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const kib = /^hugepages-(\d+)kB$/.exec(name)?.[1];
      const count = (file: string) => Number(textOf(`${HUGE_PAGES}/${name}/${file}`) ?? 0);
      return kib === undefined
        ? []
        : [{ size: Number(kib) * 1024, total: count('nr_hugepages'), free: count('free_hugepages') }];
    })
    .sort((a, b) => a.size - b.size);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
