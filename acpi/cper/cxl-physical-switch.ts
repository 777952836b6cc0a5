/** CXL physical switch event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 7.6.8.1. */

import { bits, bytes, flag, range, struct, u8 } from '../struct.ts';
import { CXL_EVENT_HEADER, cxlEventSection } from './cxl-event.ts';
import { PcieLinkSpeed, PcieSlotStatus } from './pci-registers.ts';

export const CXL_PHYSICAL_SWITCH_EVENT = '77cf9271-9c02-470b-9fe4-bc7b75f2da97';

export const CxlPhysicalSwitchEventType = { LinkStateChange: 0, SlotStatusUpdated: 1 } as const;

export const CxlPortState = {
  Disabled: 0,
  Binding: 1,
  Unbinding: 2,
  DownstreamPort: 3,
  UpstreamPort: 4,
  FabricPort: 5,
  InvalidPort: 15,
} as const;

export const CxlDeviceMode = {
  NoCxl: 0,
  RestrictedDevice: 1,
  Flit68: 2,
  Flit256: 3,
  LatencyOptimizedFlit256: 4,
  PortBasedRouting: 5,
} as const;

export const CxlConnectedDevice = {
  None: 0,
  Pcie: 1,
  Type1: 2,
  Type2OrSwitch: 3,
  Type3SingleLogicalDevice: 4,
  Type3MultiLogicalDevice: 5,
  PortBasedRoutingComponent: 6,
} as const;

export const CxlLtssmState = {
  Detect: 0,
  Polling: 1,
  Configuration: 2,
  Recovery: 3,
  L0: 4,
  L0s: 5,
  L1: 6,
  L2: 7,
  Disabled: 8,
  Loopback: 9,
  HotReset: 10,
} as const;

const linkWidth = (text: string) => bits(8, { lanes: range(0, 5, text) });
const linkSpeed = (text: string) => bits(8, { speed: range(0, 5, text, PcieLinkSpeed) });

/** 112 bytes. */
export const CxlPhysicalSwitchEvent = struct(
  'CXL physical switch event record',
  {
    ...CXL_EVENT_HEADER,
    portId: u8.default(0).doc('Physical port'),
    eventType: u8.values(CxlPhysicalSwitchEventType).default(0).doc('What happened'),
    slotStatus: PcieSlotStatus.default({}).doc('Slot status register'),
    reserved: u8.reserved(),
    portState: bits(8, { state: range(0, 3, 'State of the port', CxlPortState) })
      .default({})
      .doc('Current port configuration state'),
    deviceMode: bits(8, { mode: range(0, 3, 'Mode in which the device runs', CxlDeviceMode) })
      .default({})
      .doc('Connected device mode'),
    reserved2: u8.reserved(),
    deviceType: u8.values(CxlConnectedDevice).default(0).doc('Kind of device that is connected'),
    supportedModes: bits(8, {
      restrictedDevice: flag(0, 'Restricted CXL device'),
      flit68: flag(1, 'Flits of 68 bytes, virtual hierarchy'),
      flit256: flag(2, 'Flits of 256 bytes'),
      latencyOptimizedFlit256: flag(3, 'Latency-optimized flits of 256 bytes'),
      portBasedRouting: flag(4, 'Port based routing'),
    })
      .default({})
      .doc('Modes that the port supports'),
    maxLinkWidth: linkWidth('Most lanes').default({}).doc('Maximum link width'),
    negotiatedLinkWidth: linkWidth('Lanes in use').default({}).doc('Negotiated link width'),
    supportedLinkSpeeds: bits(8, {
      gt2_5: flag(0, '2.5 GT/s'),
      gt5: flag(1, '5 GT/s'),
      gt8: flag(2, '8 GT/s'),
      gt16: flag(3, '16 GT/s'),
      gt32: flag(4, '32 GT/s'),
      gt64: flag(5, '64 GT/s'),
    })
      .default({})
      .doc('Link speeds that the port supports'),
    maxLinkSpeed: linkSpeed('Highest link speed').default({}).doc('Maximum link speed'),
    currentLinkSpeed: linkSpeed('Link speed').default({}).doc('Current link speed'),
    ltssmState: u8.values(CxlLtssmState).default(0).doc('State of the link'),
    firstLane: u8.default(0).doc('Lowest lane in use'),
    linkFlags: bits(16, {
      laneReversal: flag(0, 'The lanes are reversed'),
      reset: flag(1, 'PERST# is asserted'),
      presence: flag(2, 'There is a device'),
      powerOff: flag(3, 'Power is off'),
    })
      .default({})
      .doc('Link state flags'),
    reserved3: bytes(61).reserved(),
  },
  { source: 'CXL 3.2, 7.6.8.1' },
);

export const CxlPhysicalSwitchError = cxlEventSection('CXL physical switch event', CxlPhysicalSwitchEvent);

/** CXL physical switch event, by its type. */
export const CXL_PHYSICAL_SWITCH = {
  sectionType: CXL_PHYSICAL_SWITCH_EVENT,
  codec: CxlPhysicalSwitchError,
} as const;
