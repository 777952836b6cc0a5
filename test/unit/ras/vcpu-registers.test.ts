import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REG, x } from '../../../src/kvm/registers.ts';
import type { Vcpu } from '../../../src/native/binding.ts';
import { deferredText, syndromeText } from '../../../src/ras/vcpu/syndrome.ts';
import { pstateText, REGISTER_NAMES, readVcpu, registerWords } from '../../../src/ras/vcpu/vcpu-registers.ts';

test('registers have the ids of arch/arm64/include/uapi/asm/kvm.h', () => {
  assert.equal(x(30), 0x6030_0000_0010_003cn);
  assert.equal(REG.SP_EL1, 0x6030_0000_0010_0044n);
  assert.equal(REG.DISR_EL1, 0x6030_0000_0013_c609n);
  // KVM_REG_ARM_TIMER_CTL, _CVAL and _CNT.
  assert.equal(REG.CNTV_CTL_EL0, 0x6030_0000_0013_df19n);
  assert.equal(REG.CNTV_CVAL_EL0, 0x6030_0000_0013_df02n);
  assert.equal(REG.CNTVCT_EL0, 0x6030_0000_0013_df1an);
});

test('syndromes are told in words', () => {
  const cases: [bigint, string][] = [
    // As arch/arm64/kvm/inject_fault.c makes it, and as the kernel reports it of a poisoned page.
    [0x9200_0010n, 'data abort from EL0 (EC 0x24): synchronous external abort, recoverable (UER), read'],
    [
      0x9600_0410n,
      'data abort in EL1 (EC 0x25): synchronous external abort, recoverable (UER), FAR not valid, read',
    ],
    [0x9600_1050n, 'data abort in EL1 (EC 0x25): synchronous external abort, uncontainable (UC), write'],
    [0x9600_0047n, 'data abort in EL1 (EC 0x25): translation fault, level 3, write'],
    [0x9200_0147n, 'data abort from EL0 (EC 0x24): translation fault, level 3, cache maintenance'],
    [0x9600_0021n, 'data abort in EL1 (EC 0x25): alignment fault, read'],
    [0x9600_002bn, 'data abort in EL1 (EC 0x25): translation fault, level -1, read'],
    [0x8200_000fn, 'instruction abort from EL0 (EC 0x20): permission fault, level 3'],
    [0x8600_0017n, 'instruction abort in EL1 (EC 0x21): synchronous external abort on a table walk, level 3'],
    [
      0x8600_0013n,
      'instruction abort in EL1 (EC 0x21): synchronous external abort on a table walk, level -1',
    ],
    [0x5600_0000n, 'SVC (EC 0x15): immediate 0x0'],
    [0xf200_0800n, 'BRK (EC 0x3c): immediate 0x800'],
    [0xbe00_0011n, 'SError (EC 0x2f): uncontainable (UC)'],
    [0xbe00_0411n, 'SError (EC 0x2f): unrecoverable (UEU)'],
    [0xbe00_1a11n, 'SError (EC 0x2f): corrected (CE), EA'],
    [0xbe00_0000n, 'SError (EC 0x2f): uncategorized'],
    [0xbf00_1234n, 'SError (EC 0x2f): implementation defined syndrome 0x1234'],
    // MRS x3, SCTLR_EL1.
    [
      (0x18n << 26n) | (3n << 20n) | (1n << 10n) | (3n << 5n) | 1n,
      'trapped MSR, MRS or system instruction (EC 0x18): read of S3_0_C1_C0_0, x3',
    ],
    [0n, 'unknown reason (EC 0x00)'],
    [0x3fn << 26n, 'reserved exception class (EC 0x3f)'],
  ];
  for (const [esr, words] of cases) assert.equal(syndromeText(esr), words);
  assert.equal(deferredText(0n), 'none deferred');
  assert.equal(deferredText(0x8000_0411n), 'deferred SError: unrecoverable (UEU)');
});

test('every syndrome has words', () => {
  for (let ec = 0; ec < 64; ec++)
    for (let iss = 0; iss < 2 ** 13; iss += 7) {
      const text = syndromeText((BigInt(ec) << 26n) | BigInt(iss));
      assert.doesNotMatch(text, /undefined|NaN/);
    }
});

test('PSTATE is told as the kernel does', () => {
  assert.equal(pstateText(0x3c5n), 'EL1h nzcv DAIF');
  assert.equal(pstateText(0x6040_00c5n), 'EL1h nZCv daIF +PAN');
  assert.equal(pstateText(0x8000_1000n), 'EL0t Nzcv daif +SSBS');
  assert.equal(pstateText(4n), 'EL1t nzcv daif');
  assert.equal(pstateText(0x2000_0190n), 'EL0 AArch32 nzCv AIf');
});

function vcpu(values: Map<bigint, bigint>, mpState: number, serror: object): Vcpu {
  return {
    index: 3,
    getReg(id: bigint) {
      if (id === REG.DISR_EL1) throw Object.assign(new Error('no'), { code: 'ENOENT' });
      return values.get(id) ?? 0n;
    },
    getMpState: () => mpState,
    getEvents: () => ({
      serrorPending: false,
      serrorHasEsr: false,
      serrorEsr: 0n,
      extDabtPending: false,
      ...serror,
    }),
  } as unknown as Vcpu;
}

test('a vCPU is read whole, but for what the host does not have', () => {
  const values = new Map([
    [REG.PC, 0xffff_8000_1234_5678n],
    [REG.CNTV_CTL_EL0, 5n],
    [REG.CNTV_CVAL_EL0, 100n],
    [REG.CNTVCT_EL0, 350n],
    // Sign-extended by KVM of Linux 6.1.
    [REG.ESR_EL1, 0xffff_ffff_9200_0010n],
  ]);
  const read = readVcpu(vcpu(values, 5, {}), false);
  assert.deepEqual(
    Object.keys(read.registers),
    REGISTER_NAMES.filter((name) => name !== 'DISR_EL1'),
  );
  assert.equal(read.mpState, 'stopped');
  assert.equal('serror' in read, false);
  const words = registerWords(read);
  assert.equal(words.CNTV_CTL_EL0, 'on, condition met');
  assert.equal(words.CNTV_CVAL_EL0, '250 ticks ago');
  assert.match(words.ESR_EL1!, /^data abort from EL0/);
  assert.equal('DISR_EL1' in words, false);
});

test('ESR_EL1 as KVM resets it is no syndrome', () => {
  const words = registerWords({ registers: { ESR_EL1: 0x1de7_ec7e_dbad_c0den } });
  assert.equal(words.ESR_EL1, 'no exception yet that has a syndrome');
});

test('a pending SError has its syndrome only where KVM holds one', () => {
  const pending = (events: object) => readVcpu(vcpu(new Map(), 0, events), false).serror;
  assert.deepEqual(pending({ serrorPending: true, serrorEsr: 9n }), {});
  assert.deepEqual(pending({ serrorPending: true, serrorHasEsr: true, serrorEsr: 9n }), { esr: 9n });
});
