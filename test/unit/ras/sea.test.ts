import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  enterSynchronous,
  exceptionLevel,
  FSC,
  PSTATE,
  seaSyndrome,
  withFaultStatus,
} from '../../../src/ras/vcpu/sea.ts';

const VBAR = 0xffff_8000_1000_0800n;
const EL0 = PSTATE.MODE_EL0T;
const SPAN = 1n << 23n;

function entry(pstate: bigint, sctlr = SPAN) {
  return enterSynchronous({ pc: 0x40_1000n, pstate, vbar: VBAR, sctlr });
}

// Arm ARM DDI 0487, D1.3.1.4: the vector is chosen by where the exception came from.
for (const [from, pstate, offset] of [
  ['EL0, AArch64', EL0, 0x400n],
  ['EL0, AArch32 (User)', 0x10n, 0x600n],
  ['EL1 with SP_EL1', PSTATE.MODE_EL1H, 0x200n],
  ['EL1 with SP_EL0', PSTATE.MODE_EL1T, 0x000n],
] as const) {
  test(`an abort from ${from} enters at VBAR_EL1 + 0x${offset.toString(16)}`, () => {
    assert.equal(entry(pstate).pc, VBAR + offset);
  });
}

test('what was interrupted is kept in ELR and SPSR', () => {
  const pstate = EL0 | (0x9n << 28n) | PSTATE.SSBS;
  const entered = entry(pstate);
  assert.equal(entered.elr, 0x40_1000n);
  assert.equal(entered.spsr, pstate);
});

test('the handler runs in EL1h with all exceptions masked and the flags kept', () => {
  const entered = entry(EL0 | (0xan << 28n));
  assert.equal(entered.pstate, (0xan << 28n) | PSTATE.DAIF | PSTATE.MODE_EL1H);
});

test('single step, illegal state and BTYPE are cleared', () => {
  const SS = 1n << 21n;
  const IL = 1n << 20n;
  const BTYPE = 3n << 10n;
  assert.equal(entry(PSTATE.MODE_EL1H | SS | IL | BTYPE).pstate, PSTATE.DAIF | PSTATE.MODE_EL1H);
});

test('PAN is set where SCTLR_EL1.SPAN is 0 and kept where it is 1', () => {
  assert.equal(entry(EL0, 0n).pstate & PSTATE.PAN, PSTATE.PAN);
  assert.equal(entry(EL0, SPAN).pstate & PSTATE.PAN, 0n);
  assert.equal(entry(PSTATE.MODE_EL1H | PSTATE.PAN, SPAN).pstate & PSTATE.PAN, PSTATE.PAN);
});

test('SSBS is what SCTLR_EL1.DSSBS says, not what it was', () => {
  assert.equal(entry(EL0 | PSTATE.SSBS, SPAN).pstate & PSTATE.SSBS, 0n);
  assert.equal(entry(EL0, SPAN | (1n << 44n)).pstate & PSTATE.SSBS, PSTATE.SSBS);
});

test('DIT is kept; an AArch32 one moves from bit 21', () => {
  assert.equal(entry(EL0 | PSTATE.DIT).pstate & PSTATE.DIT, PSTATE.DIT);
  assert.equal(entry(0x10n | (1n << 21n)).pstate & PSTATE.DIT, PSTATE.DIT);
});

test('TCO is set for a guest with MTE only', () => {
  const state = { pc: 0n, pstate: EL0, vbar: VBAR, sctlr: SPAN };
  assert.equal(enterSynchronous(state, { mte: true }).pstate & PSTATE.TCO, PSTATE.TCO);
  assert.equal(enterSynchronous(state).pstate & PSTATE.TCO, 0n);
});

test('the interrupted exception level is read from PSTATE.M', () => {
  assert.equal(exceptionLevel(EL0), 0);
  assert.equal(exceptionLevel(0x10n), 0);
  assert.equal(exceptionLevel(PSTATE.MODE_EL1T), 1);
  assert.equal(exceptionLevel(PSTATE.MODE_EL1H), 1);
});

// The values that QEMU and KVM give for the same aborts.
for (const [abort, esr] of [
  [{ fetch: false, from: 0, fsc: 0x10, far: false }, 0x9200_0410n],
  [{ fetch: false, from: 1, fsc: 0x10, far: false }, 0x9600_0410n],
  [{ fetch: false, from: 1, fsc: 0x10, far: true }, 0x9600_0010n],
  [{ fetch: true, from: 0, fsc: 0x10, far: true }, 0x8200_0010n],
  [{ fetch: true, from: 1, fsc: 0x10, far: true }, 0x8600_0010n],
] as const) {
  test(`a ${abort.fetch ? 'fetch' : 'data'} abort from EL${abort.from}, FAR ${abort.far}: ESR 0x${esr.toString(16)}`, () => {
    assert.equal(seaSyndrome(abort), esr);
  });
}

test('an abort on a table walk has the level in its status code', () => {
  assert.equal(withFaultStatus(0x9200_0010n, FSC.onTableWalk(3)), 0x9200_0017n);
  assert.equal(FSC.onTableWalk(-1), 0x13);
});
