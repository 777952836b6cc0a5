/**
 * The DSDT of a machine: processors, serial ports, PCIe and CXL host bridges, virtio devices, power button, and the hardware
 * error device; events come through a Generic Event Device (ACPI 6.5, sections 5.6.9, 8.4, 18.3.2.9).
 */

import {
  type Aml,
  Device,
  definitionBlock,
  type GenericEvent,
  GenericEventDevice,
  HardwareErrorDevice,
  identity,
  NotifyHardwareError,
  NotifyPowerButton,
  PcieHostBridge,
  type PcieWindow,
  Pl011,
  PlainDevice,
  PlatformCapabilities,
  PlatformSupport,
  PowerButton,
  ProcessorDevice,
  SbsaUart,
  Scope,
  swizzledRoutes,
  Uart16550,
  VirtioMmio,
} from '../aml/index.ts';
import { Dsdt } from '../tables/dsdt.ts';
import type { HostBridge, Machine, SerialPort, Window } from './description.ts';
import { busesOf } from './mcfg.ts';
import { headerNames } from './names.ts';
import { SERIAL_SIZE, serialName, serialPorts } from './serial.ts';

const SERIAL = { pl011: Pl011, sbsa: SbsaUart, '16550': Uart16550 } as const;
const POWER_BUTTON = 'PWRB';
const ERROR_DEVICE = 'ERRD';

export function dsdtOf(machine: Machine): Uint8Array {
  const { processors, virtioMmio = [], hostBridges = [], cxl, devices = [] } = machine;
  const { errors, powerButtonGsiv } = machine;
  const events = eventsOf(machine);
  const all: Aml[] = [
    ...processors.map(({ uid }, index) => ProcessorDevice(numbered('C', index, 3), { uid: uid ?? index })),
    ...serialPorts(machine).map((port, uid) =>
      SERIAL[port.type](serialName(uid), { uid, size: SERIAL_SIZE, ...given(port) }),
    ),
    ...virtioMmio.map((device, uid) => VirtioMmio(numbered('VR', uid, 2), { uid, ...device })),
    ...hostBridges.map((bridge, place) => hostBridge(bridge, place)),
    ...(cxl?.hostBridges ?? []).map(({ uid }, place) =>
      Device(numbered('CX', place, 2), ...identity('ACPI0016', uid)),
    ),
    ...devices.map(({ name, ...device }) => PlainDevice(name, device)),
    ...(powerButtonGsiv === undefined ? [] : [PowerButton(POWER_BUTTON)]),
    ...(errors ? [HardwareErrorDevice(ERROR_DEVICE), PlatformCapabilities(PlatformSupport.Apei)] : []),
    ...(events.length === 0 ? [] : [GenericEventDevice('GED0', 0, events)]),
  ];
  return Dsdt.encode({ ...headerNames(machine), body: definitionBlock(Scope('_SB', ...all)) });
}

/** A name of four characters: a prefix and a number of so many hexadecimal digits. */
function numbered(prefix: string, number: number, digits: number): string {
  return prefix + number.toString(16).toUpperCase().padStart(digits, '0');
}

/** What of the port is said, so that defaults hold for the rest. */
function given({ base, size, gsiv }: SerialPort) {
  return { base, gsiv, ...(size !== undefined && { size }) };
}

function eventsOf({ powerButtonGsiv, errors }: Machine): GenericEvent[] {
  const sources = errors?.sources.filter(({ notification }) => notification === 'gsiv') ?? [];
  const gsivs = new Set(sources.map(({ vector = 0 }) => vector));
  return [
    ...(powerButtonGsiv === undefined
      ? []
      : [{ gsiv: powerButtonGsiv, action: NotifyPowerButton(POWER_BUTTON) }]),
    ...[...gsivs].map((gsiv) => ({ gsiv, action: NotifyHardwareError(ERROR_DEVICE) })),
  ];
}

function hostBridge(bridge: HostBridge, place: number): Aml {
  const { segment, firstBus, lastBus } = busesOf(bridge, place);
  const windows = (type: Window['type']) =>
    bridge.windows.filter((each) => each.type === type).map(pcieWindow);
  const [io] = windows('io');
  return PcieHostBridge(numbered('PC', place, 2), {
    uid: place,
    segment,
    buses: { first: firstBus, count: lastBus - firstBus + 1 },
    ecam: bridge.ecam,
    memory: windows('memory'),
    prefetchableMemory: windows('prefetchable'),
    ...(io !== undefined && { io }),
    routes: swizzledRoutes(bridge.interrupts),
    cacheCoherent: bridge.coherent ?? true,
  });
}

/** `translation` leads from the bus address to the one above the bridge. */
function pcieWindow({ base, size, translation }: Window): PcieWindow {
  return { base, size, ...(translation !== undefined && { bus: BigInt(base) - BigInt(translation) }) };
}
