/** An arm64 machine, as far as its ACPI tables tell of it. Addresses are guest (system) physical, sizes in bytes. */

export type Address = number | bigint;

export interface Range {
  readonly base: Address;
  readonly size: Address;
}

export interface Processor {
  /** MPIDR_EL1, affinity fields only. */
  readonly mpidr: Address;
  /** _UID; default its place in the list. */
  readonly uid?: number | undefined;
  /** Numbers of the package and cluster that it is part of; default 0, and no cluster. */
  readonly package?: number | undefined;
  readonly cluster?: number | undefined;
  /** Memory node; default 0. */
  readonly node?: number | undefined;
  /** Can be brought up later, and is not there from the start. */
  readonly onlineCapable?: boolean | undefined;
}

export interface Cache {
  readonly level: 1 | 2 | 3 | 4;
  readonly type: 'data' | 'instruction' | 'unified';
  readonly size: number;
  readonly sets: number;
  readonly ways: number;
  readonly lineSize: number;
  /** What has one of its own. */
  readonly of: 'processor' | 'cluster' | 'package';
}

/** GICv3 or later. */
export interface Gic {
  readonly version?: 3 | 4 | undefined;
  readonly distributor: Address;
  readonly redistributors: readonly Range[];
  /** Interrupt translation services, by their ids in order. */
  readonly its?: readonly Address[] | undefined;
  /** GSIVs, 0 for none. */
  readonly maintenanceGsiv?: number | undefined;
  readonly performanceGsiv?: number | undefined;
  readonly speGsiv?: number | undefined;
  readonly trbeGsiv?: number | undefined;
}

/** GSIVs of the timers. */
export interface Timers {
  readonly secureEl1: number;
  readonly nonSecureEl1: number;
  readonly virtualEl1: number;
  readonly el2: number;
  readonly virtualEl2?: number | undefined;
  /** They keep their context in every low-power state; default true. */
  readonly alwaysOn?: boolean | undefined;
}

export interface SerialPort {
  readonly type: 'pl011' | 'sbsa' | '16550';
  readonly base: Address;
  readonly size?: Address | undefined;
  readonly gsiv: number;
  /** Bits per second; left out: as firmware has set it. */
  readonly baudRate?: 9600 | 19200 | 57600 | 115200 | undefined;
  /** The kernel's console (SPCR, which names one port), its debug port (DBG2), both or neither. */
  readonly use?: readonly ('console' | 'debug')[] | undefined;
}

export interface Memory extends Range {
  /** Memory node; default 0. */
  readonly node?: number | undefined;
  readonly hotPluggable?: boolean | undefined;
  readonly nonVolatile?: boolean | undefined;
}

export interface Window extends Range {
  readonly type: 'memory' | 'prefetchable' | 'io';
  /** Offset from the bus address to the address at which the processors see it. */
  readonly translation?: Address | undefined;
}

export interface HostBridge {
  /** PCI segment group; default its place in the list. */
  readonly segment?: number | undefined;
  readonly firstBus?: number | undefined;
  readonly lastBus?: number | undefined;
  /** Base of the enhanced configuration space. */
  readonly ecam: Address;
  readonly windows: readonly Window[];
  /** GSIVs of INTA to INTD. */
  readonly interrupts: readonly [number, number, number, number];
  readonly node?: number | undefined;
  /** Takes part in cache coherency; default true. */
  readonly coherent?: boolean | undefined;
  /** Place in `smmus` of the SMMU that its devices go through. */
  readonly smmu?: number | undefined;
}

/** SMMUv3. GSIVs are 0 where it signals by MSI. */
export interface Smmu {
  readonly base: Address;
  readonly eventGsiv?: number | undefined;
  readonly priGsiv?: number | undefined;
  readonly errorGsiv?: number | undefined;
  readonly syncGsiv?: number | undefined;
  readonly coherent?: boolean | undefined;
}

/** A device whose driver is told of it by the DSDT alone. */
export interface Device extends Range {
  readonly gsiv: number;
}

/** A hardware error source (HEST). */
export interface ErrorSource {
  readonly notification: 'polled' | 'sea' | 'sei' | 'gsiv' | 'gpio' | 'sdei' | 'sci' | 'external';
  /** GSIV or SDEI event number. */
  readonly vector?: number | undefined;
  /** Milliseconds, of a polled source. */
  readonly pollInterval?: number | undefined;
  /** Address of the register that holds the block's address; left out: in the records' area. */
  readonly statusAddress?: Address | undefined;
  /** Address of the Read Ack register; left out: in the records' area. false: a GHES without one (version 1). */
  readonly readAck?: Address | false | undefined;
}

export interface Errors {
  /** Base of the area for the sources' pointers, Read Ack registers and error status blocks. */
  readonly records: Address;
  readonly sources: readonly ErrorSource[];
  /** Room for each source's error status block; default 4096. */
  readonly blockLength?: number | undefined;
  /** Most sections in a record; default 1. */
  readonly maxSections?: number | undefined;
  /** Where the last boot's error stands (BERT). */
  readonly boot?: Range | undefined;
  /** Error injection (EINJ): its parameters and trigger table in memory, and the register that sets it off. */
  readonly injection?: { readonly parameters: Address; readonly execute: Address } | undefined;
  /** The store of error records (ERST): its registers in memory, the one that sets it off, and the records' range. */
  readonly store?:
    | { readonly registers: Address; readonly execute: Address; readonly records: Range }
    | undefined;
  /** The software delegated exception interface is there (SDEI). */
  readonly sdei?: boolean | undefined;
}

export interface CxlHostBridge {
  /** _UID of its ACPI0016 device. */
  readonly uid: number;
  /** Base of the component registers (CXL 2.0). */
  readonly registers: Address;
}

export interface CxlWindow extends Range {
  /** _UIDs of the host bridges that it is spread over. */
  readonly targets: readonly number[];
  /** Bytes in a row at one target; default 256. */
  readonly granularity?: number | undefined;
}

/** At most 6 and 8 characters. */
export interface Names {
  readonly id?: string | undefined;
  readonly tableId?: string | undefined;
  readonly revision?: number | undefined;
}

/** A device of which the DSDT says no more than this. */
export interface PlainDevice {
  /** Its name in \_SB: four characters. */
  readonly name: string;
  /** ACPI or PNP id, by which its driver knows it. */
  readonly hid: string;
  /** Default 0. */
  readonly uid?: number | undefined;
  readonly memory?: readonly Range[] | undefined;
  /** Default level. */
  readonly interrupts?:
    | readonly { readonly gsiv: number; readonly trigger?: 'edge' | 'level' | undefined }[]
    | undefined;
}

export interface Machine {
  /** What every table's header says of its maker. */
  readonly oem?: Names | undefined;
  /** Where the tables themselves stand. */
  readonly tables: Address;
  readonly processors: readonly Processor[];
  readonly caches?: readonly Cache[] | undefined;
  readonly gic: Gic;
  readonly timers: Timers;
  /** One port or several, in the order of their numbers. The first is the console unless it says otherwise. */
  readonly serial?: SerialPort | readonly SerialPort[] | undefined;
  readonly memory?: readonly Memory[] | undefined;
  /** Relative distances between memory nodes, 10 from a node to itself. */
  readonly distances?: readonly (readonly number[])[] | undefined;
  readonly hostBridges?: readonly HostBridge[] | undefined;
  readonly smmus?: readonly Smmu[] | undefined;
  readonly virtioMmio?: readonly Device[] | undefined;
  /** Devices that nothing else here describes. */
  readonly devices?: readonly PlainDevice[] | undefined;
  /** GSIV of the power button's event; left out: no power button. */
  readonly powerButtonGsiv?: number | undefined;
  readonly errors?: Errors | undefined;
  readonly cxl?:
    | { readonly hostBridges: readonly CxlHostBridge[]; readonly windows: readonly CxlWindow[] }
    | undefined;
}
