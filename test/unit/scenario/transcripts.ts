/**
 * What a good run looks like, as recorded: one page lost late and one lost early, with 6.12 as guest kernel.
 */

import type { EventMessage } from '../../../src/api/events.ts';
import type { Evidence } from '../../../src/scenario/judge/verdict.ts';

const VA = 0xffffbb4bf000;
const GPA = 0x4209_6000;
const HVA = 0xffff_8000_2000 + GPA - 0x4000_0000;

function kernelReport(number: number, source: number, recovery: readonly string[]): string[] {
  const mark = `{${number}}[Hardware Error]:`;
  return [
    `${mark} Hardware error from APEI Generic Hardware Error Source: ${source}`,
    `${mark} event severity: recoverable`,
    `${mark}  Error 0, type: recoverable`,
    `${mark}  fru_text: rasvm`,
    `${mark}   section_type: memory error`,
    `${mark}   physical_address: 0x${GPA.toString(16).padStart(16, '0')}`,
    `${mark}   physical_address_mask: 0xfffffffffffff000`,
    `${mark}   error_type: 3, multi-bit ECC`,
    ...recovery,
  ].map((text, i) => `[   12.34567${i % 10}] ${text}`);
}

function steps(...kinds: [kind: string, fields: Partial<EventMessage>][]): EventMessage[] {
  return kinds.map(([kind, fields], i) => ({ seq: i + 1, time: (i + 1) * 1e6, kind, ...fields }));
}

/** A fresh copy each time: tests take parts of it away. */
export function lateEvidence(): Evidence {
  return {
    page: { victim: 'late', index: 0, va: VA, gpa: GPA, kind: 'anon' },
    events: steps(
      ['injected', { id: 1, gpa: GPA, size: 4096, via: 'madvise', tell: 'late' }],
      ['signal', { code: 'BUS_MCEERR_AR', hva: HVA, size: 4096, vcpu: 1 }],
      [
        'attributed',
        {
          id: 1,
          owner: 'guest-ram',
          hva: HVA,
          gpa: GPA,
          size: 4096,
          timing: 'late',
          origin: 'signal',
          vcpu: 1,
        },
      ],
      ['recorded', { id: 1, source: 0, block: 0x4000_1000, physicalAddress: GPA, severity: 'recoverable' }],
      ['notified', { id: 1, source: 0, notification: 'SEA', vcpu: 1, access: 'data', by: 'kvm' }],
      ['acknowledged', { id: 1, source: 0, after: 1.5e6 }],
    ),
    console: kernelReport(1, 0, [
      'Memory failure: 0x42096: Sending SIGBUS to late:139 due to hardware memory corruption',
      'Memory failure: 0x42096: recovery action for dirty LRU page: Recovered',
    ]),
    signals: [],
    touch: { outcome: 'signal', report: { signal: 7, code: 4, address: VA, lsb: 12 }, va: VA, ns: 3.2e6 },
  };
}

export function earlyEvidence(): Evidence {
  return {
    page: { victim: 'early', index: 0, va: VA, gpa: GPA, kind: 'anon' },
    events: steps(
      ['injected', { id: 2, gpa: GPA, size: 4096, via: 'hwpoison', tell: 'early' }],
      ['signal', { code: 'BUS_MCEERR_AO', hva: HVA, size: 4096 }],
      [
        'attributed',
        { id: 2, owner: 'guest-ram', hva: HVA, gpa: GPA, size: 4096, timing: 'early', origin: 'signal' },
      ],
      ['recorded', { id: 2, source: 1, block: 0x4000_2000, physicalAddress: GPA, severity: 'recoverable' }],
      ['notified', { id: 2, source: 1, notification: 'GSIV' }],
      ['acknowledged', { id: 2, source: 1, after: 2.5e6 }],
    ),
    console: [
      ...kernelReport(2, 1, [
        'Memory failure: 0x42096: Sending SIGBUS to early:140 due to hardware memory corruption',
        'Memory failure: 0x42096: recovery action for dirty LRU page: Recovered',
      ]),
      `rasvm-guest: event early signal=7 code=5 addr=0x${VA.toString(16)} lsb=12`,
    ],
    signals: [{ signal: 7, code: 5, address: VA, lsb: 12 }],
    touch: { outcome: 'signal', report: { signal: 7, code: 4, address: VA, lsb: 12 }, va: VA, ns: 2e5 },
  };
}
