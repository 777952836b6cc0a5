/**
 * The native addon's interface: KVM, guest memory, SIGBUS and the register bus. This file is the whole
 * contract between TypeScript and C++; native/ holds no policy beyond it.
 *
 * Guest physical addresses (GPA), host virtual addresses (HVA) and sizes are `number` (an IPA has at most
 * 52 bits); register contents and record fields are `bigint`. Every failed system call throws a
 * {@link NativeError}.
 */

/** What a failed system call throws: `code` is the errno's name, `errno` is positive, `syscall` its name. */
export interface NativeError extends Error {
  readonly code: string;
  readonly errno: number;
  /** For an ioctl its request's name, e.g. `KVM_CREATE_VM`. */
  readonly syscall: string;
  /**
   * GuestMemory only: where the call stopped. Of a copy, with code `EHWPOISON` or `ENOMEM`, the first page
   * that could not be copied; of {@link GuestMemory.poison}, with `length`, the first byte that is not lost.
   */
  readonly offset?: number;
  /** Bytes from `offset` on whose contents are gone, and which read as zeros. */
  readonly length?: number;
}

/** Kinds of {@link EventQueue} rows. */
export const EventKind = {
  /** A load that JavaScript must answer with {@link Vcpu.complete}. a = GPA, size = bytes. */
  MmioRead: 1,
  /** A store that JavaScript must see before the guest goes on ({@link Vcpu.resume}). a = GPA, b = data. */
  MmioWrite: 2,
  /** A store to a `post` register; the vCPU did not wait. a = GPA, b = data. */
  PostedWrite: 3,
  /**
   * SIGBUS with BUS_MCEERR_AR (4) or BUS_MCEERR_AO (5) in `size`. a = HVA, b = si_addr_lsb. With a vCPU (AR
   * taken by KVM_RUN) that vCPU waits for {@link Vcpu.resume}; without (vcpu = NO_VCPU) nothing waits.
   */
  MemoryError: 4,
  /** KVM_EXIT_SYSTEM_EVENT. a = type, b = flags (data[0]). Waits. */
  SystemEvent: 5,
  /** KVM_EXIT_HYPERCALL. a = nr, b = flags. Waits; the result goes into x0..x3 by setReg. */
  Hypercall: 6,
  /** KVM_EXIT_ARM_SEA. a = GPA, b = ESR, c = GVA, d = flags. Waits. */
  ArmSea: 7,
  /** The answer to {@link Vcpu.pause}. Waits. */
  Paused: 8,
  /** KVM_RUN failed for another reason than a signal. a = errno, b = exit_reason. Waits. */
  RunFailed: 9,
  /** An exit that the addon does not know. a = exit_reason, b, c = first two words of the union. Waits. */
  OtherExit: 10,
  /** KVM_EXIT_ARM_NISV. a = fault_ipa, b = esr_iss. Waits. */
  ArmNisv: 11,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** `vcpu` of an event that no vCPU waits for. */
export const NO_VCPU = 0xffff;

/** si_code of a SIGBUS by memory_failure (include/uapi/asm-generic/siginfo.h). */
export const BUS_MCEERR_AR = 4;
export const BUS_MCEERR_AO = 5;

/** A row is 8 little-endian u64: kind | size << 8 | vcpu << 16, a, b, c, d, CLOCK_MONOTONIC ns, 0, 0. */
export const EVENT_WORDS = 8;

/** Everything that native threads tell JavaScript, in one order. */
export interface EventQueue {
  /**
   * Copies up to `rows.length / EVENT_WORDS` events, oldest first, into `rows`; gives their number. Never
   * waits. `onReady` (constructor) is called on the main thread when the queue goes from empty to not; what it is called
   * for may be taken already.
   */
  take(rows: BigUint64Array): number;
  /**
   * Holds back (or no longer) the call of `onReady` for posted writes of this kind ({@link RegisterSpec.hold}). They come
   * with the next event that is not held, with any take(), or at the end of the hold.
   */
  hold(which: Hold, on: boolean): void;
  /** Keeps the process alive (ref) or not (unref); ref'd at first. */
  ref(): void;
  unref(): void;
  close(): void;
}

export interface Kvm {
  readonly apiVersion: number;
  checkExtension(cap: number): number;
  /**
   * @param type KVM_CREATE_VM's argument: the IPA size in bits, or 0 for 40 (EINVAL where the host has
   * fewer).
   */
  createVm(type: number, queue: EventQueue): Vm;
  close(): void;
}

export interface Vm {
  checkExtension(cap: number): number;
  enableCap(cap: number, ...args: bigint[]): void;
  /** `KVM_SET_USER_MEMORY_REGION`: guest RAM at `gpa`, from `offset` of `memory`. Size 0 deletes the slot. */
  setMemoryRegion(
    slot: number,
    flags: number,
    gpa: number,
    size: number,
    memory: GuestMemory,
    offset: number,
  ): void;
  createDevice(type: number): KvmDevice;
  /** Whether {@link createDevice} can make one (KVM_CREATE_DEVICE_TEST); nothing is made. */
  hasDevice(type: number): boolean;
  hasAttr(group: number, attr: bigint): boolean;
  setAttr(group: number, attr: bigint, data: Uint8Array): void;
  /** `KVM_IRQ_LINE`; `irq` is the encoded number (arch type << 24 | ... | number). */
  irqLine(irq: number, level: boolean): void;
  /** `KVM_ARM_PREFERRED_TARGET`. */
  preferredTarget(): { target: number; features: Uint32Array };
  createVcpu(index: number): Vcpu;
  mapRegisters(spec: RegisterBankSpec): RegisterBank;
  /** Stops and joins every vCPU thread, then closes all that belongs to the VM. */
  close(): void;
}

export interface KvmDevice {
  hasAttr(group: number, attr: bigint): boolean;
  setAttr(group: number, attr: bigint, data?: Uint8Array): void;
  getAttr(group: number, attr: bigint, data: Uint8Array): void;
  close(): void;
}

/** struct kvm_vcpu_events (arch/arm64/include/uapi/asm/kvm.h). */
export interface VcpuEvents {
  serrorPending: boolean;
  serrorHasEsr: boolean;
  serrorEsr: bigint;
  /** Set only: an external data abort for the guest. Never reported by KVM_GET_VCPU_EVENTS. */
  extDabtPending: boolean;
}

/**
 * A vCPU and its thread. The register calls are for a vCPU that does not run: before start(), while it waits
 * for the answer to an event, or paused.
 */
export interface Vcpu {
  readonly index: number;
  /** It is in KVM_RUN or on its way there: its registers cannot be reached. */
  readonly running: boolean;
  /** `KVM_ARM_VCPU_INIT`. */
  init(target: number, features: Uint32Array): void;
  /** KVM_GET_ONE_REG of a 32- or 64-bit register. */
  getReg(id: bigint): bigint;
  /** As many getReg() as there are `ids`, into `values`, in one call. */
  getRegs(ids: BigUint64Array, values: BigUint64Array): void;
  setReg(id: bigint, value: bigint): void;
  /** KVM_SET_DEVICE_ATTR on the vCPU. */
  setAttr(group: number, attr: bigint, data?: Uint8Array): void;
  /** KVM_GET_REG_LIST. */
  regList(): BigUint64Array;
  /** KVM_GET_MP_STATE: MP_STATE of src/kvm/abi.ts. */
  getMpState(): number;
  getEvents(): VcpuEvents;
  setEvents(events: VcpuEvents): void;
  /** Starts the thread; it enters KVM_RUN. */
  start(): void;
  /** Answers MmioRead with the value that the guest's load gets, and lets the vCPU run. */
  complete(value: bigint): void;
  /** Answers any other waiting event: the vCPU runs again. */
  resume(): void;
  /** Makes a running vCPU leave KVM_RUN and wait; a `Paused` event says when. */
  pause(): void;
  /** Ends the thread and joins it; the vCPU can be inspected but not started again. */
  stop(): void;
}

/** Posted writes that can wait, by what they are: what one kind waits for does not hold up the other. */
export const Hold = { acknowledgement: 1, output: 2 } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** What one register of a bank does natively, without JavaScript. */
export interface RegisterSpec {
  offset: number;
  /** Width in bytes; an access of at most that width at exactly `offset` matches. */
  size: 1 | 2 | 4 | 8;
  /** Reset value of the shadow. */
  value: bigint;
  /** `shadow`: answered at once from the shadow. `take`: from {@link RegisterBankSpec.queue}. `wait`: MmioRead event. */
  read: 'shadow' | 'take' | 'wait';
  /** `ignore`; `post`: PostedWrite event, no wait; `silent`: only the effects; `wait`: MmioWrite event. */
  write: 'ignore' | 'post' | 'silent' | 'wait';
  /** A posted write may be told later: see {@link EventQueue.hold}. */
  hold?: Hold;
  /** Done at a write before the event is queued, with the data written ANDed with `mask`. */
  effects?: readonly RegisterEffect[];
}

export interface RegisterEffect {
  /**
   * store: target = (target & ~mask) | (data & mask); clear: target &= ~(data & mask). Whatever was written: raise:
   * target |= mask; lower: target &= ~mask.
   */
  op: 'store' | 'clear' | 'raise' | 'lower';
  /** Offset of the register whose shadow changes. */
  target: number;
  mask: bigint;
  /** Nothing is done while a bit of `mask` is set in the shadow of the register at offset `target`. */
  unless?: { target: number; mask: bigint };
}

export interface RegisterBankSpec {
  /** GPA. */
  base: number;
  size: number;
  registers: readonly RegisterSpec[];
  /**
   * A level interrupt that follows (shadow[status] & shadow[mask]) != 0, natively, by KVM_IRQ_LINE. `irq` is
   * encoded as for {@link Vm.irqLine}.
   */
  interrupt?: { irq: number; status: number; mask: number };
  /**
   * Bytes that loads of the register with `read: 'take'` take, natively, each the next; 0 when there is none. `told` is
   * the offset of the posted write that tells of a {@link QueueState.low} queue; its value is the number left. `status`
   * is the offset of the register whose shadow is, after such a load, the status of the byte that was taken.
   */
  queue?: { told: number; status?: number };
}

/** What registers show of a queue: bits of a shadow that are set if and only if so many bytes or more wait. */
export interface QueueFlag {
  /** Offset. */
  register: number;
  mask: bigint;
  least: number;
  /** Set if and only if fewer wait. */
  inverted?: boolean;
}

export interface QueueState {
  /** Bytes that may wait. */
  depth: number;
  flags: readonly QueueFlag[];
  /** When a load leaves so many, that is told. */
  low: number;
}

/** What a bank holds, as plain data. */
export interface BankState {
  /** The shadow of each register. */
  shadows: readonly { offset: number; value: bigint }[];
  /** What waits in the queue, the next one first: status << 8 | byte. */
  queue: readonly number[];
}

/** Accesses inside a bank that match no register, and outside any bank, are MmioRead/MmioWrite events. */
export interface RegisterBank {
  get(offset: number): bigint;
  /** Changes the shadow atomically (interrupt line included): (old & ~clear) | set; gives the new value. */
  update(offset: number, clear: bigint, set: bigint): bigint;
  /**
   * Appends what there is room for to the queue, and lets the registers show it by `state`, now and after each load;
   * gives how many bytes were taken. All at once for the guest.
   * @param status of each of the bytes, 0 to 255: bits 15 to 8 of what the load gives
   */
  supply(bytes: Uint8Array, state: QueueState, status?: number): number;
  /** Empties the queue; shadows stay as they are until the next supply(). */
  drop(): void;
  save(): BankState;
  /**
   * Takes over what a bank of the same spec has saved; the interrupt line follows. The registers show the queue
   * only from the next supply() on. All or nothing.
   * @throws RangeError for a register that the bank does not have, or leaves out
   */
  load(state: BankState): void;
  close(): void;
}

export interface GuestMemoryOptions {
  size: number;
  /** memfd can be shared with another process; anonymous cannot. */
  backing: 'anonymous' | 'memfd';
  /** hugetlb page size, or 0 for ordinary pages (then MADV_HUGEPAGE is set). */
  hugePageSize: 0 | 0x20_0000 | 0x4000_0000;
}

/** Guest RAM. Its pages may be poisoned at any time: every copy is guarded and throws EHWPOISON instead. */
export interface GuestMemory {
  readonly size: number;
  /** HVA of offset 0. */
  readonly hva: number;
  /** Size of what one poisoned page takes with it: the host's page size, or the hugetlb page size. */
  readonly pageSize: number;
  /** memfd's descriptor, or -1. */
  readonly fd: number;
  read(offset: number, target: Uint8Array): void;
  write(offset: number, source: Uint8Array): void;
  readU64(offset: number): bigint;
  writeU64(offset: number, value: bigint): void;
  /**
   * One store with release semantics: a guest that sees the value sees all that was written before it.
   * `offset` must be a multiple of 4 (RangeError).
   */
  writeU32(offset: number, value: number): void;
  /** Fills with zeros. */
  clear(offset: number, length: number): void;
  /** pread()s from a file straight into guest memory; gives the bytes read (short at end of file). */
  readFile(fd: number, position: number, offset: number, length: number): number;
  /** Gives each page of a range a frame of its own, contents unchanged (MADV_POPULATE_WRITE, Linux 5.14). */
  populate(offset: number, length: number): void;
  /** Offsets (page aligned) of pages that the host has lost, found by pagemap and MADV_POPULATE_READ. */
  findPoison(offset: number, length: number): number[];
  /** The host page frame number behind an offset, 0n if absent or not visible (needs CAP_SYS_ADMIN). */
  hostFrame(offset: number): bigint;
  /**
   * Loses a page for real. `uffd`: UFFDIO_POISON (no privilege, Linux 6.6; the host keeps its page; no
   * signal). `madvise`: MADV_HWPOISON (CAP_SYS_ADMIN) on a thread of its own, whose own forced SIGBUS is
   * taken and counted. Resolves to the number of such signals. A `uffd` that fails with an `offset` has got
   * so far; see {@link NativeError}.
   */
  poison(offset: number, length: number, means: 'uffd' | 'madvise'): Promise<number>;
  /** Backs a range anew with zero pages, poison or not (MADV_DONTNEED, and a hole in a memfd). */
  renew(offset: number, length: number): void;
  /** Bytes of it that are resident. */
  resident(): number;
  close(): void;
}

/** Installs the SIGBUS handler and the listener thread (PR_MCE_KILL_EARLY, sigwaitinfo). One per process. */
export interface SigbusListener {
  /** false: memory_failure's early signals are not asked for (PR_MCE_KILL_LATE everywhere). */
  readonly early: boolean;
  readonly tid: number;
  close(): void;
}

/**
 * Stand-ins for a guest: for src/machine/rehearsal.ts, in every machine, and for tests without arm64 KVM.
 */
export interface NativeScripted {
  /**
   * rt_tgsigqueueinfo(2) of a SIGBUS to the calling thread; the kernel lets no other thread have a si_code like
   * its own (kernel/signal.c: do_rt_tgsigqueueinfo).
   */
  raiseSigbus(code: number, hva: number, lsb: number): void;
  /**
   * A VM without KVM: each vCPU's KVM_RUN plays the next step of its script, given as raw bytes of
   * `struct kvm_run` (from exit_reason) or as an errno, then waits for more. Registers are a map; once a vCPU
   * is initialized each is there, zero but for MPIDR_EL1. KVM's devices take every attribute, and do nothing.
   */
  createVm(queue: EventQueue): ScriptedVm;
}

/** What a step sends to its own thread, one after the other, before KVM_RUN fails. */
export interface ScriptedSigbus {
  code: number;
  hva: number;
  lsb: number;
}

export interface ScriptedVm extends Vm {
  play(
    vcpu: number,
    step: { run: Uint8Array } | { errno: number; sigbus?: ScriptedSigbus | readonly ScriptedSigbus[] },
  ): void;
  /** The mmio.data bytes that the vCPU thread has handed back to the last KVM_EXIT_MMIO read. */
  lastMmioData(vcpu: number): bigint;
  /** Every KVM_IRQ_LINE since the last call. */
  takeIrqLines(): { irq: number; level: boolean }[];
}

/**
 * Waits, in a native thread, until a descriptor can be read, has ended, or is not open: `onReadable` is called once, on the
 * main thread, and not after close(). It keeps no process alive. Keep a reference: collecting it closes it.
 */
export interface ReadableWatch {
  close(): void;
}

export interface Addon {
  readonly EventQueue: new (onReady: () => void) => EventQueue;
  readonly Kvm: new (path?: string) => Kvm;
  readonly GuestMemory: new (options: GuestMemoryOptions) => GuestMemory;
  readonly ReadableWatch: new (fd: number, onReadable: () => void) => ReadableWatch;
  /** A unix socket at `path` that listens: its descriptor, non-blocking and close-on-exec. */
  listenUnix(path: string): number;
  startSigbus(queue: EventQueue, early: boolean): SigbusListener;
  /**
   * PR_SET_PDEATHSIG: this process gets the signal when the thread that started it ends. It comes not where that has ended
   * before: look at the parent's PID afterwards. 0: none any more.
   */
  setParentDeathSignal(signal: number): void;
  readonly scripted: NativeScripted;
}
