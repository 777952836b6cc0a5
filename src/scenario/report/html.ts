/** The report as one HTML page that needs nothing else: no network, no library. */

import { createHash } from 'node:crypto';
import type { CaseResult, RunResult } from '../run/result.ts';
import { Html, html } from './markup.ts';
import { caseSection } from './page-case.ts';
import { matrixTable } from './page-matrix.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import {
  causeScope,
  causesOf,
  columnTitle,
  countOutcomes,
  firstFailure,
  JUDGES_VMM,
  NOT_ASKED,
  notAskedWords,
  OUTCOME_WORDS,
  OUTCOMES,
  SYMBOLS,
  summaryWords,
} from './summary.ts';
import { durationWords } from './text.ts';
import { seenWords } from './words.ts';

export function htmlReport(run: RunResult): string {
  const numbers = new Map(run.cases.map((each, i) => [each, i + 1]));
  const anchor = (each: CaseResult) => `case-${numbers.get(each)}`;
  const summary = summaryWords(countOutcomes(run.cases));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="rasvm ${run.host.rasvm}">
<title>rasvm test: ${summary}</title>
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
${header(run, summary)}
<main>
${first(run.cases, anchor)}
${causes(run.cases, anchor)}
${toolbar(run.cases)}
<section aria-labelledby="matrix-title">
<h2 id="matrix-title">Scenarios and kernels</h2>
${notAsked(run)}${matrixTable(run, anchor)}
</section>
<section aria-labelledby="cases-title">
<h2 id="cases-title">Cases</h2>
${run.cases.map((each) => caseSection(each, anchor(each)))}
</section>
</main>
<script>${new Html(PAGE_SCRIPT)}</script>
</body>
</html>
`.text;
}

/** Nothing is loaded, and no script runs but the page's own: whatever a guest may have printed. */
function policy(): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(PAGE_STYLE)}`,
    `script-src ${hash(PAGE_SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function header({ started, durationMs, host, cases }: RunResult, summary: string): Html {
  const facts = {
    Started: html`<time datetime="${started.toISOString()}">${started.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>`,
    Took: durationWords(durationMs),
    'Host kernel': host.kernel,
    rasvm: host.rasvm,
    ...(host.qemu !== undefined && { QEMU: host.qemu }),
  };
  return html`<header>
<h1>rasvm test</h1>
<p class="summary">${summary}</p>
${proportions(cases)}
<dl class="facts">${Object.entries(facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

/** How many of each, as a bar; the words beside it say the same. */
function proportions(cases: readonly CaseResult[]): Html | undefined {
  if (cases.length === 0) return undefined;
  const counts = countOutcomes(cases);
  let x = 0;
  const parts = OUTCOMES.map((outcome) => {
    const from = x;
    x += counts[outcome];
    return html`<rect class="${outcome}" x="${from}" y="0" width="${counts[outcome]}" height="1"/>`;
  });
  return html`<svg class="bar" viewBox="0 0 ${cases.length} 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

/** What failed first, before all else. */
function first(cases: readonly CaseResult[], anchor: (each: CaseResult) => string): Html | undefined {
  const failure = firstFailure(cases);
  if (!failure) return undefined;
  const check = failure.checks.find(({ proved }) => !proved);
  return html`<section class="first ${failure.outcome}" aria-labelledby="first-title">
<h2 id="first-title">What failed first</h2>
<p><a href="#${anchor(failure)}">${failure.title}</a>, on ${columnTitle(failure)}</p>
${failure.reason && html`<p>${failure.reason}</p>`}
${check && html`<p class="evidence"><b>${check.claim}</b><br><span>seen: <code>${seenWords(check.seen)}</code></span></p>`}
</section>`;
}

/** Each cause once, with a way to its first case. */
function causes(cases: readonly CaseResult[], anchor: (each: CaseResult) => string): Html | undefined {
  const found = causesOf(cases);
  if (found.length === 0) return undefined;
  const items = found.map(
    (
      each,
    ) => html`<li>${each.cause.text} <a href="#${anchor(each.cases[0]!)}">${causeScope(each)}</a> <span>See ${each.cause.reference}.</span></li>
`,
  );
  return html`<section class="causes" aria-labelledby="causes-title">
<h2 id="causes-title">Why</h2>
<ul>
${items}</ul>
</section>`;
}

function notAsked({ notAsked: all }: RunResult): Html | undefined {
  const lines = notAskedWords(all);
  if (lines.length === 0) return undefined;
  return html`<p class="not-asked">${NOT_ASKED} Not run on each kernel: what ${JUDGES_VMM}. ${lines.join('. ')}. <code>--all-kernels</code> asks for it.</p>
`;
}

/** Of use with the page's script only, which shows it. */
function toolbar(cases: readonly CaseResult[]): Html {
  const counts = countOutcomes(cases);
  const boxes = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) =>
      html`<label class="${outcome}"><input type="checkbox" value="${outcome}" checked> <span aria-hidden="true">${SYMBOLS[outcome]}</span> ${counts[outcome]} ${OUTCOME_WORDS[outcome]}</label>`,
  );
  return html`<form id="toolbar" hidden role="search">
<input id="search" type="search" placeholder="Scenario, kernel, words" aria-label="Show cases with these words">
<fieldset><legend>Show</legend>${boxes}</fieldset>
<span class="buttons"><button type="button" id="open">Open all</button> <button type="button" id="close">Close all</button></span>
<p id="shown" aria-live="polite"></p>
<p class="keys"><kbd>/</kbd> search, <kbd>n</kbd> <kbd>p</kbd> next and previous failure, arrows in the matrix</p>
</form>`;
}
