/** `rasvm poison list`. */

import { Command } from 'commander';
import type { PoisonedPage } from '../../api/machine.ts';
import { sizeText } from '../../core/quantity-text.ts';
import { alignColumns } from './list.ts';
import { withMachine } from './machine.ts';
import { reaching } from './reach.ts';

export function poisonCommand(): Command {
  return new Command('poison').description("What a machine's poison ledger has.").addCommand(listCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .summary('pages of guest RAM that are lost now')
    .description(
      'Lists the pages of guest RAM that are lost now: how each was found, how the guest was told, what it answered. A page ' +
        'that a reset backs anew is no longer lost.',
    )
    .argument('<name>', 'the machine')
    .option('--json', "an array of objects; bytes, and nanoseconds since the machine's start");
  return reaching(command, async (name: string, { json }: { json?: true }) => {
    const pages = await withMachine(name, (client) => client.poison());
    console.log(json ? JSON.stringify(pages, null, 2) : poisonText(pages));
  });
}

const HEADS = ['ERROR', 'GPA', 'SIZE', 'LOST', 'FOUND BY', 'TOLD', 'ACKNOWLEDGED', 'TOUCHES', 'OFFLINED'];

export function poisonText(pages: readonly PoisonedPage[]): string {
  if (pages.length === 0) return 'No page is lost.';
  const rows = pages.map((page) => [
    `#${page.id}`,
    `0x${page.gpa.toString(16)}`,
    sizeText(page.size),
    time(page.since),
    page.origin,
    toldText(page),
    page.acknowledgedAt === undefined ? '-' : counted(page.acknowledged, page.acknowledgedAt),
    page.touchedAt === undefined ? '-' : counted(page.touches, page.touchedAt),
    page.offlined,
  ]);
  return alignColumns([HEADS, ...rows]);
}

function toldText({ toldEarly, toldLate, toldLateAt }: PoisonedPage): string {
  const told = [
    ...(toldEarly === undefined ? [] : [`early ${time(toldEarly)}`]),
    ...(toldLateAt === undefined ? [] : [`late ${counted(toldLate, toldLateAt)}`]),
  ];
  return told.join(', ') || '-';
}

/** How often, and when it last was. */
function counted(count: number, last: number): string {
  return `${count}x ${time(last)}`;
}

/** ns since the machine began, as the events have it. */
function time(ns: number): string {
  return `+${(ns / 1e9).toFixed(6)}`;
}
