/** Speed of the library: tables of a large machine, records of each section type, a long log. No lab is needed. */

import {
  buildMachine,
  CperRecord,
  cperRecordText,
  cperRecordToJson,
  type Machine,
  printJson,
  readRecords,
  SECTIONS,
  type SectionKind,
  sampleCperRecord,
} from '@rasvm/acpi';
import { MiB } from '../../src/core/region.ts';
import { align, figure, median } from './report.ts';

/** ms that one figure is measured for. */
const SPAN = 200;

/** How often a second: the median of `rounds` spans, after one that does not count. */
function rate(rounds: number, once: () => unknown): number {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    let count = 0;
    while (performance.now() - began < SPAN) {
      for (let i = 0; i < 16; i++) once();
      count += 16;
    }
    if (round > 0) rates.push((count * 1000) / (performance.now() - began));
  }
  return median(rates);
}

/** 64 vCPUs with caches, PCIe and every kind of error source. */
function largeMachine(): Machine {
  return {
    tables: 0x5ff0_0000,
    processors: Array.from({ length: 64 }, (_, index) => ({
      mpidr: ((index >> 4) << 8) | (index & 15),
      package: index >> 5,
      cluster: index >> 2,
      node: index >> 5,
    })),
    caches: [
      { level: 1, type: 'data', size: 65536, sets: 256, ways: 4, lineSize: 64, of: 'processor' },
      { level: 1, type: 'instruction', size: 65536, sets: 256, ways: 4, lineSize: 64, of: 'processor' },
      { level: 2, type: 'unified', size: 1 << 20, sets: 2048, ways: 8, lineSize: 64, of: 'cluster' },
    ],
    gic: {
      distributor: 0x0800_0000,
      redistributors: [{ base: 0x080a_0000, size: 64 * 0x2_0000 }],
      its: [0x0808_0000],
    },
    timers: { secureEl1: 29, nonSecureEl1: 30, virtualEl1: 27, el2: 26 },
    serial: { type: 'pl011', base: 0x0900_0000, gsiv: 33 },
    memory: [
      { base: 0x4000_0000, size: 1n << 31n, node: 0 },
      { base: 1n << 32n, size: 1n << 31n, node: 1 },
    ],
    errors: {
      records: 0x5fe0_0000,
      sources: [{ notification: 'sea' }, { notification: 'gsiv', vector: 41 }],
      boot: { base: 0x5fe8_0000, size: 4096 },
      injection: { parameters: 0x5fe9_0000, execute: 0x0908_0000 },
    },
  };
}

function sectionRow(kind: SectionKind, rounds: number): string[] {
  const record = sampleCperRecord([kind], 1);
  const bytes = CperRecord.encode(record);
  const rates = [
    () => CperRecord.encode(record),
    () => CperRecord.decode(bytes),
    () => printJson(cperRecordToJson(CperRecord.decode(bytes))),
    () => cperRecordText(CperRecord.decode(bytes)),
  ].map((once) => rate(rounds, once));
  return [kind, `${bytes.length}`, ...rates.map((each) => figure(each / 1000)), ''];
}

/** A field log of so many records, made as it is read. */
async function* log(records: number): AsyncGenerator<Uint8Array> {
  const bytes = CperRecord.encode(sampleCperRecord(['memory', 'armProcessor'], 1));
  // Chunks as a file is read in, which end anywhere inside a record.
  const chunk = new Uint8Array(Math.ceil(65536 / bytes.length) * bytes.length);
  for (let at = 0; at < chunk.length; at += bytes.length) chunk.set(bytes, at);
  const perChunk = chunk.length / bytes.length;
  for (let made = 0; made < records; made += perChunk) {
    const size = Math.min(perChunk, records - made) * bytes.length;
    yield chunk.subarray(0, size - 100);
    yield chunk.subarray(size - 100, size);
  }
}

/** Decodes a long log as a stream; gives records a second and the heap's growth from its first tenth to its end. */
async function measureStream(records: number): Promise<{ rate: number; growth: number }> {
  let count = 0;
  let early = 0;
  let most = 0;
  const began = performance.now();
  for await (const found of readRecords(log(records))) {
    if (found.kind !== 'cperRecord') throw new Error(`a ${found.kind} at ${found.offset}`);
    CperRecord.decode(found.bytes);
    count++;
    if (count % (records / 100) !== 0) continue;
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (count <= records / 10) early = Math.max(early, heapUsed + arrayBuffers);
    else most = Math.max(most, heapUsed + arrayBuffers);
  }
  if (count !== records) throw new Error(`${count} of ${records} records were found`);
  return { rate: (count * 1000) / (performance.now() - began), growth: Math.max(0, most - early) / MiB };
}

export async function benchAcpi(rounds: number): Promise<void> {
  const machine = largeMachine();
  const { tables } = buildMachine(machine);
  const builds = rate(rounds, () => buildMachine(machine));
  console.log(
    `\nTables of a machine of 64 vCPUs: ${figure(builds)} times a second, ${tables.length} tables each`,
  );
  console.log('\nRecords with one section, thousands a second');
  const rows = (Object.keys(SECTIONS) as SectionKind[]).map((kind) => sectionRow(kind, rounds));
  console.log(
    align([['section', 'bytes', 'encoded', 'decoded', 'to JSON', 'to text', ''], ...rows]).join('\n'),
  );
  const { rate: streamed, growth } = await measureStream(1_000_000);
  console.log(
    `\nA log of a million records, as a stream: ${figure(streamed / 1000)} thousand records a second, ` +
      `memory grows by ${figure(growth)} MiB from the first tenth to the end`,
  );
}
