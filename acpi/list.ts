/** Elements one after the other, up to an end or as many as a count says. */

import { Codec, type DecodeOptions, truncated } from './codec.ts';
import { AcpiError, within } from './errors.ts';

/** A tail whose length follows from a number of elements. */
export interface Counted {
  extentOf(view: DataView, offset: number, end: number, count: number): number;
}

export class List<Out, In> extends Codec<Out[], readonly In[]> implements Counted {
  readonly name: string;
  readonly size = 0;
  readonly element: Codec<Out, In>;

  constructor(element: Codec<Out, In>) {
    super();
    this.element = element;
    this.name = `${element.name}[]`;
  }

  override get variable(): boolean {
    return true;
  }

  override sizeOf(value: readonly In[]): number {
    if (!Array.isArray(value)) throw new AcpiError('VALUE', 'is no array');
    let size = 0;
    for (let i = 0; i < value.length; i++) {
      try {
        size += this.element.sizeOf(value[i]!);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return size;
  }

  write(view: DataView, offset: number, value: readonly In[]): number {
    let position = offset;
    for (let i = 0; i < value.length; i++) {
      try {
        position += this.element.write(view, position, value[i]!);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return position - offset;
  }

  /** Bytes of `count` elements. */
  extentOf(view: DataView, offset: number, end: number, count: number): number {
    let position = offset;
    for (let i = 0; i < count; i++) position += this.#step(view, position, end, i);
    return position - offset;
  }

  /** Bytes of the elements that fit into so many; all, where an element's size is its own matter. */
  wholeIn(have: number): number {
    const { variable, size } = this.element;
    return variable || size === 0 ? have : have - (have % size);
  }

  #step(view: DataView, position: number, end: number, index: number): number {
    let size: number;
    try {
      size = this.element.extent(view, position, end);
    } catch (error) {
      throw within(`[${index}]`, error);
    }
    // An element of no bytes would never let the list end.
    if (size <= 0 || position + size > end) throw truncated(size, end - position, `[${index}]`);
    return size;
  }

  override extent(view: DataView, offset: number, end: number): number {
    let position = offset;
    for (let i = 0; position < end; i++) position += this.#step(view, position, end, i);
    return position - offset;
  }

  read(view: DataView, offset: number, end: number, options: DecodeOptions): Out[] {
    const values: Out[] = [];
    let position = offset;
    while (position < end) {
      const size = this.#step(view, position, end, values.length);
      try {
        values.push(this.element.read(view, position, position + size, options));
      } catch (error) {
        throw within(`[${values.length}]`, error);
      }
      position += size;
    }
    return values;
  }
}

/** Elements up to the structure's end, or as many as its `countOf` or `bytesOf` member says. */
export function list<Out, In>(element: Codec<Out, In>): Codec<Out[], readonly In[]> {
  return new List(element);
}
