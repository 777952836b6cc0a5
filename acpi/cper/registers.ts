/** Members for the registers of a processor's context, which all read alike. */

import type { Codec, Member } from '../struct.ts';

/** `elrEl1` is documented as ELR_EL1. */
function specified(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** One member a register, in this order, each `zero` unless given. */
export function registers<Out, In, const N extends string>(
  codec: Codec<Out, In>,
  zero: NoInfer<In>,
  names: readonly N[],
): { readonly [K in N]: Member<Out, In, 'defaulted'> } {
  const members = names.map((name) => [name, codec.default(zero).doc(specified(name))]);
  return Object.fromEntries(members) as never;
}
