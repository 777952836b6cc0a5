/** Sections and records to try things with: valid by UEFI 2.11, appendix N, and the same for the same seed. */

import type { Encodable } from '../struct.ts';
import { ArmErrorType } from './arm-processor.ts';
import { Random } from './random.ts';
import { RecordNotification } from './record-header.ts';
import { sampleValue } from './sample-value.ts';
import {
  type CperRecord,
  type ErrorStatusBlock,
  SECTIONS,
  type SectionInput,
  type SectionKind,
} from './sections.ts';
import { Severity } from './severity.ts';

type Values = Record<string, unknown>;
type Adjust = (values: Values, random: Random) => void;

/** What the specification asks for and no declaration says. */
const ADJUST: Partial<Record<SectionKind, Adjust>> = {
  memory(values) {
    // Row Valid and Extended Row Valid exclude one another, though the low 16 bits hold with either.
    if (values.extendedRow === undefined || values.row === undefined) return;
    values.unvalidated = { row: values.row };
    delete values.row;
  },
  genericProcessor(values) {
    if (values.level !== undefined) values.level = (values.level as number) & 3;
  },
  ia32x64Processor(values) {
    // CPUID gives 32 bits a register.
    const cpuid = values.cpuid as Record<string, bigint> | undefined;
    for (const name in cpuid) cpuid[name] = BigInt.asUintN(32, cpuid[name]!);
  },
  armProcessor(values, random) {
    if (values.errorAffinityLevel !== undefined) values.errorAffinityLevel = random.below(4);
    const state = values.runningState as { running: boolean } | undefined;
    // Off, or about to be on.
    if (state?.running === false) values.psciState = 1 + random.below(2);
    for (const error of values.errorInformation as Values[]) {
      const information = error.errorInformation as Values | undefined;
      // Of a micro-architectural error it is the vendor's own.
      if (error.type === ArmErrorType.MicroArchitectural) delete error.errorInformation;
      else if (error.type !== ArmErrorType.Bus) for (const name of BUS_ONLY) delete information?.[name];
    }
  },
};

/** Members of Arm error information that only bus errors have. */
const BUS_ONLY = ['participationType', 'timeOut', 'addressSpace', 'memoryAttributes', 'accessMode'];

/** A section of this kind: every seed gives another, the same seed the same. */
export function sampleSection(kind: SectionKind, seed: number): SectionInput {
  return sectionOf(kind, new Random(seed, kind));
}

function sectionOf(kind: SectionKind, random: Random): SectionInput {
  const values = sampleValue(SECTIONS[kind].codec as never, random) as Values;
  ADJUST[kind]?.(values, random);
  return { kind, ...values } as never;
}

/** What an entry and a record's section have in common. */
function entryOf(kind: SectionKind, random: Random) {
  return {
    severity: random.of(Object.values(Severity)),
    flags: { primary: random.chance(1, 2), overflow: random.chance(1, 8) },
    ...(random.chance(1, 2) ? { fruId: random.guid() } : {}),
    ...(random.chance(1, 2) ? { fruText: random.of(['CPU0', 'DIMM A1', 'slot 3']) } : {}),
    section: sectionOf(kind, random),
  };
}

const WORST_FIRST = [Severity.Fatal, Severity.Recoverable, Severity.Corrected, Severity.Informational];

function worstOf(entries: readonly { readonly severity: Severity }[]): Severity {
  return (
    WORST_FIRST.find((severity) => entries.some((entry) => entry.severity === severity)) ??
    Severity.Informational
  );
}

/** A Generic Error Status Block with an entry for each of the kinds; its severity is that of the worst entry. */
export function sampleErrorStatusBlock(
  kinds: readonly SectionKind[],
  seed: number,
): Encodable<typeof ErrorStatusBlock> {
  const random = new Random(seed, kinds.join());
  const entries = kinds.map((kind) => ({
    ...entryOf(kind, random),
    timestamp: random.date(),
    timestampPrecise: random.chance(1, 2),
  }));
  return { severity: worstOf(entries), entries };
}

/** A record with a section for each of the kinds; its severity is that of the worst section. */
export function sampleCperRecord(kinds: readonly SectionKind[], seed: number): Encodable<typeof CperRecord> {
  const random = new Random(seed, kinds.join());
  const sections = kinds.map((kind) => entryOf(kind, random));
  return {
    severity: worstOf(sections),
    timestamp: random.date(),
    timestampPrecise: random.chance(1, 2),
    platformId: random.guid(),
    ...(random.chance(1, 2) ? { partitionId: random.guid() } : {}),
    creatorId: random.guid(),
    notificationType: random.of(Object.values(RecordNotification)),
    recordId: random.wide(),
    flags: random.of([{}, { recovered: true }, { previousError: true }, { simulated: true }]),
    sections,
  };
}
