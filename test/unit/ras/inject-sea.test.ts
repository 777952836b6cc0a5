import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REG } from '../../../src/kvm/registers.ts';
import { injectSea } from '../../../src/ras/vcpu/inject-sea.ts';
import { viewVcpu } from '../../../src/ras/vcpu/vcpu-view.ts';
import { FakeVcpu } from './fake-vcpu.ts';

const LOST = { gpa: 0x5000_3000, size: 4096 };
const CODE = 0x40_0000n;
const DATA = 0x40_1000n;
const VBAR = 0xffff_8000_0001_0000n;

/** 39-bit addresses: code at GPA 0x5000_2000, data at 0x5000_3000; the level 3 table at 0x5000_1000. */
const TABLES = new Map<number, bigint>([
  [0x4800_0000, 0x4800_1003n],
  [0x4800_1000 + 8 * 2, 0x5000_1003n],
  [0x5000_1000, 0x5000_2fc3n],
  [0x5000_1008, 0x5000_3fc3n],
]);
const read = (gpa: number) => TABLES.get(gpa) ?? 0n;

function vcpu(over: Record<string, bigint> = {}): FakeVcpu {
  return new FakeVcpu(0, {
    PC: CODE + 0x120n,
    PSTATE: 0n,
    VBAR_EL1: VBAR,
    SCTLR_EL1: (1n << 23n) | 1n,
    TCR_EL1: 25n,
    TTBR0_EL1: 0x4800_0000n,
    ...over,
  });
}

function inject(cpu: FakeVcpu, lost = LOST, kvmInjects = true) {
  return injectSea(cpu.as(), viewVcpu(cpu.as()), lost, read, { kvmInjects });
}

test('a load of a lost page is injected by KVM, with the address that faulted', () => {
  const cpu = vcpu();
  cpu.far = DATA + 0x18n;
  const sea = inject(cpu);
  assert.deepEqual(sea, {
    abort: { access: 'data', gpa: 0x5000_3018 },
    esr: 0x9200_0010n,
    far: DATA + 0x18n,
    by: 'kvm',
  });
  assert.equal(cpu.getReg(REG.PC), CODE + 0x120n);
});

test('the sign-extended syndrome of an old KVM is mended', () => {
  const cpu = vcpu();
  cpu.far = DATA;
  cpu.signExtends = true;
  inject(cpu);
  assert.equal(cpu.getReg(REG.ESR_EL1), 0x9200_0010n);
});

test('a fetch from a lost page is an instruction abort at PC, the entry KVM’s', () => {
  const cpu = vcpu({ PC: DATA + 0x40n });
  cpu.far = DATA + 0x40n;
  const sea = inject(cpu);
  assert.deepEqual(sea, {
    abort: { access: 'fetch', gpa: 0x5000_3040 },
    esr: 0x8200_0010n,
    far: DATA + 0x40n,
    by: 'kvm',
  });
  assert.equal(cpu.getReg(REG.ESR_EL1), 0x8200_0010n);
  assert.equal(cpu.getReg(REG.PC), DATA + 0x40n);
});

test('where KVM cannot inject, a fetch from a lost page is an instruction abort by rasvm, with FAR at PC', () => {
  const cpu = vcpu({ PC: DATA + 0x40n });
  const sea = inject(cpu, LOST, false);
  assert.equal(sea.abort.access, 'fetch');
  assert.equal(sea.by, 'rasvm');
  assert.equal(cpu.getReg(REG.ESR_EL1), 0x8200_0010n);
  assert.equal(cpu.getReg(REG.FAR_EL1), DATA + 0x40n);
  assert.equal(cpu.getReg(REG.ELR_EL1), DATA + 0x40n);
  assert.equal(cpu.getReg(REG.PC), VBAR + 0x400n);
});

test('a load whose page table is lost has the level in its syndrome', () => {
  const cpu = vcpu({ PC: 0xffff_8000_0000_0000n, TCR_EL1: 25n | (25n << 16n) | (2n << 30n), PSTATE: 5n });
  cpu.far = DATA;
  const sea = inject(cpu, { gpa: 0x5000_1000, size: 4096 });
  assert.deepEqual(sea.abort, { access: 'table-walk', level: 3, gpa: 0x5000_1008 });
  assert.equal(cpu.getReg(REG.ESR_EL1) & 0x3fn, 0x17n);
});

test('where a table on the way to the address cannot be read, what was accessed is unknown', () => {
  const cpu = vcpu();
  cpu.far = DATA + 0x18n;
  const half = (gpa: number) => (gpa === 0x4800_1000 + 8 * 2 ? undefined : read(gpa));
  const sea = injectSea(cpu.as(), viewVcpu(cpu.as()), LOST, half, { kvmInjects: true });
  assert.deepEqual([sea.abort, sea.far], [{ access: 'unknown' }, DATA + 0x18n]);
  assert.equal(sea.esr, 0x9200_0010n);
  const other = vcpu();
  const entered = injectSea(other.as(), viewVcpu(other.as()), LOST, half, { kvmInjects: false });
  assert.deepEqual([entered.abort.access, entered.far], ['data', undefined]);
});

test('a fetch whose page table is lost is an instruction abort on a walk', () => {
  const cpu = vcpu();
  cpu.far = cpu.getReg(REG.PC);
  const sea = inject(cpu, { gpa: 0x5000_1000, size: 4096 });
  assert.deepEqual(sea.abort, { access: 'table-walk', level: 3, gpa: 0x5000_1000 });
  assert.equal(cpu.getReg(REG.ESR_EL1), 0x8200_0017n);
});

test('where KVM cannot inject, the entry is made by rasvm and says that FAR is not valid', () => {
  const cpu = vcpu();
  const sea = inject(cpu, LOST, false);
  assert.equal(sea.by, 'rasvm');
  assert.equal(sea.far, undefined);
  assert.equal(cpu.getReg(REG.ESR_EL1), 0x9200_0410n);
});

test('where KVM cannot inject, a lost huge page that holds code, data and tables is met by the fetch first', () => {
  const sea = inject(vcpu(), { gpa: 0x5000_0000, size: 0x20_0000 }, false);
  assert.equal(sea.esr, 0x8200_0017n);
});
