/** What a scenario is about, in short words, by its own declaration: which error, of what page, in what guest, who touches it. */

import type { PageKind, TouchKind } from '../../src/scenario/guest/victim.ts';
import { actionOf, type MachineRequest, type Scenario } from '../../src/scenario/language/schema.ts';
import type { Action } from '../../src/scenario/language/verbs/index.ts';
import { listed } from '../acpi-reference/markdown.ts';

/** Kinds of error, in the order of the page. */
export const KINDS = {
  late: 'Late errors: a lost page is touched (`BUS_MCEERR_AR`)',
  early: 'Early errors: nobody has touched the page (`BUS_MCEERR_AO`)',
  both: 'Early and late errors in one guest',
  storm: 'Storms: many pages without a pause',
  record: 'Records alone: no page is lost',
  serror: 'SErrors',
  sea: 'SEAs without a record',
  none: 'No error',
} as const;
export type Kind = keyof typeof KINDS;

export interface Situation {
  kind: Kind;
  /** What differs within the kind: how it is told, severity and sections, class, access. */
  error: string;
  /** What the lost pages are to the guest, and how many they are if there are several; empty: none is lost. */
  page: string;
  /** Of the guest's memory. */
  backing: string;
  /** How it differs from a guest with ACPI and nothing else asked for. */
  guest: string;
  /** Who touches the page and how; what the vCPU does. */
  state: string;
}

/** What is so where nothing else is declared. */
export const USUAL = { backing: 'anonymous', guest: 'ACPI' } as const;

const PAGES: Readonly<Record<PageKind, string>> = {
  anon: 'anonymous',
  shared: 'shared anonymous',
  tmpfs: 'tmpfs',
  huge: 'transparent huge page',
  hugetlb: 'hugetlb',
  locked: 'mlocked',
  code: "process's code",
  file: 'mapped file, clean',
  'file-dirty': 'mapped file, dirty',
  cache: 'page cache, clean',
  'cache-dirty': 'page cache, dirty',
  pagetable: 'page table',
  slab: 'slab',
  pipe: 'pipe buffer',
  text: "kernel's code",
  free: 'free',
};

/** Whose access it is that meets the page. */
const TOUCHES: Readonly<Record<TouchKind, readonly ['process' | 'kernel', string]>> = {
  read: ['process', 'read'],
  write: ['process', 'write'],
  exec: ['process', 'fetch'],
  spin: ['process', 'read'],
  lse: ['process', 'atomic'],
  llsc: ['process', 'exclusive pair'],
  'write-from': ['kernel', 'write(2) from it'],
  'read-into': ['kernel', 'read(2) into it'],
  futex: ['kernel', 'futex(2)'],
  pread: ['kernel', 'pread(2)'],
  pwrite: ['kernel', 'pwrite(2)'],
  receive: ['kernel', 'copy out of it'],
  call: ['kernel', 'fetch'],
  claim: ['kernel', 'clearing'],
};

interface Touch {
  page: string;
  how: TouchKind;
  /** It goes on already when the page is lost. */
  meanwhile?: boolean;
  /** Of those that touch at the same time; left out: nobody else. */
  together?: string;
}

/** What is collected of the steps. */
interface Seen {
  /** What each name stands for. */
  pages: Map<string, { kind: PageKind; count: number }>;
  /** Names of pages that are lost, or that a record says are. */
  lost: Set<string>;
  /** How many are lost by their address, which no process has. */
  addresses: number;
  tells: Set<'early' | 'late'>;
  storm: boolean;
  records: string[];
  serrors: string[];
  seas: string[];
  /** What the vCPUs that get an exception do. */
  vcpus: Set<string>;
  /** Of lost pages, and of those that are touched while they are lost. */
  touches: Touch[];
  /** Who has said that it wants to be told early. */
  asked: Set<string>;
  pinned: Set<number>;
  slept: boolean;
  /** The name that a child has for a page, and its parent's. */
  forked: Map<string, string>;
  reboots: boolean;
}

export function situationOf({ machine = {}, steps }: Pick<Scenario, 'machine' | 'steps'>): Situation {
  const seen: Seen = {
    pages: new Map(),
    lost: new Set(),
    addresses: 0,
    tells: new Set(),
    storm: false,
    records: [],
    serrors: [],
    seas: [],
    vcpus: new Set(),
    touches: [],
    asked: new Set(),
    pinned: new Set(),
    slept: false,
    forked: new Map(),
    reboots: false,
  };
  for (const step of steps) see(actionOf(step), seen);
  const kind = kindOf(seen);
  return {
    kind,
    error: errorWords(kind, seen),
    page: pageWords(seen),
    backing: backingWords(machine),
    guest: guestWords(machine),
    state: stateWords(seen),
  };
}

function see({ verb, what }: Action, seen: Seen): void {
  if (verb === 'allocate') {
    const { page, pages, count = 1, kind = 'anon' } = what;
    for (const name of pages ?? [page!]) seen.pages.set(name, { kind, count });
  } else if (verb === 'pick') {
    seen.pages.set(what.page, { kind: seen.pages.get(what.from)!.kind, count: 1 });
  } else if (verb === 'fork') {
    const parents = [what.pages].flat();
    for (const [i, name] of [what.as].flat().entries()) {
      seen.forked.set(name, parents[i]!);
    }
  } else if (verb === 'poison') {
    lose([what.page ?? []].flat(), seen);
    if (what.gpa !== undefined) seen.addresses++;
    if (what.via === 'record') seen.records.push(`${what.severity ?? 'recoverable'}: memory`);
    else seen.tells.add(what.tell);
    seen.storm ||= what.storm === true;
  } else if (verb === 'burst') {
    lose([what.pages].flat(), seen);
    seen.tells.add('early');
    seen.storm = true;
  } else if (verb === 'inject') {
    seeInject(what, seen);
  } else if (verb === 'touch') {
    const { page, how = 'read', threads, wait } = what;
    const together = threads === undefined ? undefined : `${threads} threads at once`;
    const meanwhile = wait === false && !isLost(page, seen);
    if (meanwhile || isLost(page, seen))
      seen.touches.push({ page, how, meanwhile, ...(together && { together }) });
  } else if (verb === 'race') {
    const together = `${what.pages.length} at once`;
    for (const page of what.pages) seen.touches.push({ page, how: what.how ?? 'read', together });
  } else if (verb === 'command') {
    // It touches pages by itself: docs/agent.md.
    const [page] = seen.lost;
    if (/^latency /.test(what.run) && page !== undefined) seen.touches.push({ page, how: 'read' });
  } else if (verb === 'mcekill') {
    if (what.policy === 'early') seen.asked.add(what.thread ? 'a thread' : 'process');
  } else if (verb === 'pin') {
    seen.pinned.add(what.cpu);
  } else if (verb === 'sleep') {
    seen.slept = true;
  } else if (verb === 'reboot') {
    seen.reboots = true;
  }
}

function seeInject({ record, file, serror, sea }: (Action & { verb: 'inject' })['what'], seen: Seen): void {
  if (record !== undefined) {
    const text = JSON.stringify(record.sections);
    lose(
      [...text.matchAll(/\$\{([\w-]+(?:\[\d+\])?)\.gpa\b/g)].map(([, name]) => name!),
      seen,
    );
    const sections = new Map<string, number>();
    for (const { kind } of record.sections) sections.set(kind, (sections.get(kind) ?? 0) + 1);
    const words = [...sections].map(([kind, count]) => (count === 1 ? kind : `${kind} × ${count}`));
    seen.records.push(`${[record.severity, ...(record.flags ?? [])].join(', ')}: ${words.join(', ')}`);
  }
  if (file !== undefined) seen.records.push('from a file');
  if (serror !== undefined) {
    const { class: classes, esr } = serror;
    const unclassed = esr === undefined ? 'no syndrome' : `ESR 0x${esr.toString(16)}`;
    seen.serrors.push(classes === undefined ? unclassed : [classes].flat().join(', then '));
  }
  if (sea !== undefined) seen.seas.push(sea.access ?? 'data');
  const exception = serror ?? sea;
  if (exception === undefined) return;
  const { vcpu = 0, exceptionLevel } = exception;
  const isIdle = exceptionLevel === 1 && seen.slept && !seen.pinned.has(vcpu);
  seen.vcpus.add(
    isIdle
      ? 'vCPU idle'
      : exceptionLevel === undefined
        ? 'vCPU anywhere'
        : `vCPU in ${exceptionLevel === 0 ? 'a process' : 'the kernel'}`,
  );
}

/** Of one page of several the name that they have together. */
function nameOf(page: string): string {
  return page.replace(/\[\d+\]$/, '');
}

function lose(pages: readonly string[], seen: Seen): void {
  for (const page of pages) seen.lost.add(page);
}

function isLost(page: string, { lost, forked }: Seen): boolean {
  return [page, forked.get(page) ?? page].some((name) => lost.has(name) || lost.has(nameOf(name)));
}

function kindOf({ storm, tells, records, serrors, seas }: Seen): Kind {
  if (storm) return 'storm';
  if (tells.size === 2) return 'both';
  for (const tell of tells) return tell;
  if (records.length > 0) return 'record';
  // A scenario with an SError may end by an SEA.
  if (serrors.length > 0) return 'serror';
  return seas.length > 0 ? 'sea' : 'none';
}

function errorWords(kind: Kind, { tells, records, serrors, seas }: Seen): string {
  if (kind === 'record') return distinct(records);
  if (kind === 'serror') return distinct(serrors);
  if (kind === 'sea') return distinct(seas);
  return listed([...tells]);
}

function distinct(words: readonly string[]): string {
  return [...new Set(words)].join('; ');
}

function pageWords({ lost, pages, addresses }: Seen): string {
  const counts = new Map<string, number>();
  for (const page of lost) {
    const { kind, count } = pages.get(nameOf(page))!;
    const words = PAGES[kind];
    counts.set(words, (counts.get(words) ?? 0) + (page === nameOf(page) ? count : 1));
  }
  if (addresses > 0) counts.set('of no process', addresses);
  return [...counts].map(([words, count]) => (count === 1 ? words : `${words} × ${count}`)).join(', ');
}

function backingWords({ shared, hugepages }: MachineRequest): string {
  if (hugepages !== undefined) return `${shared ? 'memfd of ' : ''}huge pages, ${hugepages}`;
  return shared ? 'memfd' : USUAL.backing;
}

function guestWords(machine: MachineRequest): string {
  const { acpi, ras, 'no-acpi-policy': policy, 'stop-after': most, append = '' } = machine;
  const differs = [
    ...(acpi === 'off' ? ['device tree'] : []),
    ...(ras === undefined ? [] : [`\`ras=${ras}\``]),
    ...(policy === undefined ? [] : [`policy ${policy}`]),
    ...(most === undefined ? [] : [`\`stop-after=${most}\``]),
    // How much the console prints makes no other guest.
    ...append.split(/\s+/).flatMap((word) => (word === '' || /^loglevel=/.test(word) ? [] : [`\`${word}\``])),
  ];
  return differs.length === 0 ? USUAL.guest : differs.join(', ');
}

function stateWords(seen: Seen): string {
  const { asked, vcpus, forked, reboots, tells, lost } = seen;
  const touches = seen.touches.filter(({ page }) => isLost(page, seen));
  const isToldFirst = !tells.has('late') && !touches.some(({ meanwhile }) => meanwhile);
  const isUntouched = tells.size > 0 && (isToldFirst || touches.length === 0);
  const by = new Map<string, Set<string>>();
  for (const { how, meanwhile } of touches) {
    const [who, what] = TOUCHES[how];
    const when = isToldFirst ? `then ${who}` : meanwhile ? `meanwhile ${who}` : who;
    by.set(when, (by.get(when) ?? new Set()).add(what));
  }
  const parents = [...forked.values()];
  return [
    ...vcpus,
    ...(asked.size > 0 && tells.has('early') ? [`${[...asked].join(' and ')} asked for early signals`] : []),
    ...([...lost].some((page) => parents.includes(page)) ? ['two processes have it'] : []),
    ...(isUntouched ? ['untouched'] : []),
    ...[...by].map(([who, ways]) => `${who}: ${[...ways].join(', ')}`),
    ...new Set(touches.flatMap(({ together }) => together ?? [])),
    ...(reboots ? ['reboot'] : []),
  ].join('; ');
}
