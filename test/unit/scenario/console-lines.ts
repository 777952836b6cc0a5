/** Lines as they come out of a guest. */

import type { ConsoleLine } from '../../../src/scenario/guest/console.ts';
import { parseGuestLine } from '../../../src/scenario/guest/guest-line.ts';

/** On its console, by whoever. */
export function printed(text: string, at = 0): ConsoleLine {
  return { at, text, from: 'console' };
}

/** By the agent, whose checksum was right. @param text behind `rasvm-guest: ` */
export function saidByAgent(text: string, at = 0): ConsoleLine {
  const line = `rasvm-guest: ${text}`;
  const said = parseGuestLine(line);
  return { at, text: line, from: 'agent', ...(said && { said }) };
}
