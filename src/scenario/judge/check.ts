/** What is to be proved of a case, and what was seen. */

export interface Check {
  /** What is to be proved. */
  claim: string;
  proved: boolean;
  /** What was seen, instead or as proof. */
  seen: string;
}

const NOTHING = 'nothing';

/** @param seen what there is; undefined: nothing. */
export function check(claim: string, proved: boolean, seen: object | undefined): Check {
  return { claim, proved, seen: seen ? show(seen) : NOTHING };
}

export function show(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `0x${each.toString(16)}` : each));
}
