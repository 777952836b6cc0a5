/** A machine description in YAML, for `rasvm acpi build`; docs/guide.md shows one. */

import type { Machine } from '@rasvm/acpi';
import { type core, z } from 'zod';
import { object, readYaml, yamlText } from './yaml-file.ts';

/** Numbers in YAML are decimal or 0x; text has a unit (64K, 4G), or is a number too long for YAML. */
const UNITS = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n } as const;
const LIMIT = 1n << 64n;

const word = z.union([z.int().min(0), z.string()], 'is no address or size').transform((value, context) => {
  const match = /^(0x[0-9a-f]+|[0-9]+)([KMGT])?$/i.exec(String(value));
  const unit = match?.[2]?.toUpperCase() as keyof typeof UNITS | undefined;
  const number = match ? BigInt(match[1]!) * (unit ? UNITS[unit] : 1n) : LIMIT;
  if (number < LIMIT) return number;
  context.addIssue(`'${value}' is no address or size; use decimal or 0x hex below 2^64, or K, M, G, T`);
  return z.NEVER;
});
const small = word.transform((value, context) => {
  if (value < 1n << 32n) return Number(value);
  context.addIssue(`${value} does not fit in 32 bits`);
  return z.NEVER;
});
const range = { base: word, size: word };

const processor = object({
  mpidr: word,
  uid: small.optional(),
  package: small.optional(),
  cluster: small.optional(),
  node: small.optional(),
  onlineCapable: z.boolean().optional(),
});

const cache = object({
  level: z.literal([1, 2, 3, 4]),
  type: z.enum(['data', 'instruction', 'unified']),
  size: small,
  sets: small,
  ways: small,
  lineSize: small,
  of: z.enum(['processor', 'cluster', 'package']),
});

const gic = object({
  version: z.literal([3, 4]).optional(),
  distributor: word,
  redistributors: z.array(object(range)).min(1),
  its: z.array(word).optional(),
  maintenanceGsiv: small.optional(),
  performanceGsiv: small.optional(),
  speGsiv: small.optional(),
  trbeGsiv: small.optional(),
});

const timers = object({
  secureEl1: small,
  nonSecureEl1: small,
  virtualEl1: small,
  el2: small,
  virtualEl2: small.optional(),
  alwaysOn: z.boolean().optional(),
});

const serial = object({
  type: z.enum(['pl011', 'sbsa', '16550']),
  base: word,
  size: word.optional(),
  gsiv: small,
  baudRate: z.literal([9600, 19200, 57600, 115200]).optional(),
  use: z.array(z.enum(['console', 'debug'])).optional(),
});

/** One, or a list of them; a fault is told of the one that it is in. */
function oneOrMore<T>(schema: z.ZodType<T>) {
  const list = z.array(schema).min(1);
  return z.unknown().transform((value, context): T | T[] => {
    const result = (Array.isArray(value) ? list : schema).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: value } as core.$ZodRawIssue<core.$ZodIssue>);
    return z.NEVER;
  });
}

const memory = object({
  ...range,
  node: small.optional(),
  hotPluggable: z.boolean().optional(),
  nonVolatile: z.boolean().optional(),
});

const hostBridge = object({
  segment: small.optional(),
  firstBus: small.optional(),
  lastBus: small.optional(),
  ecam: word,
  windows: z.array(
    object({ ...range, type: z.enum(['memory', 'prefetchable', 'io']), translation: word.optional() }),
  ),
  interrupts: z.tuple([small, small, small, small]),
  node: small.optional(),
  coherent: z.boolean().optional(),
  smmu: small.optional(),
});

const smmu = object({
  base: word,
  eventGsiv: small.optional(),
  priGsiv: small.optional(),
  errorGsiv: small.optional(),
  syncGsiv: small.optional(),
  coherent: z.boolean().optional(),
});

const errorSource = object({
  notification: z.enum(['polled', 'sea', 'sei', 'gsiv', 'gpio', 'sdei', 'sci', 'external']),
  vector: small.optional(),
  pollInterval: small.optional(),
  statusAddress: word.optional(),
  readAck: z.union([z.literal(false), word]).optional(),
});

const errors = object({
  records: word,
  sources: z.array(errorSource),
  blockLength: small.optional(),
  maxSections: small.optional(),
  boot: object(range).optional(),
  injection: object({ parameters: word, execute: word }).optional(),
  store: object({ registers: word, execute: word, records: object(range) }).optional(),
  sdei: z.boolean().optional(),
});

const cxl = object({
  hostBridges: z.array(object({ uid: small, registers: word })),
  windows: z.array(object({ ...range, targets: z.array(small).min(1), granularity: small.optional() })),
});

const plainDevice = object({
  name: z.string().regex(/^[A-Z_][A-Z0-9_]{3}$/, 'is no name of four characters'),
  hid: z.string().regex(/^[A-Z]{3}[0-9A-F]{4}$|^[A-Z0-9]{4}[0-9A-F]{4}$/, 'is no PNP or ACPI id'),
  uid: small.optional(),
  memory: z.array(object(range)).optional(),
  interrupts: z.array(object({ gsiv: small, trigger: z.enum(['edge', 'level']).optional() })).optional(),
});

const machine = object({
  oem: object({
    id: z.string().max(6).optional(),
    tableId: z.string().max(8).optional(),
    revision: small.optional(),
  }).optional(),
  tables: word,
  processors: z.array(processor).min(1),
  caches: z.array(cache).optional(),
  gic,
  timers,
  serial: oneOrMore(serial).optional(),
  memory: z.array(memory).optional(),
  distances: z.array(z.array(z.int().min(0).max(255))).optional(),
  hostBridges: z.array(hostBridge).optional(),
  smmus: z.array(smmu).optional(),
  virtioMmio: z.array(object({ ...range, gsiv: small })).optional(),
  devices: z.array(plainDevice).optional(),
  powerButtonGsiv: small.optional(),
  errors: errors.optional(),
  cxl: cxl.optional(),
});

/** @param name of the file, for messages. @throws RasvmError FILE with line and column of each fault */
export function readMachine(name: string, text: string): Machine {
  return readYaml(name, text, machine);
}

/** The description of a machine, as {@link readMachine} takes it. */
export function machineText(machine: Machine): string {
  return yamlText(machine, 'rasvm acpi build --machine FILE --out DIR');
}
