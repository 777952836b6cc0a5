/** The page's style: light and dark as the reader's system is, and for paper. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f6f8; --line: #d5d9e0; --text: #1b1f27; --soft: #566072; --link: #0b57d0;
  --passed: #18733a; --passed-ground: #e3f4e8; --failed: #b3211c; --failed-ground: #fde7e5;
  --broken: #8a5300; --broken-ground: #fdf0d5; --skipped: #566072; --skipped-ground: #eceef2;
  --host: #8a5300; --rasvm: #00697a; --guest: #7a2f9a; --victim: #2450b8; --mark: #fff0b8;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --raised: #1d2128; --line: #363c47; --text: #e4e7ec; --soft: #a2abba; --link: #8ab4f8;
    --passed: #6fd391; --passed-ground: #15321f; --failed: #ff9a92; --failed-ground: #47191a;
    --broken: #f5c065; --broken-ground: #3d2c0c; --skipped: #a2abba; --skipped-ground: #262b34;
    --host: #f5c065; --rasvm: #62d0e0; --guest: #d9a0f2; --victim: #9dbcff; --mark: #4d3f10;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 3rem) 4rem; max-width: 110rem; background: var(--ground);
  color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
[hidden] { display: none !important; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1 { margin: 0; font-size: 1rem; color: var(--soft); font-weight: 600; }
h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; }
p { margin: .3rem 0; }
code, pre, .at, .kind, dd { font-family: var(--mono); font-size: .87em; }
small { color: var(--soft); font-weight: 400; }
.summary { margin: 0 0 .6rem; font-size: 1.6rem; line-height: 1.25; font-weight: 650; }
.bar { display: block; width: 100%; height: 8px; border-radius: 4px; }
rect.passed { fill: var(--passed); } rect.failed { fill: var(--failed); }
rect.broken { fill: var(--broken); } rect.skipped { fill: var(--line); }
.facts { display: flex; flex-wrap: wrap; gap: .2rem 2rem; margin: .7rem 0 0; }
.facts div { display: flex; gap: .5rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.facts dd { font: inherit; }
.first { margin-top: 1.5rem; padding: .8rem 1.1rem; border-left: 4px solid var(--failed); background: var(--failed-ground);
  border-radius: 0 6px 6px 0; }
.first.broken { border-color: var(--broken); background: var(--broken-ground); }
.first h2 { margin: 0 0 .3rem; font-size: 1rem; }
.first a { font-weight: 600; }
.evidence { overflow-wrap: anywhere; }
#toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.2rem; margin-top: 1.5rem; padding: .6rem .8rem;
  background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
#toolbar fieldset { display: flex; flex-wrap: wrap; gap: .2rem 1rem; border: 0; margin: 0; padding: 0; }
#toolbar legend { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
#toolbar label { white-space: nowrap; }
#toolbar label.passed { color: var(--passed); } #toolbar label.failed { color: var(--failed); }
#toolbar label.broken { color: var(--broken); } #toolbar label.skipped { color: var(--skipped); }
#toolbar p { margin: 0; color: var(--soft); }
#search { min-width: 16rem; flex: 0 1 22rem; }
#search, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 4px;
  padding: .25rem .6rem; }
button { cursor: pointer; }
kbd { font-family: var(--mono); font-size: .85em; border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
caption { text-align: left; font-weight: 600; padding: 1rem 0 .3rem; }
.scroll { overflow: auto; max-height: 80vh; border: 1px solid var(--line); border-radius: 6px; }
#matrix { width: 100%; border-collapse: separate; border-spacing: 0; }
#matrix th, #matrix td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
#matrix tbody tr:last-child > * { border-bottom: 0; }
#matrix thead th { position: sticky; top: 0; z-index: 2; background: var(--raised); overflow-wrap: anywhere; min-width: 8rem; }
#matrix thead small { display: block; }
#matrix th:first-child { position: sticky; left: 0; background: var(--ground); z-index: 1; min-width: 14rem; width: 34%; }
#matrix thead th:first-child { z-index: 3; background: var(--raised); }
#matrix tbody th b { font-weight: 600; }
#matrix tbody th small { display: block; }
#matrix a { display: inline-block; padding: .05rem .5rem; border-radius: 4px; text-decoration: none; white-space: nowrap; }
#matrix a small { color: inherit; }
#matrix a.out { opacity: .25; }
#matrix a:hover { text-decoration: underline; }
a.passed { color: var(--passed); background: var(--passed-ground); }
a.failed { color: var(--failed); background: var(--failed-ground); font-weight: 600; }
a.broken { color: var(--broken); background: var(--broken-ground); font-weight: 600; }
a.skipped { color: var(--skipped); background: var(--skipped-ground); }
.not-asked { color: var(--soft); }
.case { border: 1px solid var(--line); border-left-width: 4px; border-radius: 4px; margin: .4rem 0;
  content-visibility: auto; contain-intrinsic-size: auto 2.4rem; }
.case.passed { border-left-color: var(--passed); } .case.failed { border-left-color: var(--failed); }
.case.broken { border-left-color: var(--broken); } .case.skipped { border-left-color: var(--skipped); }
.case > summary { display: flex; flex-wrap: wrap; gap: 0 .8rem; align-items: baseline; padding: .35rem .8rem; cursor: pointer;
  list-style: none; }
.case > summary::-webkit-details-marker { display: none; }
.case > summary:hover, .case[open] > summary { background: var(--raised); }
.mark { font-weight: 700; }
.case > summary .mark { min-width: 1em; text-align: center; }
.case.passed > summary .mark, tr.passed .mark { color: var(--passed); }
.case.failed > summary .mark, tr.failed .mark { color: var(--failed); }
.case.broken > summary .mark { color: var(--broken); } .case.skipped > summary .mark { color: var(--skipped); }
.on, .time { color: var(--soft); overflow-wrap: anywhere; } .time { margin-left: auto; }
.body { padding: .4rem 1rem 1rem; }
.reason { font-weight: 600; }
.cause { max-width: 60rem; overflow-wrap: anywhere; }
.cause span, .causes span { color: var(--soft); }
.causes h2 { margin: 1.2rem 0 .3rem; font-size: 1rem; }
.causes ul { margin: 0; padding-left: 1.2rem; }
.why { color: var(--soft); max-width: 60rem; overflow-wrap: anywhere; }
.checks, .timeline { width: 100%; table-layout: fixed; }
.checks th, .checks td, .timeline th, .timeline td { padding: .2rem .6rem; vertical-align: top; overflow-wrap: anywhere; }
.checks thead th, .timeline thead th { color: var(--soft); font-weight: 400; border-bottom: 1px solid var(--line); }
.checks td { border-bottom: 1px solid var(--line); }
.checks th:first-child { width: 2.2rem; } .checks th:nth-child(2) { width: 38%; }
.checks tr.failed td { background: var(--failed-ground); }
.vcpus th, .vcpus td { padding: .2rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere;
  border-bottom: 1px solid var(--line); }
.vcpus thead th { color: var(--soft); font-weight: 400; }
.vcpus th, .vcpus code { white-space: nowrap; }
.timeline th:first-child { width: 6.5rem; text-align: right; }
.timeline .at { text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.timeline td:nth-child(n+2) { border-left: 1px solid var(--line); }
.timeline td { padding-block: .1rem; }
.timeline tr:hover td { background: var(--raised); }
.timeline td.guest, .timeline td.victim { font-family: var(--mono); font-size: .87em; white-space: pre-wrap; }
.actor { font: 600 .8rem/1.4 system-ui, 'DejaVu Sans', sans-serif; margin-right: .2rem; }
.host .actor, .timeline td.host { border-left-color: var(--host); } .host .actor { color: var(--host); }
.rasvm .actor { color: var(--rasvm); } .timeline td.rasvm { border-left-color: var(--rasvm); }
.guest .actor { color: var(--guest); } .timeline td.guest { border-left-color: var(--guest); }
.victim .actor { color: var(--victim); } .timeline td.victim { border-left-color: var(--victim); }
.timeline td.host, .timeline td.rasvm, .timeline td.guest, .timeline td.victim { border-left-width: 3px; }
.timeline .runner td:last-child { color: var(--soft); font-style: italic; }
.kind { border: 1px solid currentColor; border-radius: 3px; padding: 0 .3em; white-space: nowrap; color: var(--rasvm); }
.host .kind { color: var(--host); }
.kind.unacknowledged, .kind.unrecorded, .kind.machine-panicked, .kind.machine-warning { color: var(--failed); }
.fields { display: inline-block; vertical-align: top; margin-left: .3rem; }
.fields[open] { display: block; margin: .1rem 0 .3rem; }
.fields > summary { color: var(--soft); font-size: .85em; cursor: pointer; }
.fields dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 1rem; margin: 0;
  padding-left: 1rem; }
.fields div { display: flex; gap: .5rem; }
.fields dt { white-space: nowrap; }
.log { margin-top: 1rem; }
.log > summary { font-weight: 600; cursor: pointer; }
.log label { display: inline-block; margin: .3rem 0; color: var(--soft); }
pre { margin: .3rem 0 0; padding: .6rem .8rem; background: var(--raised); border: 1px solid var(--line); border-radius: 4px;
  max-height: 32rem; overflow: auto; line-height: 1.4; white-space: pre-wrap; overflow-wrap: anywhere; }
pre mark { display: block; background: var(--mark); color: inherit; box-shadow: -.5rem 0 0 var(--mark), inset 2px 0 0 var(--broken);
  padding-left: .4rem; }
pre em { font-style: normal; color: var(--soft); }
.log:has(input:checked) pre :is(span, em) { display: none; }
@media (max-width: 50rem) {
  .timeline th:first-child { width: 4.5rem; }
  .checks th:first-child { width: 1.8rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  #toolbar, .log label, .fields:not([open]) { display: none; }
  .scroll, pre { max-height: none; overflow: visible; }
  #matrix thead th, #matrix th:first-child { position: static; }
  .case { content-visibility: visible; }
  .timeline tr, .checks tr { break-inside: avoid; }
  h2, caption, summary { break-after: avoid; }
  * { print-color-adjust: exact; }
}
`;
