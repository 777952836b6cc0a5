import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosis, doctorCommand, reportText } from '../../../src/cli/inspect/doctor.ts';
import { hostRows } from '../../../src/cli/inspect/doctor-rows.ts';
import { parseAskedOfRas, RAS_OPTIONS } from '../../../src/cli/run/ras-options.ts';
import { type HostFacts, hostFacts } from '../../../src/machine/host-facts.ts';

const GOOD: HostFacts = {
  arch: 'arm64',
  kernel: '7.2.0',
  kvm: {
    capabilities: { injectsDataAbort: true, serror: true, serrorSyndrome: true, seaToUser: true },
    ...{ maxVcpus: 512, lacks: [], ipaBits: 44, smcccFilter: true, pmu: true },
  },
  memoryFailure: true,
  settings: { earlyKill: false, recovery: true },
  earlySignals: undefined,
  sysAdmin: true,
  scan: undefined,
  frames: true,
  uffdPoison: undefined,
  hwpoisonInject: undefined,
  hugePages: [{ size: 0x20_0000, total: 4, free: 2 }],
  transparentHugePages: 'always',
};
const NO_KVM: HostFacts = { ...GOOD, arch: 'x64', kvm: { error: { code: 'NO_KVM', message: 'none here' } } };

const asked = (ras = 'auto', acpi = 'on') => parseAskedOfRas({ ras, acpi, 'no-acpi-policy': 'sea' });
const bad = (facts: HostFacts) => hostRows(facts).flatMap(({ ok, what }) => (ok ? [] : [what]));

test('of a host that has everything nothing is missing', () => {
  assert.deepEqual(bad(GOOD), []);
  const report = diagnosis(asked('on'), GOOD, false);
  assert.equal(report.refusal, undefined);
  assert.deepEqual([...new Set(report.asked.map(({ possible }) => possible))], ['yes', 'unused']);
});

test('what its kernel is known to do wrong is told, with what to do', () => {
  const facts = { ...GOOD, kernel: '6.12.117+deb13-arm64' };
  assert.deepEqual([...new Set(bad(facts))], ['known bug of the kernel']);
  const words = hostRows(facts).map(({ consequence }) => consequence);
  assert.ok(words.some((each) => /the HOST may oops .*: take another kernel/.test(each)));
});

test('each thing that is missing is marked, with what to do', () => {
  const cases: [Partial<HostFacts>, string, RegExp][] = [
    [{ arch: 'x64' }, 'kernel', /lab/],
    [{ kvm: { ...GOOD.kvm, lacks: ['no GIC', 'no ITS'] } as HostFacts['kvm'] }, 'KVM', /no GIC; no ITS/],
    [{ kvm: { ...GOOD.kvm, smcccFilter: false } as HostFacts['kvm'] }, 'SMCCC filter', /6\.4/],
    [{ earlySignals: 'EINVAL' }, 'PR_MCE_KILL', /no early reports/],
    [{ scan: 'EACCES' }, 'page map, for lost pages', /\/proc\/self\/pagemap/],
    [{ settings: { earlyKill: true, recovery: false } }, 'vm.memory_failure_recovery', /HOST panics/],
    [{ uffdPoison: 'EINVAL' }, 'inject --via uffd', /Linux 6\.6/],
    [{ uffdPoison: 'EPERM' }, 'inject --via uffd', /not allowed/],
    [{ hwpoisonInject: 'ENOENT' }, 'inject --via hwpoison', /modprobe hwpoison-inject/],
    [{ hwpoisonInject: 'EACCES' }, 'inject --via hwpoison', /root/],
    [{ frames: false }, 'inject --via hwpoison', /CAP_SYS_ADMIN/],
    [{ hugePages: [{ size: 2 ** 30, total: 0, free: 0 }] }, 'huge pages of 1G', /hugepages-1048576kB/],
  ];
  for (const [lack, what, words] of cases) {
    const facts = { ...GOOD, ...lack };
    assert.deepEqual(bad(facts), [what]);
    const { found, consequence } = hostRows(facts).find((row) => row.what === what)!;
    assert.match(consequence, words);
    assert.notEqual(found, '');
  }
  assert.deepEqual(bad({ ...GOOD, sysAdmin: false }), ['CAP_SYS_ADMIN', 'inject --via madvise']);
  assert.deepEqual(bad({ ...GOOD, memoryFailure: false, settings: undefined }), [
    'memory_failure',
    'inject --via madvise',
  ]);
});

test('it ends as a start would', () => {
  const refusal = (ras: string, facts = GOOD, inLab = false, acpi = 'on') =>
    diagnosis(asked(ras, acpi), facts, inLab).refusal?.code;
  const old = { ...GOOD, memoryFailure: false };
  assert.equal(refusal('auto'), undefined);
  assert.equal(refusal('on', old), 'KVM_CAPABILITY');
  assert.equal(refusal('auto', old), undefined);
  const bare = { ...GOOD, kvm: { ...GOOD.kvm, lacks: ['no GIC'] } as HostFacts['kvm'] };
  assert.equal(refusal('auto', bare), 'KVM_CAPABILITY');
  assert.equal(refusal('on', GOOD, false, 'off'), 'USAGE');
  assert.equal(refusal('auto', NO_KVM), 'NO_KVM');
  // The lab is not this host.
  assert.equal(refusal('on', { ...NO_KVM, memoryFailure: false }, true), undefined);
  assert.equal(refusal('on', NO_KVM, true, 'off'), 'USAGE');
});

test('without KVM the tables are as long, and say so', () => {
  assert.equal(hostRows(NO_KVM).length, hostRows(GOOD).length);
  const report = diagnosis(asked(), NO_KVM, true);
  assert.deepEqual(
    report.asked.map(({ possible }) => possible),
    ['yes', 'yes', 'unknown', 'yes', 'unused'],
  );
  const text = reportText(report);
  assert.match(text, /^No guest can be run here: .*--lab always$/m);
  assert.match(text, /^KVM +! no +none here$/m);
});

test('this host is looked at, whatever it is, again and again', async () => {
  const facts = await hostFacts();
  assert.equal(facts.arch, process.arch);
  assert.equal(facts.earlySignals, undefined);
  assert.equal(facts.scan, undefined);
  for (const { what, found, consequence } of hostRows(facts)) assert.ok(what && found && consequence, what);
  assert.deepEqual({ ...(await hostFacts()), hugePages: [] }, { ...facts, hugePages: [] });
});

test('its options are those of run, with the same values', () => {
  const { options } = doctorCommand();
  for (const [name, { value, default: usual }] of Object.entries(RAS_OPTIONS)) {
    const option = options.find(({ long }) => long === `--${name}`)!;
    assert.equal(option.flags, `--${name} <${value}>`);
    assert.equal(option.defaultValue, usual);
  }
});
