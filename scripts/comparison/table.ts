/** Runs of `rasvm test` on both VMMs, from their JSON reports, beside what each scenario declares: tables in Markdown. */

import { isDeepStrictEqual } from 'node:util';
import type { Scenario } from '../../src/scenario/language/schema.ts';
import type { RunResult } from '../../src/scenario/run/result.ts';
import { DEFAULT_VMM, type VmmName } from '../../src/scenario/vmm/names.ts';
import { VMMS } from '../../src/scenario/vmm/vmm.ts';
import { code, listed, rowsOf } from '../acpi-reference/markdown.ts';
import { type Outcome, outcomeOf, VERDICTS, type Verdict } from './outcome.ts';
import { KINDS, type Kind, type Situation, situationOf, USUAL } from './situation.ts';

/** What of the JSON report is used. */
export interface Report extends Pick<RunResult, 'host' | 'cases'> {
  started: string;
}

/** What of a scenario is used. */
export type Declaration = Pick<Scenario, 'id' | 'title' | 'machine' | 'steps'>;

const VMM_COLUMNS: readonly VmmName[] = ['rasvm', 'qemu'];

interface Row extends Record<VmmName, Outcome> {
  scenario: Declaration;
  situation: Situation;
}

/**
 * A summary, then a table for each kind of error, a row a scenario. Of a case that was run again the last counts.
 * @throws RangeError where a VMM is missing, kernels and hosts differ, or a report has a scenario that there is not
 */
export function comparisonTable(scenarios: readonly Declaration[], reports: readonly Report[]): string {
  const cases = reports.flatMap((each) => each.cases);
  const { host } = reports[0]!;
  const releases = [...new Set(cases.flatMap(({ kernel }) => kernel.release ?? []))];
  if (host.qemu === undefined || releases.length !== 1)
    throw new RangeError(`a run must have both VMMs and one kernel; its kernels are ${releases.join(', ')}`);
  if (!reports.every((each) => isDeepStrictEqual(each.host, host)))
    throw new RangeError('all runs must be on the same host');
  const unknown = cases.find(({ scenario }) => !scenarios.some(({ id }) => id === scenario));
  if (unknown) throw new RangeError(`the suite has no scenario ${unknown.scenario}: run it anew`);
  const found = ({ id }: Declaration, vmm: VmmName) =>
    cases.findLast((each) => each.scenario === id && (each.vmm ?? DEFAULT_VMM) === vmm);
  const byId = [...scenarios].sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = byId.map((scenario): Row => {
    const outcome = (vmm: VmmName) => outcomeOf(scenario, VMMS[vmm], found(scenario, vmm));
    return { scenario, situation: situationOf(scenario), rasvm: outcome('rasvm'), qemu: outcome('qemu') };
  });
  const titles = VMM_COLUMNS.map((vmm) =>
    vmm === 'qemu' ? `QEMU ${host.qemu!.replace(/^(\d+\.\d+).*$/, '$1')}` : VMMS[vmm].title,
  );
  const days = [...new Set(reports.map(({ started }) => started.slice(0, 10)))].sort();
  return [
    `${listed(days)}: rasvm ${host.rasvm} and QEMU ${host.qemu}; host Linux ${host.kernel}, guest Linux ${releases[0]}.`,
    summary(rows, titles),
    ...deaths(rows),
    ...(Object.keys(KINDS) as Kind[]).flatMap((kind) => {
      const own = rows.filter(({ situation }) => situation.kind === kind);
      return own.length === 0 ? [] : [`## ${KINDS[kind]}`, table(own, titles)];
    }),
  ].join('\n\n');
}

function summary(rows: readonly Row[], titles: readonly string[]): string {
  const lines = (Object.keys(VERDICTS) as Verdict[]).flatMap((verdict) => {
    const counts = VMM_COLUMNS.map((vmm) => rows.filter((row) => row[vmm].verdict === verdict).length);
    return counts.some((count) => count > 0) ? [[VERDICTS[verdict], ...counts.map(String)]] : [];
  });
  return rowsOf([`Of ${rows.length} scenarios`, ...titles], lines);
}

/** What QEMU said last, and what came of those scenarios on rasvm. */
function deaths(rows: readonly Row[]): string[] {
  const said = new Map<string, number>();
  for (const { qemu } of rows)
    if (qemu.lastWords !== undefined) said.set(qemu.lastWords, (said.get(qemu.lastWords) ?? 0) + 1);
  const again = rows.filter(({ qemu }) => qemu.lastWordsBefore !== undefined);
  const worse = rows.filter(({ qemu }) => qemu.verdict === 'died' || qemu.verdict === 'silent');
  const others = worse.filter(({ rasvm }) => rasvm.verdict !== 'passed');
  const ids = (of: readonly Row[]) => listed(of.map(({ scenario }) => code(scenario.id)));
  return [
    ...(said.size === 0
      ? []
      : [`QEMU's last words: ${listed([...said].map(([words, count]) => `${code(words)} (${count})`))}.`]),
    ...(again.length === 0 ? [] : [`It died at first, and not when it was run again, in ${ids(again)}.`]),
    ...(worse.length === 0
      ? []
      : [
          `Of the ${worse.length} in which QEMU died or was silent rasvm passed ${worse.length - others.length}` +
            `${others.length === 0 ? '' : `; not ${ids(others)}`}.`,
        ]),
  ];
}

const COLUMNS: readonly { title: string; member: keyof Situation; usual?: string }[] = [
  { title: 'Error', member: 'error' },
  { title: 'Page, to the guest', member: 'page' },
  { title: 'Backing', member: 'backing', usual: USUAL.backing },
  { title: 'Guest', member: 'guest', usual: USUAL.guest },
  { title: 'State', member: 'state' },
];

/** Without columns that say the same, or nothing, of each scenario. */
function table(rows: readonly Row[], titles: readonly string[]): string {
  const columns = COLUMNS.filter(({ member, usual }) => {
    const values = new Set(rows.map(({ situation }) => situation[member]));
    if (usual !== undefined) values.add(usual);
    return values.size > 1 || (member !== 'error' && usual === undefined && !values.has(''));
  });
  return rowsOf(
    ['Scenario', 'What happens', ...columns.map(({ title }) => title), ...titles],
    rows.map(({ scenario, situation, ...outcomes }) => [
      code(scenario.id),
      scenario.title,
      ...columns.map(({ member }) => situation[member]),
      ...VMM_COLUMNS.map((vmm) => outcomes[vmm].words),
    ]),
  );
}
