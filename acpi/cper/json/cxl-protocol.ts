/** libcper's form of a CXL protocol error: UEFI 2.11, appendix N.2.13. */

import type { AnyCodec } from '../../codec.ts';
import {
  CxlAgentAddress,
  CxlAgentType,
  CxlDvsec,
  CxlProtocolDeviceId,
  CxlProtocolError,
  CxlRasCapability,
} from '../cxl-protocol.ts';
import { PcieCapability } from '../pci-registers.ts';
import { PciSlot } from '../pcie.ts';
import { at, base64, encoded, long, named, names, number, type Values } from './forms.ts';
import { inside, member, needed, object, type Part, raw, when } from './mapping.ts';
import type { SectionForm } from './section-form.ts';

const AGENT_TYPES = names(['CXL 1.1 Device', 'CXL 1.1 Host Downstream Port']);

function isAgent(type: number): (values: Values) => boolean {
  return (values) => raw(values, 'agentType') === type;
}

const ADDRESS = object(CxlAgentAddress, [
  member('function', number, 'functionNumber'),
  member('device', number, 'deviceNumber'),
  member('bus', number, 'busNumber'),
  member('segment', number, 'segmentNumber'),
]);
const REGISTERS = object(undefined, [needed('rcrbBaseAddress', long, 'value')]);

/** The address, in a form by the agent's type, which has none for those of later revisions. */
const agentAddress: Part = {
  keys: ['cxlAgentAddress'],
  write(values, json) {
    if (values.agentAddress !== undefined && isAgent(CxlAgentType.RestrictedDevice)(values))
      json.cxlAgentAddress = ADDRESS.toJson(values.agentAddress)!;
    if (
      values.rcrbBaseAddress !== undefined &&
      values.agentType === CxlAgentType.RestrictedHostDownstreamPort
    )
      json.cxlAgentAddress = REGISTERS.toJson(values)!;
  },
  read({ cxlAgentAddress: json }, values) {
    if (json === undefined) return;
    at('cxlAgentAddress', () => {
      if (values.agentType === CxlAgentType.RestrictedHostDownstreamPort)
        Object.assign(values, REGISTERS.fromJson(json));
      else values.agentAddress = ADDRESS.fromJson(json);
    });
  },
};

const DEVICE = object(CxlProtocolDeviceId, [
  member('vendorId', number, 'vendorID'),
  member('deviceId', number, 'deviceID'),
  member('subsystemVendorId', number, 'subsystemVendorID'),
  member('subsystemId', number, 'subsystemDeviceID'),
  member('classCode', number),
  inside('slot', PciSlot, [member('number', number, 'slotNumber')]),
]);

/** There always; where it is not valid, with the vendor alone. */
const deviceId: Part = {
  keys: ['deviceID'],
  write(values, json) {
    const { vendorId = 0 } = (raw(values, 'deviceId') || {}) as { vendorId?: number };
    json.deviceID = values.deviceId === undefined ? { vendorID: vendorId } : DEVICE.toJson(values.deviceId)!;
  },
  read({ deviceID: json }, values) {
    if (json === undefined) return;
    const deviceId = at('deviceID', () => DEVICE.fromJson(json)) as Values;
    if (Object.keys(deviceId).some((name) => name !== 'vendorId')) values.deviceId = deviceId;
    else if (deviceId.vendorId !== 0) values.unvalidated = { deviceId };
  },
};

/** Bytes with a key that says how many there are. */
function counted(name: string, codec: AnyCodec, key: string, lengthKey: string): Part {
  const form = encoded(codec, base64);
  return {
    keys: [lengthKey, key],
    write(values, json) {
      const value = values[name];
      if (value === undefined) return;
      json[lengthKey] = codec.sizeOf(value as never);
      const bytes = form.toJson(value);
      if (bytes !== undefined) json[key] = bytes;
    },
    read(json, values) {
      if (json[key] !== undefined || json[lengthKey] !== undefined)
        values[name] = at(key, () => form.fromJson(json[key] ?? ''));
    },
  };
}

export const CXL_PROTOCOL_FORM: SectionForm = {
  name: 'CxlProtocol',
  minSize: 116,
  message: () => 'A CXL Protocol Error occurred',
  form: object(CxlProtocolError, [
    member('agentType', named(AGENT_TYPES)),
    agentAddress,
    deviceId,
    when(isAgent(CxlAgentType.RestrictedDevice), member('serialNumber', long, 'deviceSerial')),
    member('capability', encoded(PcieCapability, base64), 'capabilityStructure'),
    counted('dvsec', CxlDvsec, 'cxlDVSEC', 'dvsecLength'),
    counted('errorLog', CxlRasCapability, 'cxlErrorLog', 'errorLogLength'),
  ]),
};
