/**
 * Schemas of the devices' saved state, by the name of their kind. They stand apart from the devices: only who
 * takes state from outside needs them, and a version that is no longer saved can go on being read.
 */

import { pl011State } from './pl011.ts';
import { pl031State } from './pl031.ts';
import { pl061State } from './pl061.ts';
import { readAckState } from './read-ack.ts';

export const DEVICE_STATES = {
  pl011: pl011State,
  pl031: pl031State,
  pl061: pl061State,
  'read-ack': readAckState,
} as const;
