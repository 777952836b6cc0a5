/** libcper's JSON form loses nothing and takes nothing wrong. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AcpiError,
  CperRecord,
  cperRecordFromJson,
  cperRecordToJson,
  ErrorStatusBlock,
  errorStatusBlockFromJson,
  errorStatusBlockToJson,
  type JsonValue,
  MemoryError,
  PLATFORM_MEMORY,
  parseJson,
  printJson,
  SECTIONS,
  type SectionInput,
  type SectionKind,
  sampleCperRecord,
  sampleErrorStatusBlock,
  sampleSection,
  sectionFromJson,
  sections,
  sectionToJson,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';
import { hex } from './hex.ts';

type Json = { readonly [key: string]: JsonValue };

const kinds = Object.keys(SECTIONS) as SectionKind[];

function encode(section: SectionInput): Uint8Array {
  const bytes = new Uint8Array(sections.sizeOf(section));
  sections.write(new DataView(bytes.buffer), 0, section);
  return bytes;
}

function throughText(json: JsonValue): Json {
  return parseJson(printJson(json)) as Json;
}

/** Checks that text gives the section's bytes back. */
function assertSection(section: SectionInput): void {
  const type = sections.typeOf(section);
  const json = sectionToJson(section);
  assert.equal(hex(encode(sectionFromJson(type, throughText(json)))), hex(encode(section)), printJson(json));
}

for (const kind of kinds) {
  test(`${kind}: whatever a section says, its JSON text says too`, () => {
    const { codec } = SECTIONS[kind];
    fc.assert(
      fc.property(arbitraryOf(codec as never), (value) =>
        assertSection({ ...(value as object), kind } as SectionInput),
      ),
      { numRuns: 40 },
    );
  });

  test(`${kind}: any bytes that decode come back from JSON text`, () => {
    const { codec, sectionType } = SECTIONS[kind];
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(1000), flips, fc.nat(), (seed, changes, cut) => {
        const bytes = encode(sampleSection(kind, seed));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const part = bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0));
        let section: SectionInput;
        try {
          const view = new DataView(part.buffer, 0, part.length);
          section = sections.read(sectionType, view, 0, part.length, {});
        } catch (error) {
          assert.ok(error instanceof AcpiError);
          return;
        }
        assertSection(section);
      }),
      { numRuns: 40 },
    );
    assert.ok(codec.minSize > 0);
  });
}

/** Of these libcper has a key for all that is valid. */
const WHOLE: readonly SectionKind[] = [
  'genericProcessor',
  'ia32x64Processor',
  'firmware',
  'pciDevice',
  'dmarGeneric',
  'dmarIommu',
  'ccixPer',
  'cxlGeneralMedia',
  'cxlDram',
  'cxlMemoryModule',
  'cxlPhysicalSwitch',
  'cxlVirtualSwitch',
  'cxlMldPort',
];

test('there is a key of ours only where libcper has none', () => {
  for (const kind of WHOLE)
    for (let seed = 0; seed < 30; seed++) {
      const text = printJson(sectionToJson(sampleSection(kind, seed)));
      assert.ok(!text.includes('rasvm') && !text.includes('Unknown":'), text);
    }
});

test('what libcper has no key for stands under ours, by the names of the layout', () => {
  const memory = { kind: 'memory', validationBits: 1n << 40n, unvalidated: { card: 7 } } as const;
  const { Memory } = sectionToJson(memory) as { Memory: Json };
  assert.deepEqual(Memory.rasvm, {
    validationBits: '0x10000000000',
    unvalidated: { card: 7 },
    bankAddress: null,
    bankGroup: null,
  });
});

test('numbers of 64 bits are plain numbers, and exact', () => {
  const section = { kind: 'memory', physicalAddress: 0xffff_ffff_ffff_fffen, requestorId: 5n } as const;
  const text = printJson(sectionToJson(section));
  assert.match(text, /"physicalAddress": 18446744073709551614,/);
  assert.match(text, /"requestorID": 5/);
  const back = sectionFromJson(PLATFORM_MEMORY, parseJson(text) as Json);
  assert.equal(hex(encode(back)), hex(encode(section)));
  assert.throws(
    () => sectionFromJson(PLATFORM_MEMORY, JSON.parse(text) as Json),
    (error: AcpiError) => error.code === 'VALUE' && error.field === 'Memory.physicalAddress',
  );
});

test('sections that are not understood, or are too short, come back byte by byte', () => {
  const sectionType = '00112233-4455-6677-8899-aabbccddeeff';
  for (const length of [0, 1, 2, 3, 100]) {
    const data = Uint8Array.from({ length }, (_, i) => i);
    assertSection({ kind: 'unknown', sectionType, data });
    assertSection({ kind: 'unknown', sectionType: PLATFORM_MEMORY, data });
  }
  const early = MemoryError.encode({ physicalAddress: 1n, length: 73 });
  const json = sectionToJson({ kind: 'memory', physicalAddress: 1n, length: 73 });
  assert.deepEqual(Object.keys(json), ['Unknown']);
  const back = sectionFromJson(PLATFORM_MEMORY, json);
  assert.equal(back.kind, 'memory');
  assert.equal(hex(encode(back)), hex(early));
});

const someKinds = fc.array(fc.constantFrom(...kinds), { minLength: 0, maxLength: 4 });

test('whole records come back from JSON text, with their gaps and odd headers', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(
      someKinds,
      fc.nat(1000),
      changes,
      fc.uint8Array({ maxLength: 9 }),
      (types, seed, flips, more) => {
        const sample = CperRecord.encode(sampleCperRecord(types, seed));
        const bytes = Uint8Array.from([...sample, ...more]);
        if (seed % 2 === 0) new DataView(bytes.buffer).setUint32(20, bytes.length, true);
        for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
        let record: ReturnType<typeof CperRecord.decode>;
        try {
          record = CperRecord.decode(bytes);
        } catch (error) {
          assert.ok(error instanceof AcpiError);
          return;
        }
        const json = cperRecordToJson(record);
        const back = CperRecord.encode(cperRecordFromJson(throughText(json)));
        assert.equal(hex(back), hex(CperRecord.encode(record)), printJson(json));
      },
    ),
    { numRuns: 150 },
  );
});

test('error status blocks come back from JSON text, with raw data and entries of both revisions', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  const raw = fc.uint8Array({ maxLength: 9 });
  fc.assert(
    fc.property(someKinds, fc.nat(1000), changes, raw, fc.boolean(), (types, seed, flips, rawData, isOld) => {
      const sample = sampleErrorStatusBlock(types, seed);
      const entries = sample.entries.map(({ timestamp, timestampPrecise, ...entry }) =>
        isOld ? { ...entry, revision: 0x201 } : { ...entry, timestamp, timestampPrecise },
      );
      const bytes = ErrorStatusBlock.encode({ ...sample, entries, rawData });
      for (const [at, byte] of flips) bytes[at % bytes.length] = byte;
      let block: ReturnType<typeof ErrorStatusBlock.decode>;
      try {
        block = ErrorStatusBlock.decode(bytes);
      } catch (error) {
        assert.ok(error instanceof AcpiError);
        return;
      }
      const json = errorStatusBlockToJson(block);
      const back = ErrorStatusBlock.encode(errorStatusBlockFromJson(throughText(json)));
      assert.equal(hex(back), hex(ErrorStatusBlock.encode(block)), printJson(json));
    }),
    { numRuns: 150 },
  );
});

test('a block has its header, and descriptors and sections as records have them', () => {
  const json = errorStatusBlockToJson({
    severity: 0,
    entries: [
      {
        severity: 2,
        fruText: 'DIMM 3',
        timestamp: new Date('2026-01-31T23:59:58Z'),
        section: { kind: 'memory', physicalAddress: 0x1000n },
      },
    ],
    rawData: Uint8Array.of(1, 2, 3),
  }) as { errorStatusBlock: Json; sectionDescriptors: Json[]; sections: Json[]; rawData: string };
  assert.deepEqual(json.errorStatusBlock, { severity: { code: 0, name: 'Recoverable' } });
  const [descriptor] = json.sectionDescriptors;
  assert.deepEqual(descriptor!.severity, { code: 2, name: 'Corrected' });
  assert.deepEqual(descriptor!.revision, { major: 3, minor: 0 });
  assert.equal(descriptor!.sectionLength, 80);
  assert.equal(descriptor!.fruText, 'DIMM 3');
  assert.equal(descriptor!.timestamp, '2026-01-31T23:59:58+00:00');
  assert.equal(json.sections[0]!.message, 'An Unknown Memory Error occurred at address 0x0000000000001000');
  assert.equal(json.rawData, 'AQID');
});

test('lengths, offsets and counts may be left out', () => {
  const record = CperRecord.decode(CperRecord.encode(sampleCperRecord(['memory', 'armProcessor'], 1)));
  const json = cperRecordToJson(record) as { header: Json; sectionDescriptors: Json[]; sections: Json[] };
  const { recordLength, sectionCount, ...header } = json.header;
  const sectionDescriptors = json.sectionDescriptors.map(({ sectionOffset, sectionLength, ...rest }) => rest);
  const back = cperRecordFromJson({ ...json, header, sectionDescriptors } as JsonValue);
  assert.equal(hex(CperRecord.encode(back)), hex(CperRecord.encode(record)));
  assert.ok(recordLength !== undefined && sectionCount === 2);
});

/** The JSON of a record, with the value at a path changed by `change`. */
function changed(
  kind: SectionKind,
  path: readonly (string | number)[],
  value: JsonValue | undefined,
): JsonValue {
  const json = structuredClone(cperRecordToJson(sampleCperRecord([kind], 2)));
  let object = json as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) object = object[key] as typeof object;
  object[path.at(-1)!] = value;
  if (value === undefined) delete object[path.at(-1)!];
  return json;
}

const DESCRIPTOR = ['sectionDescriptors', 0] as const;
const SECTION = ['sections', 0] as const;

for (const [kind, path, value, field] of [
  ['memory', ['header'], undefined, 'header'],
  ['memory', ['header', 'severity'], undefined, 'header.severity'],
  ['memory', ['header', 'severity'], 'Fatal', 'header.severity'],
  ['memory', ['header', 'severity', 'code'], -1, 'header.severity'],
  ['memory', ['header', 'sectionCount'], 3, 'header.sectionCount'],
  ['memory', ['header', 'timestamp'], 'yesterday', 'header.timestamp'],
  ['memory', ['header', 'creatorID'], 'me', 'header.creatorID'],
  ['memory', ['header', 'colour'], 'red', 'header.colour'],
  ['memory', ['header', 'recordID'], 2n ** 64n, 'header.recordID'],
  ['memory', ['header', 'recordID'], 1.5, 'header.recordID'],
  ['memory', ['sectionDescriptors'], [], 'sections'],
  ['memory', [...DESCRIPTOR, 'flags', 'primary'], 1, 'sectionDescriptors[0].flags.primary'],
  ['memory', [...DESCRIPTOR, 'fruText'], 'a'.repeat(21), 'sectionDescriptors[0].fruText'],
  ['memory', [...DESCRIPTOR, 'sectionType'], {}, 'sectionDescriptors[0].sectionType.data'],
  ['memory', [...SECTION, 'Pcie'], {}, 'sections[0]'],
  ['memory', [...SECTION, 'Memory'], [], 'sections[0].Memory'],
  ['memory', [...SECTION, 'Memory', 'node'], 65536, 'sections[0].Memory.node'],
  ['memory', [...SECTION, 'Memory', 'nodes'], 1, 'sections[0].Memory.nodes'],
  ['memory', [...SECTION, 'Memory', 'rasvm'], { colour: 1 }, 'sections[0].Memory.rasvm.colour'],
  [
    'memory',
    [...SECTION, 'Memory', 'memoryErrorType'],
    { name: 'Odd' },
    'sections[0].Memory.memoryErrorType.value',
  ],
  ['armProcessor', [...SECTION, 'ArmProcessor', 'errorInfoNum'], 99, 'sections[0].ArmProcessor.errorInfoNum'],
  [
    'armProcessor',
    [...SECTION, 'ArmProcessor', 'errorInfo', 0, 'errorType'],
    'x',
    'sections[0].ArmProcessor.errorInfo[0].errorType',
  ],
  ['pcie', [...SECTION, 'Pcie', 'aerInfo'], { data: 'AAAA' }, 'sections[0].Pcie.aerInfo.data'],
  ['pcie', [...SECTION, 'Pcie', 'aerInfo'], { data: 'A*==' }, 'sections[0].Pcie.aerInfo.data'],
  ['pciBus', [...SECTION, 'PciBus', 'busCommandType'], 'ISA', 'sections[0].PciBus.busCommandType'],
  ['dmarVtd', [...SECTION, 'VtdDmar', 'oemID'], 2 ** 48, 'sections[0].VtdDmar.oemID'],
] as const satisfies readonly (readonly [
  SectionKind,
  readonly (string | number)[],
  JsonValue | undefined,
  string,
])[])
  test(`${[...path].join('.')} of ${kind} as ${String(value)} is an error at ${field}`, () => {
    assert.throws(
      () => cperRecordFromJson(changed(kind, path, value)),
      (error: AcpiError) => {
        assert.ok(error instanceof AcpiError);
        assert.deepEqual([error.code, error.field], ['VALUE', field], error.message);
        return true;
      },
    );
  });

test('whatever stands anywhere in the JSON, it is read or an AcpiError', () => {
  const junk = fc.oneof(
    fc.constantFrom<JsonValue | undefined>(
      undefined,
      null,
      true,
      -1,
      1.5,
      2 ** 53,
      2n ** 70n,
      '',
      'x',
      [],
      {},
    ),
    fc.jsonValue() as fc.Arbitrary<JsonValue>,
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.nat(50), fc.nat(), junk, (kind, seed, place, value) => {
      const json = structuredClone(cperRecordToJson(sampleCperRecord([kind], seed)));
      const places: [Record<string, unknown>, string][] = [];
      const visit = (object: unknown) => {
        if (typeof object !== 'object' || object === null) return;
        for (const key of Object.keys(object)) {
          places.push([object as Record<string, unknown>, key]);
          visit((object as Record<string, unknown>)[key]);
        }
      };
      visit(json);
      const [object, key] = places[place % places.length]!;
      object[key] = value;
      try {
        CperRecord.encode(cperRecordFromJson(json));
      } catch (error) {
        assert.ok(error instanceof AcpiError, String((error as Error).stack));
      }
    }),
    { numRuns: 600 },
  );
});
