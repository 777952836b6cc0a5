/** PCIe host bridge: PCI Firmware Specification 3.3, sections 4.1 and 4.5. */

import { DWordMemory, QWordIO, QWordMemory, WordBusNumber } from '../address-space.ts';
import { CreateDWordField } from '../field.ts';
import { ResourceTemplate } from '../resource.ts';
import {
  And,
  Arg,
  Device,
  If,
  LEqual,
  LNotEqual,
  Local,
  Method,
  Name,
  Or,
  Return,
  Store,
} from '../statement.ts';
import { type Aml, Path, ToUuid } from '../term.ts';
import { OscStatus, OscUuid } from './capabilities.ts';
import { type PciRoute, PciRoutingTable } from './pci-routing.ts';
import { ReservedResources } from './reserved-memory.ts';

/** Bits of the third word of _OSC: what the operating system controls. */
export const PcieControl = {
  NativeHotPlug: 0x1,
  ShpcHotPlug: 0x2,
  PowerManagementEvents: 0x4,
  AdvancedErrorReporting: 0x8,
  CapabilityStructure: 0x10,
  LatencyToleranceReporting: 0x20,
  DownstreamPortContainment: 0x80,
  CompletionTimeout: 0x100,
} as const;

/** A range of addresses that the bridge hands on; `bus` is what devices below it use, `base` if not given. */
export interface PcieWindow {
  /** GPA. */
  readonly base: number | bigint;
  readonly size: number | bigint;
  /** Address below the bridge. */
  readonly bus?: number | bigint;
}

export interface PcieHostBridgeOptions {
  readonly uid: number;
  readonly segment?: number;
  /** Default 0 to 255. */
  readonly buses?: { readonly first: number; readonly count: number };
  /** GPA of the configuration space of bus 0, as the MCFG has it: it is reserved by a device below the bridge. */
  readonly ecam?: number | bigint;
  /** Memory that is not prefetchable; below 4 GiB on the bus. */
  readonly memory?: readonly PcieWindow[];
  /** Memory that is prefetchable, or beyond 4 GiB. */
  readonly prefetchableMemory?: readonly PcieWindow[];
  /** Ports, which are memory above the bridge. */
  readonly io?: PcieWindow;
  /** Interrupt pins; without, devices have MSIs only. */
  readonly routes?: readonly PciRoute[];
  /** Bits of PcieControl that the guest gets if it asks for them; error reporting stays with firmware without its bit. */
  readonly grant?: number;
  /** Default true. */
  readonly cacheCoherent?: boolean;
}

/** Bus address and translation of a window. */
function placed({ base, bus = base }: PcieWindow) {
  return { start: BigInt(bus), translation: BigInt(base) - BigInt(bus) };
}

function memoryRange(window: PcieWindow, prefetchable: boolean): Aml {
  const { start, translation } = placed(window);
  const { size } = window;
  const options = { producer: true, translation, caching: prefetchable ? 'prefetchable' : 'none' } as const;
  // A range with a translation has it in 64 bits.
  const narrow = translation === 0n && start + BigInt(size) <= 0x1_0000_0000n;
  return narrow ? DWordMemory(Number(start), Number(size), options) : QWordMemory(start, size, options);
}

function ioRange(window: PcieWindow): Aml {
  const { start, translation } = placed({ bus: 0, ...window });
  return QWordIO(start, window.size, { producer: true, translation, memoryAbove: true });
}

/** _OSC that grants what is asked for and may be. */
function hostBridgeCapabilities(grant: number): Aml {
  const status = Path('CDW1');
  const control = Path('CDW3');
  return Method(
    '_OSC',
    { args: 4, serialized: true },
    CreateDWordField(Arg(3), 0, 'CDW1'),
    If(
      LEqual(Arg(0), ToUuid(OscUuid.PciHostBridge)),
      CreateDWordField(Arg(3), 8, 'CDW3'),
      And(control, grant, Local(0)),
      If(LNotEqual(Arg(1), 1), Or(status, OscStatus.UnrecognizedRevision, status)),
      If(
        LNotEqual(Local(0), control),
        Store(Local(0), control),
        Or(status, OscStatus.CapabilitiesMasked, status),
      ),
      Return(Arg(3)),
    ),
    Or(status, OscStatus.UnrecognizedUuid, status),
    Return(Arg(3)),
  );
}

/** PNP0A08 (and PNP0A03), with _SEG, _BBN, _CCA, _CRS, _PRT and _OSC, and `terms` below it. */
export function PcieHostBridge(path: string, options: PcieHostBridgeOptions, ...terms: readonly Aml[]): Aml {
  const { uid, segment = 0, buses = { first: 0, count: 256 }, ecam, memory = [] } = options;
  const { prefetchableMemory = [], io, routes, cacheCoherent = true } = options;
  const {
    grant = PcieControl.NativeHotPlug | PcieControl.PowerManagementEvents | PcieControl.CapabilityStructure,
  } = options;
  const ranges = [
    WordBusNumber(buses.first, buses.count),
    ...memory.map((window) => memoryRange(window, false)),
    ...prefetchableMemory.map((window) => memoryRange(window, true)),
    ...(io === undefined ? [] : [ioRange(io)]),
  ];
  const configuration =
    ecam === undefined
      ? []
      : [
          ReservedResources(
            'RES0',
            uid,
            QWordMemory(BigInt(ecam) + BigInt(buses.first << 20), BigInt(buses.count) << 20n),
          ),
        ];
  return Device(
    path,
    Name('_HID', 'PNP0A08'),
    Name('_CID', 'PNP0A03'),
    Name('_UID', uid),
    Name('_SEG', segment),
    Name('_BBN', buses.first),
    Name('_CCA', cacheCoherent ? 1 : 0),
    Name('_CRS', ResourceTemplate(...ranges)),
    ...(routes === undefined ? [] : [PciRoutingTable(routes)]),
    hostBridgeCapabilities(grant),
    ...configuration,
    ...terms,
  );
}
