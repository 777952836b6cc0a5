/**
 * `npm run bench`: rasvm and Debian's QEMU side by side, in one emulated host, with the same guest. Says what it
 * measured and judges nothing: the status is 0 when all could be measured. docs/bench.md says how and what it means.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { RasvmError } from '../../src/core/errors.ts';
import { MiB } from '../../src/core/region.ts';
import { benchAcpi } from './acpi.ts';
import { measureBoot, measureNode, warmUp } from './boot.ts';
import { traceBoot } from './breakdown.ts';
import { type Clock, FILES, Host } from './host.ts';
import { type Compared, LATER, measureLatency, measureLatencyUnderLoad } from './latency.ts';
import { GUESTS, measureMemory, measureShare } from './memory.ts';
import { align, figure, formatRows, median, type Row, row } from './report.ts';
import { measureEarlyStorms, measureLateStorm, type Storm } from './storm.ts';
import { KVMTOOL, QEMU_DIRECT, QEMU_UEFI, RASVM } from './subjects.ts';

const USAGE = `usage: npm run bench -- [--only boot|memory|latency|storm|acpi] [--runs N] [--clock icount|wall] [--kvmtool FILE] [--json FILE]`;

interface Options {
  readonly only: (typeof PARTS)[number] | undefined;
  readonly runs: number;
  readonly clock: Clock;
  /** A static lkvm for arm64. */
  readonly kvmtool: string | undefined;
  readonly json: string | undefined;
}

const PARTS = ['boot', 'memory', 'latency', 'storm', 'acpi'] as const;

/** Throws USAGE. */
function readOptions(argv: readonly string[]): Options {
  const options = {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    clock: { type: 'string', default: 'icount' },
    kvmtool: { type: 'string' },
    json: { type: 'string' },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    throw new RasvmError('USAGE', `${(error as Error).message}; ${USAGE}`);
  }
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && only === undefined)
    throw new RasvmError('USAGE', `--only ${values.only}: ${USAGE}`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new RasvmError('USAGE', `--runs ${values.runs}: ${USAGE}`);
  const { clock } = values;
  if (clock !== 'icount' && clock !== 'wall') throw new RasvmError('USAGE', `--clock ${clock}: ${USAGE}`);
  return { only, runs, clock, kvmtool: values.kvmtool, json: values.json };
}

const CLOCKS: Readonly<Record<Clock, string>> = {
  icount:
    'The host is emulated, on one core, and 1 ns of its time is one instruction: these are instruction counts.',
  wall: 'The host is emulated, on two cores, in this machine’s time: only the ratios mean something, and they vary.',
};

async function bootRows(host: Host, runs: number, hasKvmtool: boolean): Promise<Row[]> {
  const peers = [QEMU_DIRECT, QEMU_UEFI, ...(hasKvmtool ? [KVMTOOL] : [])];
  const boots = await measureBoot(host, [RASVM, ...peers], runs);
  const seconds = new Map([...boots].map(([subject, { times }]) => [subject, median(times) / 1e9]));
  console.log('\nBoot, exec to user space, s: every run (and the first start, which does not count)');
  for (const [{ name }, { first, times }] of boots)
    console.log(`  ${name}: ${figures(times, 1e9)} (${figures([first], 1e9)})`);
  console.log(`  node -e 0: ${figures(await measureNode(host, runs), 1e9)}`);
  console.log('\nSteps of one boot of rasvm, traced');
  const steps = await traceBoot(host);
  console.log(
    align(steps.map(({ name, ns }) => [`  ${name}`, `${(ns / 1e6).toFixed(1)} ms`, ''])).join('\n'),
  );
  return peers.map((peer) =>
    row('exec to user space', 's', seconds.get(RASVM)!, { name: peer.name, value: seconds.get(peer)! }),
  );
}

function figures(values: readonly number[], unit: number): string {
  return values.map((value) => figure(value / unit)).join(' ');
}

async function memoryRows(host: Host, runs: number): Promise<Row[]> {
  const memory = await measureMemory(host, runs);
  const size = new Map(
    [...memory].map(([subject, all]) => [subject, median(all.map(({ pss }) => pss)) / MiB]),
  );
  console.log('\nMemory beside guest RAM: the largest parts');
  for (const [{ name }, samples] of memory) {
    const largest = [...sumByName(samples[0]!.mappings)].sort(([, a], [, b]) => b - a).slice(0, 4);
    console.log(`  ${name}: ${largest.map(([file, pss]) => `${file} ${figure(pss / MiB)} MiB`).join(', ')}`);
  }
  const rows = [QEMU_DIRECT, QEMU_UEFI].map((peer) =>
    row('memory beside guest RAM', 'MiB', size.get(RASVM)!, { name: peer.name, value: size.get(peer)! }),
  );
  const [rasvm, qemu] = [await measureShare(host, RASVM), await measureShare(host, QEMU_DIRECT)];
  const shareRow = (name: string, of: 'pss' | 'own') =>
    row(name, 'MiB', rasvm[of] / MiB, { name: QEMU_DIRECT.name, value: qemu[of] / MiB });
  return [
    ...rows,
    shareRow(`each of ${GUESTS} guests: its part`, 'pss'),
    shareRow(`each of ${GUESTS} guests: its own`, 'own'),
  ];
}

function sumByName(mappings: readonly { name: string; pss: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, pss } of mappings)
    sums.set(name || 'anonymous', (sums.get(name || 'anonymous') ?? 0) + pss);
  return sums;
}

async function latencyRows(host: Host): Promise<Row[]> {
  const alone = await measureLatency(host);
  sayLatencies('', alone);
  const rows = [
    latencyRow('load of a lost page to SIGBUS', alone, ({ times }) => median(times.slice(1))),
    latencyRow('load of the first lost page to SIGBUS', alone, ({ times }) => times[0]!),
    latencyRow(`the slowest of ${LATER} after it`, alone, ({ times }) => Math.max(...times.slice(1))),
  ];
  const loaded = await measureLatencyUnderLoad(host);
  sayLatencies(`, ${UNDER_LOAD}`, loaded);
  rows.push(latencyRow(`load of a lost page, ${UNDER_LOAD}`, loaded, ({ times }) => median(times)));
  return rows;
}

const UNDER_LOAD = 'a second vCPU computes';

function sayLatencies(when: string, compared: Compared): void {
  console.log(`\nLoad of a lost page to SIGBUS, ms, every page${when}`);
  for (const { subject, times } of compared) console.log(`  ${subject.name}: ${figures(times, 1e6)}`);
}

function latencyRow(name: string, [rasvm, qemu]: Compared, of: (all: Compared[number]) => number): Row {
  return row(name, 'ms', of(rasvm) / 1e6, { name: qemu.subject.name, value: of(qemu) / 1e6 });
}

async function stormRows(host: Host): Promise<Row[]> {
  const [rasvm, qemu] = await measureLateStorm(host);
  console.log('\nLate errors one right after the other');
  for (const { subject, errors, ns, pss } of [rasvm, qemu])
    console.log(
      `  ${subject.name}: ${errors} in ${figure(ns / 1e6)} ms; memory ${inMiB(pss.before)} before, ${inMiB(pss.after)} after`,
    );
  console.log('\nEarly errors, a thousand at once');
  const early = await measureEarlyStorms(host, (line) => console.log(`  ${line}`));
  console.log(`  told and acknowledged a second: ${figures(early.storms.map(rate), 1)}`);
  const sum = { errors: 0, ns: 0 };
  for (const { errors, ns } of early.storms) {
    sum.errors += errors;
    sum.ns += ns;
  }
  return [
    row('late errors one after the other', '/s', rate(rasvm), { name: qemu.subject.name, value: rate(qemu) }),
    row('early errors told and acknowledged', '/s', rate(sum)),
    row(`memory after ${sum.errors} early errors`, 'MiB', early.pss.at(-1)! / MiB, {
      name: 'rasvm before them',
      value: early.pss[0]! / MiB,
    }),
  ];
}

/** A second. */
function rate({ errors, ns }: Storm): number {
  return (errors * 1e9) / ns;
}

function inMiB(bytes: number): string {
  return `${(bytes / MiB).toFixed(2)} MiB`;
}

async function main(): Promise<void> {
  const { only, runs, clock, kvmtool, json } = readOptions(process.argv.slice(2));
  const wants = (part: string) => only === undefined || only === part;
  if (wants('acpi')) await benchAcpi(Math.min(runs, 3));
  if (only === 'acpi') return;
  const host = await Host.start(clock);
  const rows: Row[] = [];
  try {
    const { kernels, qemu, node } = host;
    console.log(`Host ${kernels.host}, guest ${kernels.guest} (512 MiB, 1 vCPU), ${qemu}, Node.js ${node}`);
    console.log(CLOCKS[clock]);
    if (kvmtool !== undefined) await host.put(await readFile(kvmtool), FILES.kvmtool);
    if (only !== undefined && only !== 'boot') await warmUp(host, RASVM);
    if (wants('boot')) rows.push(...(await bootRows(host, runs, kvmtool !== undefined)));
    if (wants('memory')) rows.push(...(await memoryRows(host, Math.min(runs, 3))));
    if (wants('latency')) rows.push(...(await latencyRows(host)));
    if (wants('storm')) rows.push(...(await stormRows(host)));
  } finally {
    await host.stop();
  }
  console.log(`\n${formatRows(rows).join('\n')}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

// The lab's emulator goes with this process, and its files by a handler of 'exit'.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => process.exit(status));

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof RasvmError ? error.message : (error as Error).stack}`);
  process.exitCode = error instanceof RasvmError ? error.exitStatus : 1;
}
