/** What a specification's tables say of a structure. */

import assert from 'node:assert/strict';
import type { FieldInfo } from '@rasvm/acpi';

interface Declared {
  readonly name: string;
  readonly size: number;
  readonly fields: readonly FieldInfo[];
}

/** Holds that the fixed part has so many bytes, and that the members stand at these offsets. */
export function assertLayout(
  layout: Declared,
  size: number,
  offsets: Readonly<Record<string, number>>,
): void {
  const found = Object.fromEntries(
    Object.keys(offsets).map((name) => [name, layout.fields.find((field) => field.name === name)?.offset]),
  );
  assert.deepEqual({ size: layout.size, ...found }, { size, ...offsets }, layout.name);
}
