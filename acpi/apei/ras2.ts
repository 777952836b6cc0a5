/** RAS2 Feature table: ACPI 6.5, section 5.2.21; with the parameters that ACPI 6.6 adds. */

import { ascii, bits, flag, list, range, struct, u8, u16, u32, u64, union } from '../struct.ts';
import { table } from '../tables/header.ts';
import { PatrolScrubCommand, PccCommand, PccStatus, RasFeatureStatus } from './pcc.ts';

export const Ras2Feature = {
  PatrolScrub: 0,
  /** Translates a device's logical addresses to physical ones. */
  AddressTranslation: 1,
} as const;

/** PCC descriptor, table 5.81: 8 bytes. */
export const Ras2Channel = struct(
  'RAS2 PCC descriptor',
  {
    channelId: u8.doc('Platform communications channel: its place in the PCCT'),
    reserved: u16.reserved(),
    featureType: u8.values(Ras2Feature).default(Ras2Feature.PatrolScrub).doc('Feature that it serves'),
    instance: u32.default(0).doc('Which one of these; for memory, the proximity domain'),
  },
  { source: 'ACPI 6.5, 5.2.21.1' },
);

export const Ras2 = table(
  'RAS2',
  1,
  {
    reserved: u16.reserved(),
    channelCount: u16.countOf('channels').doc('Number of PCC descriptors'),
    channels: list(Ras2Channel).doc('PCC descriptors'),
  },
  { title: 'RAS2 Feature table', source: 'ACPI 6.5, 5.2.21' },
);

/** `signature` of a channel's memory. */
const RAS2_SIGNATURE = 0x5241_5332;

/** The one command of a channel. */
export const Ras2Command = { Execute: 1 } as const;

/** Parameter block of the patrol scrubber, table 5.84: 52 bytes, 312 in ACPI 6.6. */
export const Ras2PatrolScrub = struct(
  'RAS2 patrol scrub parameters',
  {
    type: u16.constant(Ras2Feature.PatrolScrub).doc('Feature that this is about'),
    version: u16.default(0x0100).doc('Major version (bits 8-15) and minor version (bits 0-7)'),
    length: u16.byteLength().doc('Bytes of the block'),
    command: u16.values(PatrolScrubCommand).doc('What the scrubber is to do'),
    requestedBase: u64.default(0n).doc('First address that the guest wants scrubbed on demand'),
    requestedSize: u64.default(0n).doc('Bytes that it wants scrubbed'),
    actualBase: u64.default(0n).doc('First address that is scrubbed'),
    actualSize: u64.default(0n).doc('Bytes that are scrubbed'),
    flags: bits(32, { running: flag(0, 'The scrubber is running') })
      .default({})
      .doc('What the platform answers'),
    rates: bits(32, {
      current: range(0, 7, 'Rate now, in hours for all of the memory'),
      minimum: range(8, 15, 'Lowest rate that can be asked for'),
      maximum: range(16, 23, 'Highest rate that can be asked for'),
    })
      .default({})
      .doc('What the platform answers: scrub parameters out'),
    request: bits(32, {
      background: flag(0, 'Scrub in the background'),
      rate: range(8, 15, 'Rate, in hours for all of the memory'),
    })
      .default({})
      .doc('What the guest wants: scrub parameters in'),
    extendedParameters: u32.since(312).doc('More that the platform answers (ACPI 6.6)'),
    rateDescription: ascii(256).since(312).doc('What the rates mean, as text (ACPI 6.6)'),
  },
  { source: 'ACPI 6.5, 5.2.21.2.1', usualLength: 52 },
);

/** Parameter block of the address translation: 36 bytes. */
export const Ras2AddressTranslation = struct(
  'RAS2 address translation parameters',
  {
    type: u16.constant(Ras2Feature.AddressTranslation).doc('Feature that this is about'),
    version: u16.default(0x0100).doc('Major version (bits 8-15) and minor version (bits 0-7)'),
    length: u16.byteLength().doc('Bytes of the block'),
    command: u16.values({ GetTranslation: 1 }).default(1).doc('What is to be done'),
    subInstance: u64.default(0n).doc('Part of the instance that the address is of'),
    logicalAddress: u64.default(0n).doc('Address to translate'),
    physicalAddress: u64.default(0n).doc('What the platform answers'),
    status: u32.values({ Success: 0, Failed: 1 }).default(0).doc('Whether it could'),
  },
  { source: 'ACPI 6.5, 5.2.21.2.2' },
);

/** Platform RAS features, table 5.83. */
export const Ras2Features = bits(64, {
  patrolScrub: flag(0, 'There is a hardware patrol scrubber'),
  addressTranslation: flag(1, 'Logical addresses can be translated'),
});

/** A channel's shared memory, table 5.82: 48 bytes and the parameter blocks. */
export const Ras2SharedMemory = struct(
  'RAS2 shared memory',
  {
    signature: u32.default(RAS2_SIGNATURE).doc('0x52415332'),
    command: PccCommand.default({}).doc('Command of the channel'),
    status: PccStatus.default({}).doc('Status of the channel'),
    version: u16.default(0x0100).doc('Major version (bits 8-15) and minor version (bits 0-7)'),
    features: Ras2Features.default({}).doc('What the platform has'),
    featuresHigh: u64.reserved(),
    setCapabilities: Ras2Features.default({}).doc('What the guest asks for'),
    setCapabilitiesHigh: u64.reserved(),
    parameterBlockCount: u16.countOf('parameterBlocks').doc('Number of parameter blocks'),
    setCapabilitiesStatus: u32.values(RasFeatureStatus).default(0).doc('What came of that'),
    parameterBlocks: list(
      union(
        'RAS2 parameter block',
        { tag: 2, length: { at: 4, size: 2 } },
        { patrolScrub: Ras2PatrolScrub, addressTranslation: Ras2AddressTranslation },
      ),
    )
      .default([])
      .doc('Parameters of the features'),
  },
  { source: 'ACPI 6.5, 5.2.21.2' },
);
