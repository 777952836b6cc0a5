/** CXL virtual switch event section: UEFI 2.11, appendix N.2.14; CXL 3.2, 7.6.8.2. */

import { bytes, struct, u8 } from '../struct.ts';
import { CXL_EVENT_HEADER, cxlEventSection } from './cxl-event.ts';
import { PcieLinkControl, PcieSlotControl } from './pci-registers.ts';

export const CXL_VIRTUAL_SWITCH_EVENT = '40d26425-3396-4c4d-a5da-3d47263af425';

export const CxlVirtualSwitchEventType = {
  BindingChange: 0,
  SecondaryBusReset: 1,
  LinkControlUpdated: 2,
  SlotControlUpdated: 3,
} as const;

export const CxlBindingStatus = { Unbound: 0, InProgress: 1, BoundPort: 2, BoundLogicalDevice: 3 } as const;

/** 112 bytes. */
export const CxlVirtualSwitchEvent = struct(
  'CXL virtual switch event record',
  {
    ...CXL_EVENT_HEADER,
    switchId: u8.default(0).doc('Virtual CXL switch (VCS)'),
    bridgeId: u8.default(0).doc('Virtual PCI-to-PCI bridge (vPPB) in it'),
    eventType: u8.values(CxlVirtualSwitchEventType).default(0).doc('What happened'),
    bindingStatus: u8
      .values(CxlBindingStatus)
      .default(0)
      .doc('Whether the bridge is bound, after the change'),
    portId: u8.default(0).doc('Port that the bridge is bound to'),
    bridgeLdId: u8.default(0).doc('Logical device that the bridge is bound to'),
    linkControl: PcieLinkControl.default({}).doc('Link control register'),
    slotControl: PcieSlotControl.default({}).doc('Slot control register'),
    reserved: bytes(70).reserved(),
  },
  { source: 'CXL 3.2, 7.6.8.2' },
);

export const CxlVirtualSwitchError = cxlEventSection('CXL virtual switch event', CxlVirtualSwitchEvent);

/** CXL virtual switch event, by its type. */
export const CXL_VIRTUAL_SWITCH = {
  sectionType: CXL_VIRTUAL_SWITCH_EVENT,
  codec: CxlVirtualSwitchError,
} as const;
