/**
 * What holds for every layout, table, section and record: found by looking at what the library exports, so that a new
 * one is tested by being there. Runs in Node.js and, as test/browser/ bundles it, in a browser: no Node API here.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import { AcpiError, type Codec, CperRecord, ErrorStatusBlock, SECTIONS, sections } from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryDate, arbitraryGuid, arbitraryOf } from './arbitrary.ts';
import { hex } from './hex.ts';

type AnyCodec = Codec<unknown, unknown>;

/** These have content that belongs to another layout around them. */
const PARTS = ['DataEntryHeader', 'AnyTable'];

const layouts = Object.entries(acpi).filter(
  ([name, value]) => value instanceof acpi.Struct && !PARTS.includes(name),
) as unknown as [string, AnyCodec][];

test('there are layouts to test', () => {
  assert.ok(layouts.length >= 18, layouts.map(([name]) => name).join());
});

/** Bytes as a careless or hostile maker has them: random ones, and good ones flipped and cut. */
function spoiled(value: fc.Arbitrary<unknown>, codec: AnyCodec): fc.Arbitrary<Uint8Array> {
  const flips = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 });
  return fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(value, flips, fc.nat(400)).map(([content, masks, cut]) => {
      const data = codec.encode(content);
      for (const [at, mask] of masks) if (at < data.length) data[at]! ^= mask;
      return data.slice(0, data.length - (cut > 200 ? cut % 50 : 0));
    }),
  );
}

function holds(name: string, codec: AnyCodec, values: fc.Arbitrary<unknown>): void {
  test(`${name}: decoding what was encoded gives the value back`, () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(codec.decode(codec.encode(value)), value);
      }),
      { numRuns: 200 },
    );
  });

  test(`${name}: any bytes decode to what encodes to them again, or are an AcpiError`, () => {
    fc.assert(
      fc.property(spoiled(values, codec), (data) => {
        let value: unknown;
        try {
          value = codec.decode(data, { checksum: 'keep' });
        } catch (error) {
          assert.ok(error instanceof AcpiError, `${(error as Error).stack}`);
          return;
        }
        const again = codec.encode(value);
        assert.equal(hex(again), hex(data.subarray(0, again.length)));
      }),
      { numRuns: 500 },
    );
  });
}

for (const [name, codec] of layouts) holds(name, codec, arbitraryOf(codec as never));

const unknownSection = fc.record(
  {
    kind: fc.constant('unknown' as const),
    sectionType: arbitraryGuid,
    data: fc.uint8Array({ maxLength: 60 }),
  },
  { noNullPrototype: true },
);
/** A section of any kind. */
export const arbitrarySection: fc.Arbitrary<unknown> = fc.oneof(
  unknownSection,
  ...Object.entries(SECTIONS).map(([kind, { codec }]) =>
    arbitraryOf(codec as never).map((fields) => ({ kind, ...(fields as object) })),
  ),
);

const arbitraryBlock = fc.record(
  {
    severity: fc.nat(3),
    entries: fc.array(
      fc.record(
        {
          severity: fc.nat(3),
          revision: fc.constantFrom(0x300, 0x301),
          fruId: arbitraryGuid,
          fruText: fc.constantFrom('', 'DIMM A1', 'x'.repeat(20)),
          timestamp: arbitraryDate,
          section: arbitrarySection,
        },
        { requiredKeys: ['severity', 'revision', 'section'], noNullPrototype: true },
      ),
      { maxLength: 5 },
    ),
  },
  { noNullPrototype: true },
);

holds('ErrorStatusBlock', ErrorStatusBlock as never, arbitraryBlock);

const arbitraryFlags = fc.record(
  Object.fromEntries(
    [
      'primary',
      'containmentWarning',
      'reset',
      'thresholdExceeded',
      'notAccessible',
      'latent',
      'propagated',
      'overflow',
    ].map((name) => [name, name === 'primary' ? fc.constant(true) : fc.boolean()]),
  ),
  { noNullPrototype: true },
);

/** Sections behind one another, or some bytes apart; with what stands between them, or behind the last. */
const arbitraryRecord = fc
  .record(
    {
      revision: fc.nat(0xffff),
      severity: fc.nat(3),
      timestamp: arbitraryDate,
      platformId: arbitraryGuid,
      partitionId: arbitraryGuid,
      creatorId: arbitraryGuid,
      notificationType: arbitraryGuid,
      recordId: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      persistenceInfo: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      sections: fc.array(
        fc.record(
          {
            revision: fc.nat(0xffff),
            severity: fc.nat(3),
            flags: arbitraryFlags,
            fruId: arbitraryGuid,
            fruText: fc.constantFrom('', 'DIMM A1', 'x'.repeat(20)),
            section: arbitrarySection,
          },
          { requiredKeys: ['revision', 'severity', 'section'], noNullPrototype: true },
        ),
        { maxLength: 4 },
      ),
    },
    {
      requiredKeys: [
        'revision',
        'severity',
        'creatorId',
        'notificationType',
        'recordId',
        'persistenceInfo',
        'sections',
      ],
      noNullPrototype: true,
    },
  )
  .chain((record) =>
    fc.record({
      record: fc.constant(record),
      apart: fc.array(fc.nat(20), {
        minLength: record.sections.length + 1,
        maxLength: record.sections.length + 1,
      }),
      behind: fc.nat(20),
      between: fc.boolean(),
      backwards: fc.boolean(),
    }),
  )
  .map(({ record, apart, behind, between, backwards }) => {
    let at = 128 + 72 * record.sections.length;
    let next = at;
    const gaps: { offset: number; data: Uint8Array }[] = [];
    const gap = (length: number) => {
      if (length === 0) return;
      // With an empty section between them, two gaps are one.
      const before = gaps.at(-1);
      const isOne = before !== undefined && before.offset + before.data.length === at;
      if (between && isOne) before.data = new Uint8Array(before.data.length + length).fill(0xa5);
      else if (between) gaps.push({ offset: at, data: new Uint8Array(length).fill(0xa5) });
      at += length;
    };
    const order = record.sections.map((_, i) => (backwards ? record.sections.length - 1 - i : i));
    const starts: number[] = [];
    const ends: number[] = [];
    for (const i of order) {
      gap(apart[i]!);
      starts[i] = at;
      at += sections.sizeOf(record.sections[i]!.section as never);
      ends[i] = at;
    }
    const last = at;
    gap(behind);
    const placed = record.sections.map((each, i) => {
      const start = starts[i]!;
      const isNext = start === next;
      next = ends[i]!;
      return isNext ? each : { ...each, sectionOffset: start };
    });
    return {
      ...record,
      sections: placed,
      ...(gaps.length > 0 ? { gaps } : {}),
      ...(at > last && !between ? { recordLength: at } : {}),
    };
  });

holds('CperRecord', CperRecord as never, arbitraryRecord);
