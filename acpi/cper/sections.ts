/** The sections that are understood, by the GUID of their type: UEFI 2.11, appendix N.2.2. */

import { type Codec, type DecodeOptions, truncated } from '../codec.ts';
import { AcpiError } from '../errors.ts';
import { type DecodedMemoryError, MemoryError, type MemoryErrorFields, PLATFORM_MEMORY } from './memory.ts';

/** A section that is not understood, byte by byte. */
export interface UnknownSection {
  kind: 'unknown';
  /** GUID of the section's type. */
  sectionType: string;
  data: Uint8Array;
}

export type Section = ({ kind: 'memory' } & DecodedMemoryError) | UnknownSection;
export type SectionInput = ({ readonly kind: 'memory' } & MemoryErrorFields) | Readonly<UnknownSection>;

interface Known {
  readonly sectionType: string;
  readonly codec: Codec<unknown, never>;
}

export const SECTIONS: Readonly<Record<Exclude<Section['kind'], 'unknown'>, Known>> = {
  memory: { sectionType: PLATFORM_MEMORY, codec: MemoryError },
};

const byGuid = new Map(
  Object.entries(SECTIONS).map(([kind, known]) => [known.sectionType, { kind, codec: known.codec }]),
);

function known(section: SectionInput): Known | undefined {
  const kind: unknown = section?.kind;
  if (kind === 'unknown') return undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(SECTIONS, kind))
    throw new AcpiError('VALUE', `is none of ${Object.keys(SECTIONS).join(', ')}, unknown`, 'kind');
  return SECTIONS[kind as keyof typeof SECTIONS];
}

export function sectionTypeOf(section: SectionInput): string {
  return known(section)?.sectionType ?? (section as UnknownSection).sectionType;
}

export function sectionSize(section: SectionInput): number {
  const found = known(section);
  if (found !== undefined) return found.codec.sizeOf(section as never);
  const { data } = section as UnknownSection;
  if (!(data instanceof Uint8Array)) throw new AcpiError('VALUE', 'is no Uint8Array', 'data');
  return data.byteLength;
}

/** Gives the bytes written. */
export function writeSection(view: DataView, offset: number, section: SectionInput): number {
  const found = known(section);
  if (found !== undefined) return found.codec.write(view, offset, section as never);
  const { data } = section as UnknownSection;
  new Uint8Array(view.buffer, view.byteOffset + offset, data.byteLength).set(data);
  return data.byteLength;
}

/** A section of a known type that is shorter than its type allows is kept as unknown. */
export function readSection(
  sectionType: string,
  view: DataView,
  offset: number,
  end: number,
  options: DecodeOptions,
): Section {
  if (end < offset) throw truncated(0, end - offset);
  const found = byGuid.get(sectionType);
  if (found === undefined || end - offset < found.codec.minSize)
    return {
      kind: 'unknown',
      sectionType,
      data: new Uint8Array(view.buffer, view.byteOffset + offset, end - offset),
    };
  return { kind: found.kind, ...(found.codec.read(view, offset, end, options) as object) } as Section;
}
