/** Each cause is found by what gives it away, and not where the scenario itself asked for it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EventMessage } from '../../../src/api/events.ts';
import { diagnose } from '../../../src/scenario/judge/diagnosis.ts';
import { CAUSES } from '../../../src/scenario/judge/diagnosis-causes.ts';
import {
  askGuest,
  type CaseFacts,
  FACT_FILES,
  factsOf,
} from '../../../src/scenario/judge/diagnosis-facts.ts';
import { KernelConfig, RAS_OPTIONS } from '../../../src/scenario/kernel/ras-config.ts';
import type { Cause } from '../../../src/scenario/run/result.ts';
import { printed } from './console-lines.ts';
import { ScriptedGuest } from './scripted-guest.ts';

/** Of a case that failed. */
interface Seen extends Partial<Omit<CaseFacts, 'result'>> {
  /** Left out: the guest came up. */
  up?: false;
  log?: readonly string[];
  events?: readonly (Partial<EventMessage> & { kind: string })[];
  claims?: readonly string[];
  reason?: string;
}

/** What a kernel says that has all it needs. */
const HEALTHY = {
  commandLine: 'loglevel=5 sysrq_always_enabled',
  recovery: '1',
  earlyKill: '0',
  softOffline: '1',
  hest: '',
  ghes: '',
  seaSource: '',
};

function causeOf(seen: Seen): string | undefined {
  return diagnosed(seen)?.code;
}

function diagnosed(seen: Seen): Cause | undefined {
  const { up = true, log = [], events = [], claims = [], reason, ...rest } = seen;
  const lines = log.map((text) => `[    1.000000] ${text}`);
  const { requested = {}, machine = {}, config, guest = up ? HEALTHY : {} } = rest;
  return diagnose(
    factsOf({
      result: {
        checks: claims.map((claim) => ({ claim, proved: false, seen: 'nothing' })),
        ...(reason !== undefined && { reason }),
        ...(up && { up }),
        log: lines.map((text) => ({ ...printed(text), ras: false })),
        timeline: events.map((event, i) => ({
          at: 0,
          actor: 'rasvm' as const,
          text: '',
          event: { time: i, seq: i + 1, ...event },
        })),
      },
      requested,
      machine: { ...requested, ...machine },
      ...(config && { config }),
      guest,
    }),
  );
}

/** A configuration that has everything but these. */
function configWithout(...options: string[]): KernelConfig {
  const all = [...RAS_OPTIONS.map(({ option }) => option), 'SHMEM'];
  return new KernelConfig(
    all
      .filter((option) => !options.includes(option))
      .map((option) => `CONFIG_${option}=y\n`)
      .join(''),
  );
}

const LATE = ['page: the guest acknowledged, after all that'];
const SEA = [
  { kind: 'recorded', id: 7, source: 0, severity: 'recoverable' },
  { kind: 'notified', id: 7, source: 0, notification: 'SEA', exceptionLevel: 0 },
];
const GSIV = [
  { kind: 'recorded', id: 7, source: 1, severity: 'recoverable' },
  { kind: 'notified', id: 7, source: 1, notification: 'GSIV' },
];
const ACKNOWLEDGED = { kind: 'acknowledged', id: 7, source: 0, after: 1 };
const NO_USER_SPACE = 'guest g: user space did not come within 90 s';

/** By its code, ways in which a cause is seen. */
const SEEN: Record<string, Seen[]> = {
  'not-told': [
    { machine: { ras: 'off' }, claims: LATE },
    { machine: { acpi: 'off' }, claims: LATE },
  ],
  'acpi-off': [{ up: false, machine: { append: 'acpi=off' }, reason: NO_USER_SPACE }],
  'boot-options': [{ up: false, config: configWithout('EFI'), reason: NO_USER_SPACE }],
  'acpi-gave-up': [
    {
      up: false,
      log: [
        'ACPI: Unable to load the System Description Tables',
        'Kernel panic - not syncing: Attempted to kill init!',
      ],
      reason: NO_USER_SPACE,
    },
  ],
  'no-initrd': [
    {
      up: false,
      log: ['VFS: Cannot open root device "" or unknown-block(0,0): error -6'],
      reason: NO_USER_SPACE,
    },
  ],
  'no-init': [
    {
      up: false,
      log: ['Failed to execute /init (error -8)', 'Kernel panic - not syncing: No working init found.'],
      reason: NO_USER_SPACE,
    },
  ],
  'boot-panic': [
    {
      up: false,
      log: ['Kernel panic - not syncing: Failed to allocate page table page'],
      reason: NO_USER_SPACE,
    },
  ],
  'silent-boot': [{ up: false, reason: NO_USER_SPACE }],
  'no-agent': [{ up: false, log: ['rcu: RCU restricting CPUs'], reason: NO_USER_SPACE }],
  'no-sockets': [
    { reason: "guest g: 'alloc a anon 1' failed: alloc: Address family not supported by protocol" },
  ],
  'no-pagemap': [
    {
      config: configWithout('PROC_PAGE_MONITOR'),
      reason: "guest g: 'alloc a anon 1' failed: alloc: No such file",
    },
  ],
  'no-trace-events': [{ reason: "guest g: 'trace on arm_event' failed: trace: No such file or directory" }],
  'no-page-kind': [
    {
      config: configWithout('HUGETLBFS'),
      reason: "guest g: 'alloc a hugetlb 512' failed: alloc: Invalid argument",
    },
  ],
  'hest-disabled': [
    { guest: { ...HEALTHY, commandLine: 'loglevel=5 hest_disable', ghes: null }, claims: LATE, events: SEA },
    { machine: { append: 'hest_disable' }, guest: {}, claims: LATE },
  ],
  'ghes-disabled': [
    { guest: { ...HEALTHY, commandLine: 'ghes.disable=1', ghes: null }, claims: LATE, events: SEA },
    { guest: { ...HEALTHY, commandLine: 'ghes.disable' }, claims: LATE },
  ],
  'recovery-off': [
    { guest: { ...HEALTHY, recovery: '0' }, claims: LATE },
    { machine: { append: 'sysctl.vm.memory_failure_recovery=0' }, guest: {}, claims: LATE },
    { guest: {}, log: ['Kernel panic - not syncing: Memory failure on page 42000'], claims: LATE },
  ],
  'early-kill': [
    { guest: { ...HEALTHY, earlyKill: '1' }, claims: ['page: no signal came to process by itself'] },
  ],
  'soft-offline-off': [
    {
      guest: { ...HEALTHY, softOffline: '0' },
      events: [{ kind: 'recorded', id: 1, severity: 'corrected' }],
      claims: ['HardwareCorrupted is 4K'],
    },
  ],
  'no-memory-failure': [
    { guest: { ...HEALTHY, recovery: null }, claims: LATE },
    { config: configWithout('MEMORY_FAILURE'), guest: {}, claims: LATE },
  ],
  'no-apei': [{ config: configWithout('ACPI_APEI'), guest: {}, claims: LATE }],
  'no-ghes': [{ config: configWithout('ACPI_APEI_GHES', 'ACPI_APEI_SEA'), guest: {}, claims: LATE }],
  'no-hest': [{ guest: { ...HEALTHY, hest: null, ghes: null }, claims: LATE }],
  'hest-refused': [
    {
      guest: { ...HEALTHY, ghes: null },
      log: [
        '[Firmware Warn]: HEST: Unknown or unused hardware error source type: 12 for hardware error source: 0.',
      ],
      claims: LATE,
    },
  ],
  'no-driver': [{ guest: { ...HEALTHY, ghes: null, seaSource: null }, claims: LATE, events: SEA }],
  'no-sea': [
    { guest: { ...HEALTHY, seaSource: null }, claims: LATE, events: SEA },
    { config: configWithout('ACPI_APEI_SEA'), guest: {}, claims: LATE, events: SEA },
    {
      guest: {},
      log: ['GHES: Generic hardware error source: 0 notified via SEA is not supported'],
      claims: LATE,
      events: SEA,
    },
  ],
  'source-refused': [
    {
      log: ['[Firmware Warn]: GHES: Unknown notification type: 9 for generic hardware error source: 1'],
      claims: LATE,
    },
  ],
  quiet: [
    {
      guest: { ...HEALTHY, commandLine: 'loglevel=5 quiet' },
      events: [...SEA, ACKNOWLEDGED],
      claims: ['page: the guest kernel printed the record'],
    },
    { guest: { ...HEALTHY, commandLine: 'loglevel=5 loglevel=1' }, claims: ["the guest's log has 'x'"] },
  ],
  'no-console': [{ events: [...SEA, ACKNOWLEDGED], claims: ['page: the guest kernel printed the record'] }],
  'no-apei-memory-failure': [
    { events: [...SEA, ACKNOWLEDGED], claims: ['page, read: the handler runs: SIGBUS, BUS_MCEERR_AR'] },
    {
      config: configWithout('ACPI_APEI_MEMORY_FAILURE'),
      guest: {},
      events: [...SEA, ACKNOWLEDGED],
      claims: ['HardwareCorrupted is 4K'],
    },
  ],
  'record-not-acknowledged': [
    {
      events: [...SEA, { kind: 'unacknowledged', id: 7, source: 0, after: 2e9, consumed: true }],
      claims: LATE,
    },
  ],
  'sea-not-looked-up': [
    {
      events: [...SEA, { kind: 'unacknowledged', id: 7, source: 0, after: 2e9, consumed: false }],
      claims: LATE,
    },
  ],
  'event-not-looked-up': [{ events: GSIV, claims: LATE }],
};

test('every cause is found by what gives it away', () => {
  assert.deepEqual(
    Object.keys(SEEN),
    CAUSES.map(({ code }) => code),
  );
  for (const [code, ways] of Object.entries(SEEN))
    for (const seen of ways) assert.equal(causeOf(seen), code, JSON.stringify(seen));
});

test('every cause says in whole sentences what to do, and where it is written', () => {
  for (const [code, [seen]] of Object.entries(SEEN)) {
    const { text, reference } = diagnosed(seen!)!;
    assert.match(text, /^[A-Zv].*\.$/, code);
    assert.match(reference, /^(Linux|docs|src)\b/, code);
  }
});

test('the document has every cause', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/test-your-kernel.md'), 'utf8');
  const rows = text.split('### The cause')[1]!.split('###')[0]!;
  const named = [...rows.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell]) =>
    cell!.replaceAll('`', '').split(', '),
  );
  assert.deepEqual(named.sort(), CAUSES.map(({ code }) => code).sort());
});

test('a case that failed by itself has no cause', () => {
  assert.equal(causeOf({ claims: LATE, events: [...SEA, ACKNOWLEDGED] }), undefined);
  assert.equal(causeOf({ claims: ['the touch of page (read) ends with contents'] }), undefined);
  // Harmless: every guest without _OSC says so.
  assert.equal(
    causeOf({ claims: LATE, log: ['GHES: Failed to enable APEI firmware first mode.'] }),
    undefined,
  );
});

test('what the scenario itself requested for is no cause', () => {
  const off = { append: 'sysctl.vm.memory_failure_recovery=0' };
  const guest = { ...HEALTHY, commandLine: `loglevel=5 ${off.append}`, recovery: '0' };
  assert.equal(causeOf({ requested: off, guest, claims: ['the panic says'] }), undefined);
  const panic = ['Kernel panic - not syncing: Memory failure on page 42000'];
  assert.equal(causeOf({ requested: off, guest: {}, log: panic, claims: ['the panic says'] }), undefined);
  for (const requested of [{ acpi: 'off' as const }, { ras: 'off' }])
    assert.equal(
      causeOf({ requested, guest: { ...HEALTHY, hest: null, ghes: null }, claims: LATE }),
      undefined,
    );
  // Said a second time, by somebody else.
  assert.equal(
    causeOf({
      requested: { append: 'hest_disable' },
      machine: { append: 'hest_disable hest_disable' },
      guest: {},
      claims: LATE,
    }),
    'hest-disabled',
  );
});

test('a kernel without SEA is not to blame for what is told by an interrupt', () => {
  const config = configWithout('ACPI_APEI_SEA');
  const log = ['GHES: Generic hardware error source: 0 notified via SEA is not supported'];
  assert.equal(causeOf({ config, log, claims: ['HardwareCorrupted is 4K'] }), undefined);
});

test('a kernel that has an option is not told to set it', () => {
  const seen = { events: [...SEA, ACKNOWLEDGED], claims: ['HardwareCorrupted is 4K'] };
  assert.equal(causeOf(seen), 'no-apei-memory-failure');
  assert.equal(causeOf({ ...seen, config: configWithout() }), undefined);
});

test('a guest is asked for its files, until it answers no more', async () => {
  const guest = new ScriptedGuest();
  guest.files.set(FACT_FILES.commandLine, 'hest_disable\n').set(FACT_FILES.recovery, '1\n');
  assert.deepEqual(await askGuest(guest), {
    commandLine: 'hest_disable',
    recovery: '1',
    earlyKill: null,
    softOffline: null,
    hest: null,
    ghes: null,
    seaSource: null,
  });
  guest.ask = async () => {
    throw new Error('gone');
  };
  assert.deepEqual(await askGuest(guest), {});
});
