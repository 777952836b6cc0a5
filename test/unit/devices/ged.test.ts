import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GenericEventDevice } from '../../../src/devices/ged.ts';
import { INTERRUPT } from '../../../src/platform/address-map.ts';

it('the generic event device has an interrupt for the power button and one for hardware errors', () => {
  const pulses: number[] = [];
  const ged = new GenericEventDevice((gsiv) => pulses.push(gsiv));
  ged.powerButton();
  ged.hardwareError();
  assert.deepEqual(pulses, [INTERRUPT.gedPower, INTERRUPT.gedHardwareError]);
});
