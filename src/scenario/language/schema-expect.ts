/** What a scenario may expect, from the error's way through rasvm to the guest's log and its end. */

import { z } from 'zod';
import { EVENT_FIELDS, type RasEventKind } from '../../events/event.ts';
import { object } from '../../input/yaml-file.ts';
import { duration, linePattern, matcher, name, pageName, pageNames } from './schema-values.ts';

const fieldsOf = (fields: readonly string[]) =>
  z.union([z.null(), object(Object.fromEntries(fields.map((field) => [field, matcher.optional()])))]);

const kinds = Object.fromEntries(
  Object.entries(EVENT_FIELDS).map(([kind, { shape }]) => [kind, fieldsOf(Object.keys(shape)).optional()]),
) as Record<RasEventKind, z.ZodOptional<ReturnType<typeof fieldsOf>>>;

export const event = object({
  ...kinds,
  within: duration.optional().describe('At most so long after the event before it in the list'),
  count: matcher
    .optional()
    .describe('How many there are of it in all; such an entry has no place in the order'),
})
  .refine(
    (value) => Object.keys(EVENT_FIELDS).filter((kind) => kind in value).length === 1,
    'names no event, or more than one: each entry of the list is one event',
  )
  .meta({
    id: 'Event',
    description: "An event of rasvm's by its kind, with the values that fields of it have",
    oneOf: Object.keys(EVENT_FIELDS).map((kind) => ({ required: [kind] })),
  });

export type EventPattern = z.infer<typeof event>;

/** The kind and the wanted values of an entry. */
export function eventOf(entry: EventPattern): { kind: RasEventKind; fields: Record<string, unknown> } {
  const kind = (Object.keys(EVENT_FIELDS) as RasEventKind[]).find((each) => entry[each] !== undefined)!;
  return { kind, fields: entry[kind] ?? {} };
}

export const line = z.union(
  [
    linePattern,
    object({
      line: linePattern,
      within: duration.optional().describe("At most so long after the line before it, by the guest's clock"),
      count: matcher
        .optional()
        .describe('How many such lines there are in all; such an entry has no place in the order'),
    }),
  ],
  'is no line: give a part of it, a regular expression between slashes, or { line, within, count }',
);

const traced = object({
  event: z.string().min(1).describe('Its name, without the system'),
  text: linePattern.optional().describe('Of what the event prints'),
  fields: z
    .record(z.string(), matcher)
    .optional()
    .describe("Of an event that prints its fields by name, as arm_event: 'MPIDR: 0000000080000000'"),
  count: matcher
    .optional()
    .describe('How many there are of it in all; such an entry has no place in the order'),
});
export type TracedPattern = z.infer<typeof traced>;

export const SIGNAL_CODES = { BUS_MCEERR_AR: 4, BUS_MCEERR_AO: 5, BUS_OBJERR: 3 } as const;
const code = z.enum(Object.keys(SIGNAL_CODES) as (keyof typeof SIGNAL_CODES)[]);

const touchOutcome = object({
  code: code.optional().describe('SIGBUS with this si_code ran the handler'),
  address: matcher.optional().describe('si_addr; left out: any address in the page'),
  lsb: matcher.optional().describe('si_addr_lsb'),
  value: matcher.optional().describe('What was read'),
  error: z.int().min(1).optional().describe('errno of the system call, such as 5 (EIO)'),
  killedBy: z.int().optional().describe('The signal that killed the process, without its handler'),
  within: duration.optional().describe("From the access to the handler, by the guest's clock"),
}).refine(
  ({ code: signalled, value, error, killedBy }) =>
    [signalled, value, error, killedBy].filter((each) => each !== undefined).length === 1,
  'must have one of code, value, error and killedBy',
);

export const touchExpectation = z.union(
  [code, z.enum(['contents', 'killed']), touchOutcome],
  "is no outcome of a touch; use BUS_MCEERR_AR, BUS_MCEERR_AO, BUS_OBJERR, contents (the page's own), killed, " +
    'or { code, address, lsb, value, error, killedBy, within }',
);
export type TouchExpectation = z.infer<typeof touchExpectation>;

const told = object({
  page: pageName,
  as: z.enum(['late', 'early']).describe('late: by a SEA, as the guest touched it; early: by an interrupt'),
});

const ledger = object({
  page: pageName,
  lost: z.literal(false).optional().describe('It is not in the ledger, or no longer'),
  origin: matcher.optional().describe('How it was found: signal, scan, exit, access or injection'),
  size: matcher.optional(),
  toldEarly: z.boolean().optional().describe('Whether the guest was interrupted before it touched the page'),
  toldLate: matcher.optional().describe('How often it was told of a touch'),
  acknowledged: matcher.optional().describe('How many reports the guest acknowledged'),
  touches: matcher.optional().describe('How often it met the loss'),
  offlined: matcher.optional().describe('no, unknown or left-out'),
});
export type LedgerExpectation = z.infer<typeof ledger>;

const signalled = object({
  page: pageName.describe('Whose victim got the signal'),
  code: code.optional(),
  lsb: matcher.optional(),
});

const guestState = z.union(
  [
    z.enum(['runs', 'powersOff']),
    object({ panics: linePattern }).describe('The guest panics, with these words'),
    object({ oopses: linePattern }).describe('An oops with these words, which the guest survives'),
    object({ endsWith: z.int() }).describe("rasvm's exit status"),
  ],
  'is no state; use runs, powersOff, { panics: WORDS }, { oopses: WORDS } or { endsWith: STATUS }',
);
export type GuestState = z.infer<typeof guestState>;

const several = <T extends z.ZodType>(one: T, what: string) => z.union([one, z.array(one).min(1)], what);

export const expectation = object({
  since: name.optional().describe('A mark; left out: since the guest was started'),
  limit: duration.optional().describe('How long to wait for what has not come yet; left out: 20s'),
  told: several(told, 'is no { page, as }, and no list of them')
    .optional()
    .describe(
      "rasvm's side of a lost page is whole and in order: the host's signal (early: or what a scan found), whose page it is, the record, the " +
        "notification, the guest's acknowledgement",
    ),
  reported: pageNames.optional().describe('The guest kernel printed a record with the address of the page'),
  recovered: pageNames
    .optional()
    .describe("The guest kernel's memory_failure says of the page that it Recovered"),
  signalled: several(signalled, 'is no { page, code, lsb }, and no list of them')
    .optional()
    .describe('A signal that came to a victim by itself, not by its touch'),
  notSignalled: pageNames.optional().describe('No such signal came to the victims of these pages'),
  log: z.array(line).min(1).optional().describe("Lines of the guest kernel's log, in this order"),
  noLog: z.array(linePattern).min(1).optional().describe("None of these is in the guest kernel's log"),
  events: z.array(event).min(1).optional().describe("Events of rasvm's, in this order"),
  noEvents: z.array(event).min(1).optional().describe('None of these happened'),
  trace: z.array(traced).min(1).optional().describe('Trace events of the guest kernel, in this order'),
  hardwareCorrupted: matcher
    .optional()
    .describe('HardwareCorrupted in /proc/meminfo of the guest, such as 8K'),
  hardwareCorruptedPages: pageNames
    .optional()
    .describe("HardwareCorrupted is as much as these pages have, whatever size the guest's are of"),
  status: z.record(z.string(), z.unknown()).optional().describe('Members of what `rasvm status --json` says'),
  ledger: several(ledger, 'is no { page, ... }, and no list of them')
    .optional()
    .describe('What `rasvm poison list` says of pages'),
  guest: guestState
    .optional()
    .describe('How the guest is, or how it ended; left out of a whole scenario: it runs, and powers off'),
});
export type Expectation = z.infer<typeof expectation>;
