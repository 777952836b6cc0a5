/** A board: a list of devices, each of a kind, with its place. All else that concerns a device comes from it. */

import type { AcpiParts, Device, DeviceKind, Slot, TreeContext, TreeParts } from '../devices/device.ts';
import type { FixedPlace, SlotAllocator } from './slots.ts';

/** A device on a board, for machines that do so much for their devices. */
export interface Part<Services> {
  readonly slot: Slot;
  readonly kind: Pick<DeviceKind<unknown, unknown, Device>, 'name' | 'needs'>;
  acpi(): AcpiParts;
  fdt(tree: TreeContext): TreeParts;
  create(services: Services): Device;
}

export type Board<Services> = readonly Part<Services>[];

/** Gives a device its place. */
export type Placement<Services> = (slots: SlotAllocator) => Part<Services>;

/** @param id unique on the board */
export function device<Services>(
  kind: DeviceKind<void, Services, Device>,
  id: string,
  place?: FixedPlace,
): Placement<Services>;
export function device<Services, Options>(
  kind: DeviceKind<Options, Services, Device>,
  id: string,
  place: FixedPlace,
  options: Options,
): Placement<Services>;
export function device<Services, Options>(
  kind: DeviceKind<Options, Services, Device>,
  id: string,
  place: FixedPlace = {},
  options?: Options,
): Placement<Services> {
  return (slots) => {
    const slot = slots.place(id, kind.needs, place);
    return {
      slot,
      kind,
      acpi: () => kind.acpi?.(slot, options!) ?? {},
      fdt: (tree) => kind.fdt?.(slot, tree, options!) ?? { nodes: {} },
      create: (services) => kind.create(slot, options!, services),
    };
  };
}
