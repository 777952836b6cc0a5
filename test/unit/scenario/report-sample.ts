/**
 * A made-up run for the tests of reports: cases of all outcomes, and a guest that prints what it should not.
 */

import type { EventMessage } from '../../../src/api/events.ts';
import { plainRegisters } from '../../../src/ras/vcpu/vcpu-registers.ts';
import type {
  CaseResult,
  GuestLogLine,
  Outcome,
  RunResult,
  Stuck,
  TimelineEntry,
} from '../../../src/scenario/run/result.ts';
import { printed, saidByAgent } from './console-lines.ts';
import { lateEvidence } from './transcripts.ts';

/** What a hostile guest prints, and where it would do harm. */
export const HOSTILE = {
  html: `</pre></details><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`,
  attribute: `" onmouseover="document.title='owned'" x='`,
  terminal: '\x1b]0;owned\x07\x1b[2J\x9b31m',
  xml: ']]> <!-- &amp; \x00\x0b \ufffe \ud800',
  attachment: '[[ATTACHMENT|/etc/passwd]]',
  workflow: '::error::owned ##[error]owned',
  ktap: 'ok 1 owned # SKIP',
  direction: '\u202eowned\u202c',
} as const;

const evidence = lateEvidence();

function timeline(outcome: Outcome): TimelineEntry[] {
  const words = (event: EventMessage) => `${event.kind}: as the guest's page was lost`;
  const host = ['injected', 'signal'];
  const events = evidence.events.map(
    (event, i): TimelineEntry => ({
      at: 900 + i * 1.5,
      actor: host.includes(event.kind) ? 'host' : 'rasvm',
      text: words(event),
      event,
    }),
  );
  const told = evidence.console.map(
    (text, i): TimelineEntry => ({ at: 907 + i / 10, actor: 'guest', text: text.replace(/^\[.*?\] /, '') }),
  );
  const acknowledged = events.pop()!;
  return [
    { at: 0.2, actor: 'runner', text: 'starts a guest: 2 vCPUs, 512M' },
    { at: 850, actor: 'runner', text: 'the guest allocates an anonymous page: GPA 0x42096000' },
    ...events,
    ...told,
    { ...acknowledged, at: 909 },
    { at: 910.4, actor: 'victim', text: 'its SIGBUS handler ran: BUS_MCEERR_AR (4)' },
    { at: 911, actor: 'runner', text: outcome === 'passed' ? 'all came as expected' : 'a signal came late' },
  ];
}

function log(number: number): GuestLogLine[] {
  const boot = Array.from(
    { length: 60 },
    (_, i) => `[    0.${String(i).padStart(6, '0')}] boot line ${i} of guest ${number}`,
  );
  return [
    ...boot.map((text, i) => ({ ...printed(text, i), ras: false })),
    ...Object.values(HOSTILE).map((text, i) => ({ ...printed(text, 100 + i), ras: i % 2 === 0 })),
    { ...saidByAgent('ready uname=6.12.1 cpus=1', 900), ras: false },
    ...evidence.console.map((text, i) => ({ ...printed(text, 907 + i), ras: true })),
  ];
}

const REASONS: Readonly<Record<Outcome, string | undefined>> = {
  passed: undefined,
  failed: "the victim's handler did not run within 10 s",
  skipped: "needs CONFIG_HUGETLBFS=y, which this kernel's configuration does not have",
  broken: 'the guest did not boot within 60 s',
};

export const SCENARIOS = 50;
export const KERNELS = [
  { name: 'debian:6.1', release: '6.1.0-50-cloud-arm64' },
  { name: 'debian:6.12', release: '6.12.107+deb13-cloud-arm64' },
] as const;
export const VARIANTS = ['default', 'memfd'] as const;

/** About one in twenty fails or is broken, one in ten is skipped. */
export function outcomeOf(number: number): Outcome {
  if (number % 19 === 7) return number % 2 === 1 ? 'failed' : 'broken';
  return number % 10 === 3 ? 'skipped' : 'passed';
}

export const STUCK: Stuck = {
  vcpus: [
    plainRegisters({
      vcpu: 0,
      mpState: 'runnable',
      held: true,
      registers: { pc: 0xffff_8000_1234_5678n, pstate: 0x3c5n, x0: 0n, ESR_EL1: 0x5600_0000n },
    }),
  ],
  missing: [`SysRq 7: the guest ${HOSTILE.html}${HOSTILE.terminal}`],
};

export function sampleCase(number: number, changes: Partial<CaseResult> = {}): CaseResult {
  const scenario = `late-read-${Math.floor(number / (KERNELS.length * VARIANTS.length))}`;
  const kernel = KERNELS[number % KERNELS.length]!;
  const variant = VARIANTS[Math.floor(number / KERNELS.length) % VARIANTS.length]!;
  const outcome = outcomeOf(number);
  const reason = REASONS[outcome];
  const untested = outcome === 'skipped' || outcome === 'broken';
  return {
    id: `${scenario}@${kernel.name}/${variant}`,
    scenario,
    title: 'A process reads a lost page of its own',
    why: 'The process must get SIGBUS with the address; all others live on.',
    references: ['Documentation/mm/hwpoison.rst', 'https://docs.kernel.org/mm/hwpoison.html'],
    kernel,
    variant,
    outcome,
    ...(reason !== undefined && { reason }),
    checks: untested
      ? []
      : [
          {
            claim: 'rasvm learned of the loss from the host',
            proved: true,
            seen: '{"code":"BUS_MCEERR_AR"}',
          },
          {
            claim: "its touch ran the victim's handler: SIGBUS, BUS_MCEERR_AR, its address",
            proved: outcome !== 'failed',
            seen: outcome === 'failed' ? `nothing ${HOSTILE.html}` : '{"signal":7,"code":4}',
          },
        ],
    timeline: outcome === 'skipped' ? [] : timeline(outcome),
    log: outcome === 'skipped' ? [] : log(number),
    durationMs: outcome === 'skipped' ? 0 : 3000 + ((number * 37) % 100) * 100,
    ...changes,
  };
}

/** 200 cases: 50 scenarios on two kernels in two variants. */
export function sampleRun(count = SCENARIOS * KERNELS.length * VARIANTS.length): RunResult {
  return {
    started: new Date(Date.UTC(2026, 3, 5, 6, 7, 8, 90)),
    durationMs: 754_321,
    host: { kernel: '6.12.107+deb13-arm64', rasvm: '0.1.0' },
    cases: Array.from({ length: count }, (_, i) => sampleCase(i)),
  };
}
