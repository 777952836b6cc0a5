/** JUnit XML, of the form that Jenkins, GitLab and the actions of GitHub read. */

import type { CaseResult, RunResult } from '../run/result.ts';
import { evidenceLines } from './evidence.ts';
import { type Column, columnsOf, columnTitle, countOutcomes } from './summary.ts';
import { boundedLog } from './text.ts';
import { document, element, text, type Xml } from './xml.ts';

/** A suite for each kernel, VMM and variant. */
export function junitReport(run: RunResult): string {
  const suites = columnsOf(run.cases).map((column) => suite(column, run));
  // Jenkins' schema knows no skipped tests here, only in a suite.
  const { skipped: _, ...all } = totals(run.cases);
  const time = seconds(run.durationMs);
  return document(element('testsuites', { name: 'rasvm test', ...all, time }, suites));
}

function suite(column: Column, { started, host, notAsked = [] }: RunResult): Xml {
  const left = notAsked.filter((each) => columnTitle(each) === column.title).map(({ scenario }) => scenario);
  const properties = Object.entries({
    kernel: column.kernel,
    variant: column.variant,
    vmm: column.vmm,
    ...(column.release !== undefined && { 'kernel.release': column.release }),
    // They judge the VMM, and ran on another kernel: no test of this suite.
    ...(left.length > 0 && { notAsked: left.join(' ') }),
    'host.kernel': host.kernel,
    'rasvm.version': host.rasvm,
    ...(host.qemu !== undefined && { 'qemu.version': host.qemu }),
  }).map(([name, value]) => element('property', { name, value }));
  const time = column.cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return element(
    'testsuite',
    {
      name: column.title,
      ...totals(column.cases),
      time: seconds(time),
      // UTC; the form has no place for a zone.
      timestamp: started.toISOString().slice(0, 19),
    },
    [element('properties', {}, properties), ...column.cases.map((each) => testCase(each, column))],
  );
}

function totals(cases: readonly CaseResult[]) {
  const { failed, broken, skipped } = countOutcomes(cases);
  return { tests: cases.length, failures: failed, errors: broken, skipped };
}

function testCase(result: CaseResult, column: Column): Xml {
  const again = column.cases.filter(({ scenario }) => scenario === result.scenario);
  const number = again.indexOf(result) + 1;
  return element(
    'testcase',
    {
      // Jenkins takes what stands before the last dot for a package: a version's dots would cut it in two.
      classname: `rasvm.${column.title.replaceAll('.', '_')}`,
      name: number > 1 ? `${result.scenario} (${number})` : result.scenario,
      time: seconds(result.durationMs),
    },
    [...verdict(result), ...output(result)],
  );
}

function verdict(result: CaseResult): Xml[] {
  const { outcome, reason = outcome, cause } = result;
  if (outcome === 'passed') return [];
  if (outcome === 'skipped') return [element('skipped', { message: reason })];
  const name = outcome === 'failed' ? 'failure' : 'error';
  // What to do comes first: many readers show the beginning alone.
  const message = cause ? `cause: ${cause.text} ${reason}` : reason;
  return [element(name, { message, type: outcome }, [text(evidenceLines(result).join('\n'))])];
}

/** The guest's log; of a case that passed, what is about errors. */
function output(result: CaseResult): Xml[] {
  const shown = result.outcome === 'passed' ? result.log.filter(({ ras }) => ras) : result.log;
  const lines = boundedLog(shown);
  if (lines.length === 0) return [];
  const log = lines.map(({ text }) => text).join('\n');
  // GitLab and Jenkins take [[ATTACHMENT|path]] for a file to attach: not at a guest's word.
  return [element('system-out', {}, [text(log.replace(/\[(?=\[ATTACHMENT)/gi, '[ '))])];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
