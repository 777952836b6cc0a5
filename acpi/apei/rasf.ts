/** RAS Feature table: ACPI 6.5, section 5.2.20; RAS2 follows it. */

import { bits, bytes, flag, list, range, struct, u16, u32, u64, union } from '../struct.ts';
import { table } from '../tables/header.ts';
import { PatrolScrubCommand, PccCommand, PccStatus, RasFeatureStatus } from './pcc.ts';

export const Rasf = table(
  'RASF',
  1,
  { channelId: bytes(12).doc('Platform communications channel of the RAS features') },
  { title: 'RAS Feature table', source: 'ACPI 6.5, 5.2.20' },
);

/** `signature` of the channel's memory. */
const RASF_SIGNATURE = 0x5241_5346;

/** The one command of the channel. */
export const RasfCommand = { Execute: 1 } as const;

export const PatrolSpeed = { Slow: 0, Medium: 4, Fast: 7 } as const;

/** Parameter block of the patrol scrubber, table 5.79: 43 bytes. */
export const RasfPatrolScrub = struct(
  'RASF patrol scrub parameters',
  {
    type: u16.constant(0).doc('Patrol scrubbing'),
    version: u16.default(0x0100).doc('Major version (bits 8-15) and minor version (bits 0-7)'),
    length: u16.byteLength().doc('Bytes of the block'),
    command: u16.values(PatrolScrubCommand).doc('What the scrubber is to do'),
    requestedBase: u64.default(0n).doc('First address that the guest wants scrubbed'),
    requestedSize: u64.default(0n).doc('Bytes that it wants scrubbed'),
    actualBase: u64.default(0n).doc('First address that is scrubbed'),
    actualSize: u64.default(0n).doc('Bytes that are scrubbed'),
    flags: bits(16, {
      running: flag(0, 'The actual range is being scrubbed'),
      speed: range(1, 3, 'How quickly', PatrolSpeed),
    })
      .default({})
      .doc('What the platform answers'),
    requestedSpeed: bits(8, { speed: range(0, 2, 'How quickly', PatrolSpeed) })
      .default({})
      .doc('What the guest wants'),
  },
  { source: 'ACPI 6.5, 5.2.20.5' },
);

/** Platform RAS capabilities, table 5.78. */
export const RasfCapabilities = bits(64, {
  patrolScrub: flag(0, 'There is a hardware patrol scrubber'),
  patrolScrubExposed: flag(1, 'It can be controlled by this channel'),
});

/** The channel's shared memory, table 5.76: 48 bytes and the parameter blocks. */
export const RasfSharedMemory = struct(
  'RASF shared memory',
  {
    signature: u32.default(RASF_SIGNATURE).doc('0x52415346'),
    command: PccCommand.default({}).doc('Command of the channel'),
    status: PccStatus.default({}).doc('Status of the channel'),
    version: u16.default(0x0100).doc('Major version (bits 8-15) and minor version (bits 0-7)'),
    capabilities: RasfCapabilities.default({}).doc('What the platform has'),
    capabilitiesHigh: u64.reserved(),
    setCapabilities: RasfCapabilities.default({}).doc('What the guest asks for'),
    setCapabilitiesHigh: u64.reserved(),
    parameterBlockCount: u16.countOf('parameterBlocks').doc('Number of parameter blocks'),
    setCapabilitiesStatus: u32.values(RasFeatureStatus).default(0).doc('What came of that'),
    parameterBlocks: list(
      union('RASF parameter block', { tag: 2, length: { at: 4, size: 2 } }, { patrolScrub: RasfPatrolScrub }),
    )
      .default([])
      .doc('Parameters of the features'),
  },
  { source: 'ACPI 6.5, 5.2.20.3' },
);
