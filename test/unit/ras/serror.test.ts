import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SerrorClass } from '../../../src/events/event.ts';
import { NAMED_SERROR_CLASSES } from '../../../src/events/event.ts';
import { REG } from '../../../src/kvm/registers.ts';
import {
  checkSyndrome,
  getSerror,
  mergeSyndromes,
  serrorClass,
  serrorSyndrome,
  setSerror,
} from '../../../src/ras/vcpu/serror.ts';
import { syndromeText } from '../../../src/ras/vcpu/syndrome.ts';
import { FakeVcpu } from './fake-vcpu.ts';

const PSTATE_A = 1n << 8n;
const VBAR = 0xffff_8000_0001_0000n;
const PC = 0xffff_8000_0012_3450n;
/** A syndrome of the implementation's own. */
const IDS = 1n << 24n;
const HOST = { serror: true, serrorSyndrome: true };
const OLD_HOST = { serror: true, serrorSyndrome: false };

/** In EL1, with SErrors masked or not. */
function vcpu({ masked = false } = {}): FakeVcpu {
  return new FakeVcpu(1, { PC, PSTATE: 5n | (masked ? PSTATE_A : 0n), VBAR_EL1: VBAR, SCTLR_EL1: 1n });
}

test('syndromes are those of the Arm ARM, and say their class', () => {
  const syndromes = NAMED_SERROR_CLASSES.map((name) => [name, serrorSyndrome(name)]);
  assert.deepEqual(Object.fromEntries(syndromes), {
    ce: 0x1811n,
    ueo: 0x811n,
    uer: 0xc11n,
    ueu: 0x411n,
    uc: 0x11n,
    uncategorized: 0n,
  });
  for (const name of NAMED_SERROR_CLASSES) assert.equal(serrorClass(serrorSyndrome(name)), name);
  const words = syndromeText(0xbe00_0000n | serrorSyndrome('uer'));
  assert.match(words, /SError \(EC 0x2f\): recoverable \(UER\)/);
});

test('a syndrome that the architecture does not know has a class too', () => {
  const classes: [bigint | undefined, SerrorClass][] = [
    [undefined, 'implementation-defined'],
    [IDS, 'implementation-defined'],
    // Nothing else counts then.
    [IDS | 0x811n, 'implementation-defined'],
    [(4n << 10n) | 0x11n, 'reserved'],
    [(5n << 10n) | 0x11n, 'reserved'],
    [0x10n, 'reserved'],
    // Without the status code that it goes with, AET means nothing.
    [2n << 10n, 'uncategorized'],
    // EA and IESB are beside it.
    [0x811n | (1n << 9n) | (1n << 13n), 'ueo'],
  ];
  for (const [esr, name] of classes) assert.equal(serrorClass(esr), name, String(esr));
});

test('only ISS is a syndrome', () => {
  checkSyndrome(0n);
  checkSyndrome((1n << 25n) - 1n);
  assert.throws(() => checkSyndrome(0xbe00_0c11n), { code: 'USAGE', message: /0xc11 is that part of it/ });
  assert.throws(() => checkSyndrome(-1n), { code: 'USAGE' });
});

test('of two SErrors that are taken as one the worse is told, whichever came first', () => {
  const worstFirst = [
    IDS,
    serrorSyndrome('uc'),
    (7n << 10n) | 0x11n,
    ...(['uncategorized', 'ueu', 'uer', 'ueo', 'ce'] as const).map(serrorSyndrome),
  ];
  for (const [i, worse] of worstFirst.entries()) {
    for (const better of worstFirst.slice(i + 1)) {
      assert.equal(mergeSyndromes(worse, better), worse);
      assert.equal(mergeSyndromes(better, worse), worse);
    }
  }
  const [first, second] = [0x811n, 0x811n | (1n << 9n)];
  assert.equal(mergeSyndromes(first, second), first);
});

test('KVM up to 6.16 pends an SError, and the guest takes it when it runs', () => {
  const cpu = vcpu();
  assert.deepEqual(getSerror(cpu.as()), { pending: false, hasEsr: false, esr: 0n });
  assert.deepEqual(setSerror(cpu.as(), 0x811n, HOST), { pending: true, esr: 0x811n, class: 'ueo' });
  assert.deepEqual(getSerror(cpu.as()), { pending: true, hasEsr: true, esr: 0x811n });
  assert.equal(cpu.getReg(REG.PC), PC);
  cpu.run();
  assert.equal(cpu.getReg(REG.PC), VBAR + 0x380n);
  assert.equal(cpu.getReg(REG.ESR_EL1), 0xbe00_0811n);
});

test('KVM from 6.17 on enters one that is not masked at once', () => {
  const cpu = vcpu();
  cpu.entersAtOnce = true;
  assert.deepEqual(setSerror(cpu.as(), 0x411n, HOST), { pending: false, esr: 0x411n, class: 'ueu' });
  assert.equal(cpu.getReg(REG.PC), VBAR + 0x380n);
  assert.equal(cpu.getReg(REG.ESR_EL1), 0xbe00_0411n);
  // The entry masks the next: it is another exception, and nothing is merged.
  assert.deepEqual(setSerror(cpu.as(), 0x1811n, HOST), { pending: true, esr: 0x1811n, class: 'ce' });
});

for (const entersAtOnce of [false, true]) {
  test(`one that is masked stays pending, and the next is merged (entered at once: ${entersAtOnce})`, () => {
    const cpu = vcpu({ masked: true });
    cpu.entersAtOnce = entersAtOnce;
    setSerror(cpu.as(), serrorSyndrome('uer'), HOST);
    const second = setSerror(cpu.as(), serrorSyndrome('ueo'), HOST);
    assert.deepEqual(second, { pending: true, esr: 0xc11n, class: 'uer', merged: 'uer' });
    assert.equal(getSerror(cpu.as()).esr, 0xc11n);
    const third = setSerror(cpu.as(), serrorSyndrome('uc'), HOST);
    assert.deepEqual(third, { pending: true, esr: 0x11n, class: 'uc', merged: 'uer' });
    // KVM would choose IDS alone, and lose what was pending.
    const fourth = setSerror(cpu.as(), undefined, HOST);
    assert.deepEqual(fourth, { pending: true, esr: IDS, class: 'implementation-defined', merged: 'uc' });
    cpu.setReg(REG.PSTATE, 5n);
    cpu.run();
    assert.equal(cpu.getReg(REG.ESR_EL1), 0xbe00_0000n | IDS);
    assert.deepEqual(getSerror(cpu.as()), { pending: false, hasEsr: false, esr: 0n });
  });
}

test('a host without the RAS extension has SErrors without a syndrome only', () => {
  const cpu = vcpu({ masked: true });
  cpu.hostHasRas = false;
  assert.throws(() => setSerror(cpu.as(), 0x811n, OLD_HOST), {
    code: 'KVM_CAPABILITY',
    message: /KVM_CAP_ARM_INJECT_SERROR_ESR.* only an SError without a class or syndrome is possible/,
  });
  assert.equal(getSerror(cpu.as()).pending, false);
  assert.deepEqual(setSerror(cpu.as(), undefined, OLD_HOST), {
    pending: true,
    class: 'implementation-defined',
  });
  assert.deepEqual(getSerror(cpu.as()), { pending: true, hasEsr: false, esr: 0n });
  assert.equal(setSerror(cpu.as(), undefined, OLD_HOST).merged, 'implementation-defined');
});

test('what KVM refuses is an error that says why', () => {
  const cpu = vcpu();
  cpu.hostHasRas = false;
  // A host that is not what it says.
  assert.throws(() => setSerror(cpu.as(), 0x811n, HOST), { code: 'CONTROL', message: /vCPU 1 .*EINVAL/ });
  assert.throws(() => setSerror(cpu.as(), undefined, { serror: false, serrorSyndrome: false }), {
    code: 'KVM_CAPABILITY',
    message: /KVM_CAP_VCPU_EVENTS/,
  });
});
