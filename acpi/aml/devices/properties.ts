/** Device properties: ACPI 6.5, section 6.2.5, and the UUIDs of "Device Properties UUID For _DSD". */

import { Name } from '../statement.ts';
import { type Aml, ToUuid, type Value } from '../term.ts';

export const DsdUuid = {
  DeviceProperties: 'daffd814-6eba-4d8c-8a91-bc9bbf4aa301',
  HierarchicalData: 'dbb8e3e6-5886-4ba6-8795-1319f52a966b',
} as const;

/** A further part of a _DSD: a UUID and what it says that the data are. */
export type DsdPart = readonly [uuid: string, data: Value];

/** _DSD with device properties, as drivers ask for them by name, and further parts. */
export function Dsd(properties: Readonly<Record<string, Value>>, ...more: readonly DsdPart[]): Aml {
  const named: DsdPart = [DsdUuid.DeviceProperties, Object.entries(properties)];
  return Name(
    '_DSD',
    [named, ...more].flatMap(([uuid, data]) => [ToUuid(uuid), data]),
  );
}
