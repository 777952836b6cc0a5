/** Generic Event Device: ACPI 6.5, section 5.6.9. Its interrupts are events that _EVT takes. */

import { Interrupt, ResourceTemplate } from '../resource.ts';
import { Arg, Device, If, LEqual, Method, Name } from '../statement.ts';
import type { Aml } from '../term.ts';
import { identity } from './identity.ts';

export interface GenericEvent {
  readonly gsiv: number;
  /** Default edge. */
  readonly trigger?: 'edge' | 'level';
  /** What _EVT does, as a rule a Notify. */
  readonly action: Aml;
}

/** ACPI0013. */
export function GenericEventDevice(path: string, uid: number, events: readonly GenericEvent[]): Aml {
  const interrupts = events.map(({ gsiv, trigger = 'edge' }) => Interrupt({ trigger }, gsiv));
  const actions = events.map(({ gsiv, action }) => If(LEqual(Arg(0), gsiv), action));
  return Device(
    path,
    ...identity('ACPI0013', uid),
    Name('_CRS', ResourceTemplate(...interrupts)),
    Method('_EVT', { args: 1, serialized: true }, ...actions),
  );
}
