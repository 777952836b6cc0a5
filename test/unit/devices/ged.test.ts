import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ged } from '../../../src/devices/ged.ts';
import { slotOf } from './slot.ts';

it('the generic event device has an interrupt for the power button and one for hardware errors', () => {
  const pulses: number[] = [];
  const device = ged.create(slotOf(ged, 40), undefined, { pulse: ({ gsiv }) => pulses.push(gsiv) });
  device.powerButton();
  device.hardwareError();
  assert.deepEqual(pulses, [40, 41]);
});
