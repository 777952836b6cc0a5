import assert from 'node:assert/strict';
import { it } from 'node:test';
import { INTERRUPT } from '../../../src/board/address-map.ts';
import { GenericEventDevice } from '../../../src/devices/ged.ts';

it('the generic event device has an interrupt for the power button and one for hardware errors', () => {
  const pulses: number[] = [];
  const ged = new GenericEventDevice((gsiv) => pulses.push(gsiv));
  ged.powerButton();
  ged.hardwareError();
  assert.deepEqual(pulses, [INTERRUPT.gedPower, INTERRUPT.gedHardwareError]);
});
