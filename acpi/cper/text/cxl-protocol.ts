/** CXL protocol error as cxl_cper_print_prot_err has it (drivers/firmware/efi/cper_cxl.c), with its blank at the front. */

import type { Decoded } from '../../struct.ts';
import { CxlDvsec, CxlProtocolError, CxlRasCapability } from '../cxl-protocol.ts';
import { PcieCapability } from '../pci-registers.ts';
import { addMember, addUnvalidated } from './generic.ts';
import { hex, hex64, type Lines, named } from './lines.ts';
import { addressText } from './pcie.ts';

const AGENT_TYPES = [
  'Restricted CXL Device',
  'Restricted CXL Host Downstream Port',
  'CXL Device',
  'CXL Logical Device',
  'CXL Fabric Manager managed Logical Device',
  'CXL Root Port',
  'CXL Downstream Switch Port',
  'CXL Upstream Switch Port',
];
/** Agent types that are PCI Express functions, and those of them that are devices. */
const FUNCTIONS: readonly number[] = [0, 2, 3, 4, 5, 6, 7];
const DEVICES: readonly number[] = [0, 2, 3, 4];

type CxlProtocol = Decoded<typeof CxlProtocolError>;

export function cxlProtocolText(out: Lines, section: CxlProtocol): void {
  out.inside(() => agentText(out, section));
  if (section.capability !== undefined && FUNCTIONS.includes(typeOf(section)))
    out.dump(PcieCapability.encode(section.capability));
  else addMember(out, CxlProtocolError, section, 'capability');
  if (section.dvsec !== undefined) {
    const dvsec = CxlDvsec.encode(section.dvsec);
    out.inside(() => {
      out.say(`DVSEC length: 0x${hex(dvsec.byteLength, 4)}`);
      out.say('CXL DVSEC:');
    });
    out.dump(dvsec);
  }
  if (section.errorLog !== undefined) errorLogText(out, section.errorLog);
  addUnvalidated(out, section);
  addMember(out, CxlProtocolError, section, 'trailing');
}

/** The kernel goes by it whether it is valid or not. */
function typeOf({ agentType, unvalidated }: CxlProtocol): number {
  return agentType ?? unvalidated?.agentType ?? 0;
}

function agentText(out: Lines, section: CxlProtocol): void {
  const { agentType, agentAddress, rcrbBaseAddress, deviceId, serialNumber } = section;
  const isFunction = FUNCTIONS.includes(typeOf(section));
  if (agentType !== undefined) out.say(`agent_type: ${named(agentType, AGENT_TYPES)}`);
  if (agentAddress !== undefined && isFunction) out.say(`agent_address: ${addressText(agentAddress)}`);
  else addMember(out, CxlProtocolError, section, 'agentAddress');
  if (rcrbBaseAddress !== undefined) out.say(`rcrb_base_address: ${hex64(rcrbBaseAddress)}`);
  if (deviceId !== undefined && isFunction) {
    const { slot, vendorId, subsystemVendorId, subsystemId, classCode } = deviceId;
    out.say(`slot: ${slot.number}`);
    out.say(`vendor_id: 0x${hex(vendorId, 4)}, device_id: 0x${hex(deviceId.deviceId, 4)}`);
    out.say(`sub_vendor_id: 0x${hex(subsystemVendorId, 4)}, sub_device_id: 0x${hex(subsystemId, 4)}`);
    out.say(`class_code: ${hex(classCode, 4)}`);
  } else addMember(out, CxlProtocolError, section, 'deviceId');
  if (serialNumber !== undefined && DEVICES.includes(typeOf(section))) {
    const [low, high] = [serialNumber & 0xffff_ffffn, serialNumber >> 32n];
    out.say(`lower_dw: 0x${hex(low, 8)}, upper_dw: 0x${hex(high, 8)}`);
  } else addMember(out, CxlProtocolError, section, 'serialNumber');
}

/** The words of the RAS capability, as the kernel calls them. */
const RAS_WORDS = [
  'cxl_ras_uncor_status',
  'cxl_ras_uncor_mask',
  'cxl_ras_uncor_severity',
  'cxl_ras_cor_status',
  'cxl_ras_cor_mask',
  'cap_control',
];

function errorLogText(out: Lines, log: Decoded<typeof CxlRasCapability>): void {
  const bytes = CxlRasCapability.encode(log);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  out.inside(() => {
    out.say(`Error log length: 0x${hex(bytes.byteLength, 4)}`);
    out.say('CXL Error Log:');
    for (const [index, name] of RAS_WORDS.entries())
      if (4 * index + 4 <= bytes.byteLength) out.say(`${name}: 0x${hex(view.getUint32(4 * index, true), 8)}`);
    for (const name of ['uncorrectableStatus', 'correctableStatus'])
      out.inside(() => addMember(out, CxlRasCapability, log, name));
    if (bytes.byteLength > 24) out.say('Header Log Registers:');
  });
  out.dump(bytes.subarray(24, 88));
}
