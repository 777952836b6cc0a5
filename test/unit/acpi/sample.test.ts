import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BitRange,
  Bits,
  type Codec,
  CperRecord,
  ErrorStatusBlock,
  FixedArray,
  List,
  Part,
  SECTIONS,
  type SectionKind,
  Severity,
  Struct,
  sampleCperRecord,
  sampleErrorStatusBlock,
  sampleSection,
  Union,
} from '@rasvm/acpi';

type AnyCodec = Codec<unknown, never>;
const KINDS = Object.keys(SECTIONS) as SectionKind[];
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** What a specification would not have: bits and members that are reserved, values without a name. */
function faults(codec: AnyCodec, value: unknown, names?: Readonly<Record<string, number>>): string[] {
  if (codec instanceof Struct) {
    const values = value as Record<string, unknown>;
    return codec.fields.flatMap((field) => {
      const content = values[field.name];
      if (content === undefined) return [];
      const { derivation } = field;
      if (derivation?.from === 'zero' && derivation.reserved) return [`${field.name} is reserved`];
      return faults(field.codec, content, field.names).map((fault) => `${field.name}: ${fault}`);
    });
  }
  if (codec instanceof Union) {
    const { kind } = value as { kind: string };
    if (kind === 'unknown') return ['unknown'];
    return faults((codec.variants as Record<string, AnyCodec>)[kind]!, value);
  }
  if (codec instanceof List || codec instanceof FixedArray)
    return (value as unknown[]).flatMap((each) => faults(codec.element as AnyCodec, each, names));
  if (codec instanceof Bits) {
    const values = value as Record<string, unknown>;
    if (values.reserved !== undefined) return ['reserved bits'];
    return Object.entries(codec.ranges as Record<string, BitRange<number>>).flatMap(([name, range]) =>
      withoutName(range.names, values[name]).map((fault) => `${name}: ${fault}`),
    );
  }
  if (codec instanceof Part) return withoutName((codec.part as BitRange<number>).names, value);
  return withoutName(names, value);
}

function withoutName(names: Readonly<Record<string, number>> | undefined, value: unknown): string[] {
  if (names === undefined || Object.values(names).includes(Number(value))) return [];
  return [`${String(value)} has no name`];
}

for (const kind of KINDS) {
  const codec = SECTIONS[kind].codec as unknown as Codec<Record<string, unknown>, never>;

  test(`${kind}: a sample is decoded as it was made, with nothing that is reserved`, () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const { kind: own, ...values } = sampleSection(kind, seed) as unknown as Record<string, unknown>;
      assert.equal(own, kind);
      const bytes = codec.encode(values as never);
      const decoded = codec.decode(bytes);
      assert.deepEqual(decoded, { ...decoded, ...values }, `seed ${seed}`);
      assert.deepEqual(codec.encode(decoded as never), bytes);
      assert.deepEqual(faults(codec as never, decoded), [], `seed ${seed}`);
      assert.deepEqual(
        Object.keys(decoded).filter((name) => !(name in values)),
        [],
        `seed ${seed}`,
      );
      seen.add(bytes.join());
    }
    assert.ok(seen.size > SEEDS.length / 2, 'every seed gives the same');
  });
}

test('the same seed gives the same, another one another', () => {
  for (const kind of KINDS) assert.deepEqual(sampleSection(kind, 7), sampleSection(kind, 7));
  assert.deepEqual(sampleCperRecord(KINDS, 7), sampleCperRecord(KINDS, 7));
  assert.notDeepEqual(sampleCperRecord(KINDS, 7), sampleCperRecord(KINDS, 8));
  assert.deepEqual(sampleErrorStatusBlock(KINDS, 7), sampleErrorStatusBlock(KINDS, 7));
});

const RANK = [Severity.Informational, Severity.Corrected, Severity.Recoverable, Severity.Fatal] as number[];
const worst = (severities: readonly number[]) =>
  severities.reduce((a, b) => (RANK.indexOf(b) > RANK.indexOf(a) ? b : a));

test('blocks and records are as severe as the worst they hold, and round-trip', () => {
  for (const seed of SEEDS) {
    const kinds = KINDS.filter((_, i) => (i + seed) % 3 === 0);
    const block = sampleErrorStatusBlock(kinds, seed);
    assert.equal(block.severity, worst(block.entries.map(({ severity }) => severity)));
    const blockBytes = ErrorStatusBlock.encode(block);
    const decodedBlock = ErrorStatusBlock.decode(blockBytes);
    assert.equal(decodedBlock.blockStatus, undefined);
    assert.deepEqual(
      decodedBlock.entries.map(({ section }) => section.kind),
      kinds,
    );
    assert.deepEqual(ErrorStatusBlock.encode(decodedBlock), blockBytes);
    const record = sampleCperRecord(kinds, seed);
    assert.equal(record.severity, worst(record.sections.map(({ severity }) => severity)));
    const bytes = CperRecord.encode(record);
    const decoded = CperRecord.decode(bytes);
    assert.deepEqual(
      decoded.sections.map(({ section }) => section.kind),
      kinds,
    );
    assert.deepEqual(CperRecord.encode(decoded), bytes);
  }
});

test('a memory sample with an extended row has the row without its own bit', () => {
  const rows = SEEDS.map((seed) => sampleSection('memory', seed) as Record<string, unknown>);
  assert.ok(rows.some(({ extendedRow }) => extendedRow !== undefined));
  for (const { extendedRow, row } of rows) assert.ok(extendedRow === undefined || row === undefined);
});

test('the PSCI state of an Arm processor is zero while it runs', () => {
  for (const seed of SEEDS) {
    const { runningState, psciState } = sampleSection('armProcessor', seed) as {
      runningState?: { running?: boolean };
      psciState?: number;
    };
    assert.ok(runningState?.running === false || psciState === undefined);
  }
});
