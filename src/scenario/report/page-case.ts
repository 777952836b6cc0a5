/** A case on the page: what was expected and what came, both sides' timeline, the guest's log. */

import type { Check } from '../judge/check.ts';
import type { CaseResult, GuestLogLine, Stuck, TimelineEntry } from '../run/result.ts';
import { type Html, html, joined } from './markup.ts';
import { columnTitle, JUDGES_VMM, OUTCOME_WORDS, SYMBOLS } from './summary.ts';
import { boundedLog, durationWords } from './text.ts';
import { fieldWords, seenWords } from './words.ts';

export function caseSection(result: CaseResult, id: string): Html {
  const { outcome, scenario, title, why, reason, cause, references, durationMs, judges } = result;
  const failed = outcome === 'failed' || outcome === 'broken';
  return html`<details class="case ${outcome}" id="${id}"${failed ? html` open` : undefined} data-outcome="${outcome}">
<summary><span class="mark" aria-hidden="true">${SYMBOLS[outcome]}</span><span class="said">${OUTCOME_WORDS[outcome]}: </span><b>${scenario}</b> <span class="on">${columnTitle(result)}</span> <span class="title">${title}</span> <span class="time">${durationWords(durationMs)}</span></summary>
<div class="body">
${reason === undefined ? undefined : html`<p class="reason">${reason}</p>`}
${result.before && html`<p class="reason">In a guest that had served ${result.before.served} before: ${result.before.reason}</p>`}
${
  cause &&
  html`<p class="cause"><b>Cause:</b> ${cause.text} <span>See ${cause.reference}.</span></p>
`
}<p class="why">${judges === 'vmm' ? html`This ${JUDGES_VMM}. ` : undefined}${why}${references.length > 0 ? html` <span>See ${joined(references.map(reference), ', ')}.</span>` : undefined}</p>
${checkTable(result.checks)}${stood(result.stuck)}${timelineTable(result.timeline)}${log(result.log, failed)}</div>
</details>
`;
}

/** A link only where it leads to the web: nothing else is followed from here. */
function reference(text: string): Html {
  return /^https?:\/\/\S+$/.test(text) ? html`<a href="${text}" rel="noreferrer">${text}</a>` : html`${text}`;
}

function checkTable(checks: readonly Check[]): Html | undefined {
  if (checks.length === 0) return undefined;
  const rows = checks.map(({ claim, proved, seen }) => {
    const outcome = proved ? 'passed' : 'failed';
    return html`<tr class="${outcome}"><td class="mark"><span aria-hidden="true">${SYMBOLS[outcome]}</span><span class="said">${proved ? 'proved' : 'not proved'}</span></td><td>${claim}</td><td><code>${seenWords(seen)}</code></td></tr>
`;
  });
  return html`<table class="checks"><caption>Expected and seen</caption>
<thead><tr><th scope="col"><span class="said">Proved</span></th><th scope="col">Expected</th><th scope="col">Seen</th></tr></thead>
<tbody>${rows}</tbody></table>
`;
}

/**
 * Where the guest stood when it had fallen silent: what says most in a row a vCPU, all registers a click
 * away.
 */
function stood(stuck: Stuck | undefined): Html | undefined {
  if (!stuck) return undefined;
  const rows = stuck.vcpus.map(({ vcpu, mpState, held, registers, words }) => {
    const cells = ['pc', 'pstate', 'ESR_EL1'].map(
      (name) =>
        html`<td><code>${registers[name] ?? ''}</code>${words[name] === undefined ? undefined : html` ${words[name]}`}</td>`,
    );
    return html`<tr><th scope="row">${String(vcpu)}</th><td>${mpState}${held ? ', held by rasvm' : ''}</td>${cells}</tr>
`;
  });
  const table = html`<table class="vcpus"><caption>Where it stood</caption>
<thead><tr><th scope="col">vCPU</th><th scope="col">State</th><th scope="col">PC</th><th scope="col">PSTATE</th><th scope="col">ESR_EL1: the last exception</th></tr></thead>
<tbody>${rows}</tbody></table>
<details class="registers"><summary>all registers</summary><pre tabindex="0">${joined(stuck.vcpus.flatMap(registerLines), LINE_END)}</pre></details>
`;
  const missing = stuck.missing.map(
    (what) => html`<p>Not to be had: ${what}</p>
`,
  );
  return html`${stuck.vcpus.length > 0 ? table : undefined}${missing}`;
}

function registerLines({ vcpu, registers, words }: Stuck['vcpus'][number]): string[] {
  const lines = Object.entries(registers).map(([name, value]) =>
    `  ${name.padEnd(14)}${value.padEnd(18)}  ${words[name] ?? ''}`.trimEnd(),
  );
  return [`vCPU ${vcpu}`, ...lines];
}

type Actor = TimelineEntry['actor'];

const LANE_OF: Readonly<Record<Actor, 'host' | 'guest' | 'both'>> = {
  host: 'host',
  rasvm: 'host',
  guest: 'guest',
  victim: 'guest',
  runner: 'both',
};

function timelineTable(entries: readonly TimelineEntry[]): Html | undefined {
  if (entries.length === 0) return undefined;
  return html`<table class="timeline"><caption>Timeline</caption>
<thead><tr><th scope="col">ms</th><th scope="col">Host and rasvm</th><th scope="col">Guest and victim</th></tr></thead>
<tbody>${entries.map((entry, i) => timelineRow(entry, entries[i - 1]))}</tbody></table>
`;
}

const EMPTY = html`<td></td>`;

function timelineRow(entry: TimelineEntry, before: TimelineEntry | undefined): Html {
  const { at, actor } = entry;
  const time = html`<td class="at">${at.toFixed(1)}</td>`;
  const lane = LANE_OF[actor];
  const content = html`${actor === before?.actor ? undefined : html`<b class="actor">${actor}</b> `}${entryText(entry)}`;
  if (lane === 'both')
    return html`<tr class="runner">${time}<td colspan="2">${content}</td></tr>
`;
  const cell = html`<td class="${actor}">${content}</td>`;
  return html`<tr>${time}${lane === 'host' ? [cell, EMPTY] : [EMPTY, cell]}</tr>
`;
}

function entryText({ text, event }: TimelineEntry): Html {
  if (!event) return html`${text}`;
  const prefix = `${event.kind}: `;
  const words = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  const { seq: _seq, time: _time, kind, ...rest } = event;
  const fields = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined ? [] : [html`<div><dt>${name}</dt><dd>${fieldWords(name, value)}</dd></div>`],
  );
  // The record is what the guest was told: its fields are in sight, those of other events a click away.
  const list = html`<dl>${fields}</dl>`;
  const shown =
    fields.length === 0
      ? undefined
      : html`<details class="fields"${kind === 'recorded' ? html` open` : undefined}><summary>fields</summary>${list}</details>`;
  return html`<span class="kind ${kind.replace(/[^a-z]+/g, '-')}">${kind}</span> ${words}${shown}`;
}

function log(lines: readonly GuestLogLine[], open: boolean): Html | undefined {
  if (lines.length === 0) return undefined;
  const about = lines.filter(({ ras }) => ras).length;
  const few = html`${about} about errors`;
  return html`<details class="log"${open ? html` open` : undefined}><summary>The guest's log: ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, ${few}</summary>
${about > 0 ? html`<label><input type="checkbox"> only lines about errors</label>` : undefined}<pre tabindex="0">${runs(boundedLog(lines))}</pre></details>
`;
}

/** Lines of one kind together: a log of thousands of lines is a few elements. */
function runs(lines: readonly GuestLogLine[]): Html[] {
  const groups: { kind: 'ras' | GuestLogLine['from']; lines: string[] }[] = [];
  for (const { ras, from, text } of lines) {
    const kind = ras ? 'ras' : from;
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(text);
    else groups.push({ kind, lines: [text] });
  }
  return groups.map(({ kind, lines: texts }) => {
    const content = joined(texts, LINE_END);
    if (kind === 'ras') return html`<mark>${content}${LINE_END}</mark>`;
    // What the agent says is told from what looks like it on the console.
    return kind === 'agent' ? html`<em>${content}${LINE_END}</em>` : html`<span>${content}${LINE_END}</span>`;
  });
}

const LINE_END = html`
`;
