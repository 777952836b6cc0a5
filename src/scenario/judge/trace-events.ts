/** Trace events of a guest's kernel, as trace_pipe prints them (Linux Documentation/trace/ftrace.rst). */

import type { ConsoleLine } from '../guest/console.ts';
import { isMatch, matches } from '../language/matcher.ts';
import type { TracedPattern } from '../language/schema-expect.ts';

export interface TraceEvent {
  /** Without its system: arm_event. */
  name: string;
  text: string;
}

/** `TASK-PID [CPU] FLAGS SECONDS: NAME: TEXT` */
const EVENT = /\s\d+\.\d+: (\w+): (.*)$/;

export function traceEvents(lines: readonly ConsoleLine[]): TraceEvent[] {
  return lines.flatMap(({ said }) => {
    const [, name, text] = (said?.kind === 'trace' && EVENT.exec(said.text)) || [];
    return name === undefined ? [] : { name, text: text! };
  });
}

/** The value of a field that is printed as `name: value` or `name=value`, up to the next `;` or `,`. */
export function traceField({ text }: TraceEvent, name: string): string | undefined {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|[\\s;,])${quoted}\\s*[:=]\\s*([^;,]*?)\\s*(?:[;,]|$)`).exec(text)?.[1];
}

export function isTraced(event: TraceEvent, { event: name, text, fields = {} }: TracedPattern): boolean {
  return (
    event.name === name &&
    (text === undefined || isMatch(event.text, text)) &&
    Object.entries(fields).every(([field, wanted]) => matches(traceField(event, field), wanted))
  );
}
