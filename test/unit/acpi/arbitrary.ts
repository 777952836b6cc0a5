/** Random values of any layout, made from its declaration. */

import {
  Ascii,
  Bits,
  Bytes,
  type Codec,
  DistanceMatrix,
  type FieldInfo,
  FixedArray,
  Guid,
  I16,
  List,
  Part,
  Rest,
  Struct,
  Text,
  Timestamp,
  Union,
} from '@rasvm/acpi';
import fc from 'fast-check';

type AnyCodec = Codec<unknown, never>;

const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }).map(Number);
const byteString = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const hexDigits = (count: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: count, maxLength: count })
    .map((d) => d.join(''));

export const arbitraryGuid = fc
  .tuple(hexDigits(8), hexDigits(4), hexDigits(4), hexDigits(4), hexDigits(12))
  .map((groups) => groups.join('-'));

export const arbitraryDate = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));

/** Every value that the decoder can give, so that decoding what was encoded must give it back. */
export function arbitraryOf(codec: AnyCodec): fc.Arbitrary<unknown> {
  if (codec instanceof Struct) return arbitraryStruct(codec);
  if (codec instanceof Union) {
    const known = Object.entries(codec.variants as Record<string, AnyCodec>).map(([kind, variant]) =>
      arbitraryOf(variant).map((value) => ({ kind, ...(value as object) })),
    );
    // Without a length, an unknown variant takes all that follows.
    if (codec.options.length === undefined) return fc.oneof(...known);
    const { less = 0, padding = 1 } = codec.options.length;
    return fc.oneof(
      byteString(Math.max(4, codec.minSize, less), 20).map((data) => ({
        kind: 'unknown',
        data: tagged(codec, filledUp(data, padding)),
      })),
      ...known,
    );
  }
  if (codec instanceof DistanceMatrix)
    return fc.nat(4).chain((side) => {
      const row = fc.array(uint(8), { minLength: side, maxLength: side });
      return fc.array(row, { minLength: side, maxLength: side });
    });
  if (codec instanceof List) return fc.array(arbitraryOf(codec.element as AnyCodec), { maxLength: 4 });
  if (codec instanceof FixedArray)
    return fc.array(arbitraryOf(codec.element as AnyCodec), {
      minLength: codec.count,
      maxLength: codec.count,
    });
  if (codec instanceof Bits)
    return fc.record(
      Object.fromEntries(
        Object.entries(codec.ranges as Bits<Record<never, never>>['ranges']).map(([name, part]) => [
          name,
          arbitraryPart(part as Part<boolean | number>['part']),
        ]),
      ),
      { noNullPrototype: true },
    );
  if (codec instanceof Part) return arbitraryPart(codec.part as Part<boolean | number>['part']);
  if (codec instanceof Bytes) return byteString(codec.size, codec.size);
  if (codec instanceof Rest) return byteString(0, 30);
  if (codec instanceof Text)
    return fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
  if (codec instanceof Guid) return arbitraryGuid;
  if (codec instanceof Timestamp) return arbitraryDate;
  if (codec instanceof Ascii)
    return byteString(0, codec.size).map((codes) => {
      let length = codes.length;
      while (length > 0 && codes[length - 1] === codec.padding) length--;
      return String.fromCharCode(...codes.subarray(0, length));
    });
  if (codec instanceof I16) return fc.integer({ min: -0x8000, max: 0x7fff });
  if (codec.size === 8) return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  return uint(codec.size * 8);
}

/** Tag 0xee is nobody's; the length stands where the union has it. */
function tagged(union: Union<Record<never, never>>, data: Uint8Array): Uint8Array {
  const { tagAt = 0, tag, length } = union.options;
  data.fill(0, tagAt, tagAt + tag);
  data[tagAt] = 0xee;
  data.fill(0, length!.at, length!.at + length!.size);
  data[length!.at] = data.length - (length!.less ?? 0);
  return data;
}

function filledUp(data: Uint8Array, multiple: number): Uint8Array {
  const filled = new Uint8Array(Math.ceil(data.length / multiple) * multiple);
  filled.set(data);
  return filled;
}

function arbitraryPart(part: Part<boolean | number>['part']): fc.Arbitrary<unknown> {
  return part.kind === 'flag' ? fc.boolean() : uint(part.last - part.first + 1);
}

/** Lists that share a count are as long as the shortest of them. */
function evened(fields: readonly FieldInfo[], value: Record<string, unknown>): Record<string, unknown> {
  for (const { derivation } of fields) {
    if (derivation?.from !== 'count' || !derivation.also?.length) continue;
    const names = [derivation.of, ...derivation.also];
    const shortest = Math.min(...names.map((name) => (value[name] as unknown[]).length));
    for (const name of names) value[name] = (value[name] as unknown[]).slice(0, shortest);
  }
  return value;
}

function arbitraryStruct(codec: Struct<never>): fc.Arbitrary<unknown> {
  const fields: readonly FieldInfo[] = codec.fields;
  const usual = fields.filter(
    // What overlaps another member, or is derived, has tests of its own.
    (field) =>
      field.role !== 'constant' &&
      field.role !== 'derived' &&
      (field.at === undefined || field.codec.partial || field.condition !== undefined),
  );
  const optional = (field: FieldInfo) => field.role === 'validated';
  const late = fields.filter((field) => field.since !== undefined && field.role === 'since');
  const model = Object.fromEntries(usual.map((field) => [field.name, arbitraryOf(field.codec)]));
  const required = usual.filter((field) => !optional(field)).map((field) => field.name);
  const all = fc
    .record(model, { requiredKeys: required, noNullPrototype: true })
    .map((value) => evened(fields, withConditions(value, usual)));
  if (late.length === 0) return all;
  // A shorter form has none of the later members.
  return fc.tuple(all, fc.constantFrom(...codec.lengths)).map(([value, length]) => {
    const kept = Object.fromEntries(
      Object.entries(value).filter(([name]) => (fields.find((f) => f.name === name)!.since ?? 0) <= length),
    );
    return length < codec.usualLength ? { ...kept, length } : kept;
  });
}

/** Without the members that are not there because of what another member is. */
function withConditions(
  value: Record<string, unknown>,
  fields: readonly FieldInfo[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => {
      const { condition } = fields.find((field) => field.name === name)!;
      return (
        condition === undefined || ((value[condition.member] ?? 0) === condition.value) !== condition.not
      );
    }),
  );
}
