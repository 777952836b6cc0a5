/** The text of sections, each kind: what the kernel says is in it, and what it does not say too. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  SECTIONS,
  type Section,
  type SectionInput,
  type SectionKind,
  sections,
} from '@rasvm/acpi/cper/sections';
import { type LinuxSeries, sectionText } from '@rasvm/acpi/cper/text/index';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';

/** What the section's bytes decode to. */
function decoded(section: SectionInput): Section {
  const bytes = new Uint8Array(sections.sizeOf(section));
  const view = new DataView(bytes.buffer);
  sections.write(view, 0, section);
  return sections.read(sections.typeOf(section), view, 0, bytes.length, {});
}

function linesOf(section: SectionInput, linux?: LinuxSeries): string[] {
  return sectionText(decoded(section), { linux }).split('\n').slice(0, -1);
}

/** Those that an arm64 kernel of this series has words for. */
const WORDED: readonly SectionKind[] = [
  'genericProcessor',
  'armProcessor',
  'memory',
  'pcie',
  'firmware',
  'cxlProtocol',
];
const EVENTS: readonly SectionKind[] = ['cxlGeneralMedia', 'cxlDram', 'cxlMemoryModule'];

describe('any section', () => {
  for (const kind of Object.keys(SECTIONS) as SectionKind[])
    test(`${kind}: the kernel's lines are among ours, in their order`, () => {
      const codec = SECTIONS[kind].codec;
      fc.assert(
        fc.property(arbitraryOf(codec as never), (value) => {
          const section = { kind, ...(value as object) } as SectionInput;
          const ours = linesOf(section);
          assert.doesNotMatch(ours.join('\n'), /undefined|NaN|\[object|\n\n/);
          if (!WORDED.includes(kind)) return;
          let at = 0;
          for (const line of linesOf(section, '7.3')) {
            const found = ours.indexOf(line, at);
            assert.ok(found >= 0, `no '${line}' in\n${ours.join('\n')}`);
            at = found + 1;
          }
        }),
        { numRuns: 40 },
      );
    });

  test('of which nobody has words has a line for each member', () => {
    const own = ['ia32x64Processor', 'memory2'];
    const generic = Object.entries(SECTIONS).filter(
      ([kind]) => !WORDED.includes(kind as SectionKind) && !own.includes(kind),
    );
    assert.ok(generic.length >= 14);
    for (const [kind, { codec }] of generic)
      fc.assert(
        fc.property(arbitraryOf(codec as never), (value) => {
          const {
            kind: _,
            unvalidated,
            length,
            ...members
          } = decoded({
            kind,
            ...(value as object),
          } as SectionInput) as Record<string, unknown>;
          const lines = linesOf({ kind, ...(value as object) } as SectionInput);
          for (const [name, content] of Object.entries(members)) {
            const isEmpty =
              Array.isArray(content) || content instanceof Uint8Array ? content.length === 0 : false;
            const isZeroWord = typeof content === 'object' && Object.values(content!).every((each) => !each);
            const label = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
            if (!isEmpty && !isZeroWord)
              assert.ok(
                lines.some((line) => line.startsWith(`${label}:`) || line.startsWith(`${label} 0`)),
                `${kind}: no ${label} in\n${lines.join('\n')}`,
              );
          }
        }),
        { numRuns: 20 },
      );
  });

  test('that the kernel has no words for is dumped by it', () => {
    for (const [kind, { sectionType, codec }] of Object.entries(SECTIONS)) {
      const bytes = new Uint8Array(codec.size);
      const section = sections.read(sectionType, new DataView(bytes.buffer), 0, bytes.length, {});
      const [first, second] = linesOf(section, '7.3');
      if (WORDED.includes(kind as SectionKind)) assert.match(first!, /^section_type: /);
      else if (EVENTS.includes(kind as SectionKind)) assert.equal(linesOf(section, '7.3').length, 1);
      else
        assert.deepEqual(
          [first, second],
          [`section type: unknown, ${sectionType}`, `section length: 0x${codec.size.toString(16)}`],
        );
    }
  });

  test('of CXL is unknown to Linux 6.1', () => {
    for (const kind of ['cxlProtocol', ...EVENTS] as const) {
      const { sectionType, codec } = SECTIONS[kind];
      const bytes = new Uint8Array(codec.size);
      const section = sections.read(sectionType, new DataView(bytes.buffer), 0, bytes.length, {});
      assert.equal(linesOf(section, '6.1')[0], `section type: unknown, ${sectionType}`);
    }
  });
});

test('a PCI Express error: registers bit by bit, and what only newer kernels say', () => {
  const section: SectionInput = {
    kind: 'pcie',
    portType: 0,
    deviceId: { vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000, bus: 3, slot: { number: 2 } },
    aer: {
      uncorrectableStatus: { completionTimeout: true, ecrc: true },
      headerLog: [1, 2, 3, 4],
      rootErrorStatus: { fatalReceived: true },
    },
  };
  const aer = ['aer_uncor_status: 0x00084000, aer_uncor_mask: 0x00000000', 'aer_uncor_severity: 0x00000000'];
  const device = [
    'section_type: PCIe error',
    'port_type: 0, PCIe end point',
    'device_id: 0000:03:00.0',
    'slot: 2',
    'secondary_bus: 0x00',
    'vendor_id: 0x1af4, device_id: 0x1041',
    'class_code: 020000',
  ];
  assert.deepEqual(linesOf(section).slice(0, 14), [
    ...device,
    'aer_cor_status: 0x00000000, aer_cor_mask: 0x00000000',
    ...aer,
    'TLP Header: 00000001 00000002 00000003 00000004',
    ' uncorrectable_status: 0x00084000, completion timeout, ecrc',
    ' root_error_status: 0x00000040, fatal received',
    ' correctable_source_id: 0x0000',
  ]);
  assert.deepEqual(linesOf(section, '6.12'), [
    ...device,
    'aer_cor_status: 0x00000000, aer_cor_mask: 0x00000000',
    ...aer,
    'TLP Header: 00000001 00000002 00000003 00000004',
  ]);
  assert.deepEqual(linesOf(section, '6.1'), device);
});

test('an Arm processor error: registers by their names, which the kernel dumps', () => {
  const section: SectionInput = {
    kind: 'armProcessor',
    midr: 0x410f_d0c0n,
    errorInformation: [
      { type: 2, errorInformation: { operation: 3, level: 1 }, physicalFaultAddress: 0x1000n },
    ],
    contextInformation: [{ kind: 'aarch32Secure', sctlrS: 0x11 }],
  };
  const lines = [
    'section_type: ARM processor error',
    'MIDR: 0x00000000410fd0c0',
    'Error info structure 0:',
    'num errors: 1',
    ' error_type: 0x02: cache error',
    ' error_info: 0x00000000004c0006',
    '  cache error, operation type: Data read',
    '  cache level: 1',
    ' physical fault address: 0x0000000000001000',
    'Context info structure 0:',
    ' register context type: AArch32 secure context registers',
    ' 00000000: 00000011 00000000',
  ];
  assert.deepEqual(linesOf(section, '7.2'), lines);
  assert.deepEqual(linesOf(section), [...lines, '  sctlr_s: 0x00000011']);
});

test('an Arm error type that counts from bit 0 is named too', () => {
  const section: SectionInput = {
    kind: 'armProcessor',
    errorInformation: [{ type: 1, errorInformation: { operation: 3 } }],
  };
  assert.deepEqual(linesOf(section).slice(4), [
    ' error_type: 0x01:  with reserved bit(s)',
    ' error_type (from bit 0): cache',
    ' error_info: 0x00000000000c0002',
    '  operation: 3, data read',
  ]);
});

test('an IA-32/x64 processor error has the words of an x86-64 kernel', () => {
  assert.deepEqual(
    linesOf({
      kind: 'ia32x64Processor',
      localApicId: 0x1fn,
      cpuid: { eax: 0x806f8n },
      errorInformation: [
        {
          kind: 'bus',
          checkInformation: {
            transactionType: 2,
            operation: 8,
            level: 3,
            uncorrected: true,
            overflow: false,
            participationType: 1,
            timeOut: true,
            addressSpace: 2,
          },
          targetId: 0x1000n,
        },
        { kind: 'microArchitectural', checkInformation: { errorType: 2 } },
        { kind: 'other', errorType: '00112233-4455-6677-8899-aabbccddeeff', instructionPointer: 5n },
      ],
      contextInformation: [{ kind: 'msrs', msrAddress: 0x400, registers: [1n, 2n] }],
    }),
    [
      'section_type: IA32/X64 processor error',
      'Local APIC_ID: 0x1f',
      'CPUID Info:',
      '00000000: 000806f8 00000000 00000000 00000000',
      '00000010: 00000000 00000000 00000000 00000000',
      '00000020: 00000000 00000000 00000000 00000000',
      'Error Information Structure 0:',
      ' Error Structure Type: bus error',
      ' Check Information: 0x0000000544e20797',
      '  Transaction Type: 2, Generic',
      '  Operation: 8, unknown',
      '  Level: 3',
      '  Uncorrected: true',
      '  Overflow: false',
      '  Participation Type: 1, Local Processor responded to request',
      '  Time Out: true',
      '  Address Space: 2, I/O',
      ' Target Identifier: 0x0000000000001000',
      'Error Information Structure 1:',
      ' Error Structure Type: micro-architectural error',
      ' Check Information: 0x0000000000020001',
      '  Error Type: 2, Microcode ROM Parity Error',
      'Error Information Structure 2:',
      ' Error Structure Type: unknown',
      ' Error Structure Type: 00112233-4455-6677-8899-aabbccddeeff',
      ' Instruction Pointer: 0x0000000000000005',
      'Context Information Structure 0:',
      ' Register Context Type: MSR Registers (Machine Check and other MSRs)',
      ' Register Array Size: 0x0010',
      ' MSR Address: 0x00000400',
      ' Register Array:',
      ' 00000000: 0000000000000001 0000000000000002',
    ],
  );
});

test('memory 2 has the words of memory', () => {
  assert.deepEqual(
    linesOf({
      kind: 'memory2',
      errorStatus: { type: 4 },
      rank: 2,
      row: 70_000,
      errorType: 3,
      moduleHandle: 7,
    }),
    [
      'section_type: memory error 2',
      ' error_status: Storage error in DRAM memory (0x0000000000000400)',
      'rank:2 row:70000',
      'error_type: 3, multi-bit ECC',
      'DIMM location: not present. DMI handle: 0x0007',
    ],
  );
});

test('what the kernel has no words for is told member by member', () => {
  assert.deepEqual(
    linesOf({
      kind: 'pciBus',
      errorType: 4,
      busId: { bus: 1, segment: 2 },
      busAddress: 0xfee0_0000n,
      unvalidated: { targetId: 3n },
    }),
    [
      'section_type: PCI/PCI-X bus error',
      'error_type: 4, bus timeout',
      'bus_id: 0x0201, bus 1, segment 2',
      'bus_address: 0x00000000fee00000',
      'not valid, but not zero: target_id',
    ],
  );
});
