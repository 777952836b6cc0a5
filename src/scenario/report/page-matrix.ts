/** The page's matrix: a row a scenario, a column a kernel and variant, each cell leads to its case. */

import type { CaseResult, RunResult } from '../run/result.ts';
import { type Html, html, joined } from './markup.ts';
import {
  type Column,
  countOutcomes,
  JUDGES_VMM,
  matrixOf,
  NOT_ASKED,
  OUTCOME_WORDS,
  SYMBOLS,
  summaryWords,
} from './summary.ts';
import { durationWords } from './text.ts';

export function matrixTable(run: RunResult, anchor: (each: CaseResult) => string): Html {
  const { columns, rows } = matrixOf(run);
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-title"><table id="matrix">
<thead><tr><th scope="col">Scenario</th>${columns.map(columnHead)}</tr></thead>
<tbody>
${rows.map(
  ({
    scenario,
    title,
    cells,
    notAsked,
  }) => html`<tr><th scope="row"><b>${scenario}</b> <small>${title}</small></th>${cells.map(
    (cell, c) =>
      html`<td>${notAsked[c] ? NOT_ASKED_CELL : undefined}${joined(
        cell.map((each) => link(each, anchor(each))),
        ' ',
      )}</td>`,
  )}</tr>
`,
)}</tbody>
</table></div>`;
}

const NOT_ASKED_CELL = html`<span class="not-asked" title="not run: ${JUDGES_VMM}"><span aria-hidden="true">${NOT_ASKED}</span><span class="said">not run: ${JUDGES_VMM}</span></span>`;

function columnHead({ title, release, cases }: Column): Html {
  const time = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return html`<th scope="col">${title}${
    release !== undefined && release !== title ? html`<small>Linux ${release}</small>` : undefined
  }<small>${summaryWords(countOutcomes(cases))}, ${durationWords(time)}</small></th>`;
}

function link({ outcome, durationMs, reason }: CaseResult, id: string): Html {
  const said = reason === undefined ? OUTCOME_WORDS[outcome] : `${OUTCOME_WORDS[outcome]}: ${reason}`;
  return html`<a class="${outcome}" href="#${id}" title="${said}"><span aria-hidden="true">${SYMBOLS[outcome]}</span><span class="said">${OUTCOME_WORDS[outcome]}</span>${
    outcome === 'skipped' ? undefined : html` <small>${durationWords(durationMs)}</small>`
  }</a>`;
}
