/** The live view: on a terminal what stays and what is drawn anew, in CI a line a case. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveView } from '../../../src/scenario/report/live.ts';
import type { Case } from '../../../src/scenario/run/case.ts';
import type { CaseResult, Outcome } from '../../../src/scenario/run/result.ts';
import { HOSTILE, sampleCase, sampleRun } from './report-sample.ts';

/** What of a case the view looks at. */
function caseOf({ id, scenario, title, why, kernel, variant }: CaseResult): Case {
  return {
    id,
    scenario: { id: scenario, title, why, path: '' } as Case['scenario'],
    kernel: { name: kernel.name, image: '' },
    variant: { name: variant, machine: {} },
  };
}

const some = (outcome: Outcome, id: string): CaseResult => ({
  ...sampleRun().cases.find((each) => each.outcome === outcome)!,
  id,
  kernel: { name: 'debian:6.12' },
  variant: 'default',
  scenario: `s-${id}`,
});

/** A terminal of 60 columns that knows what the view uses, and nothing more. */
class FakeTerminal {
  readonly isTTY = true;
  readonly rows: number;
  readonly screen: string[] = [''];
  #row = 0;
  #column = 0;
  #wraps = true;

  constructor(rows = 24) {
    this.rows = rows;
  }

  write(text: string): boolean {
    for (const [piece, up, mode] of text.matchAll(/\p{Cc}\[(?:(\d+)A|\?7([lh])|J|K)|\P{Cc}|[\r\n]/gu)) {
      if (up) this.#row -= Number(up);
      else if (mode) this.#wraps = mode === 'h';
      else if (piece === '\x1b[J')
        this.screen.splice(
          this.#row,
          Number.POSITIVE_INFINITY,
          this.screen[this.#row]!.slice(0, this.#column),
        );
      else if (piece === '\x1b[K') this.screen[this.#row] = this.screen[this.#row]!.slice(0, this.#column);
      else if (piece === '\r') this.#column = 0;
      else if (piece === '\n') this.#newLine();
      else this.#put(piece);
    }
    assert.ok(this.#row >= 0, 'the view stays within what it wrote');
    return true;
  }

  #newLine(): void {
    this.#row++;
    this.#column = 0;
    this.screen[this.#row] ??= '';
  }

  #put(character: string): void {
    if (this.#column === 60 && this.#wraps) this.#newLine();
    if (this.#column === 60) return;
    this.screen[this.#row] = this.screen[this.#row]!.slice(0, this.#column) + character;
    this.#column++;
  }
}

test('on a terminal failures stay above; what runs is drawn in place, and is gone at the end', () => {
  const terminal = new FakeTerminal();
  const view = liveView(4, undefined, terminal);
  const [slow, passed, failed, broken] = [
    sampleCase(0, { id: 'slow', scenario: 'slow', kernel: { name: 'debian:6.1' }, variant: 'memfd' }),
    some('passed', 'a'),
    some('failed', 'b'),
    some('broken', 'c'),
  ];
  for (const each of [slow, passed, failed, broken]) view.caseStarted(caseOf(each));
  view.step(caseOf(slow), 'waits until the log may print again, which takes more than the columns there are');
  view.caseEnded(passed);
  assert.equal(terminal.screen.length, 4);
  assert.match(terminal.screen[0]!, /^ +\d+\.\d s {2}slow on debian:6\.1, memfd {2}waits until the lo/);
  assert.match(terminal.screen[1]!, /^ +\d+\.\d s {2}s-b on debian:6\.12 {2}starts$/);
  assert.equal(terminal.screen[3], '██████░░░░░░░░░░░░░░░░░░  1/4');

  view.caseEnded(failed);
  view.caseEnded(broken);
  const bar = terminal.screen.findIndex((line) => line.startsWith('█'));
  assert.equal(terminal.screen[bar], `${'█'.repeat(18)}${'░'.repeat(6)}  3/4  2 not passed, first s-b on de`);
  assert.equal(bar, terminal.screen.length - 1);
  assert.match(terminal.screen[bar - 1]!, /slow on/);

  view.end();
  const left = terminal.screen.join('\n');
  assert.match(left, /^✗ failed {2}s-b on debian:6\.12 \(\d+\.\d s\): the victim's/);
  assert.match(left, /^! could not be tested {2}s-c on debian:6\.12/m);
  assert.doesNotMatch(left, /█|slow|s-a/);
});

test('on a low terminal not more is drawn than it has lines', () => {
  const terminal = new FakeTerminal(6);
  const view = liveView(9, undefined, terminal);
  for (let i = 0; i < 9; i++) view.caseStarted(caseOf(sampleCase(i, { id: `${i}` })));
  view.caseEnded(some('passed', 'x'));
  assert.equal(terminal.screen.length, 5);
  assert.match(terminal.screen[3]!, /and 6 more/);
  view.end();
});

test('elsewhere: a line a case, and each minute what runs; nothing in it is a command', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let text = '';
  const view = liveView(120, undefined, {
    write: (piece: string) => {
      text += piece;
      return true;
    },
  });
  const hostile = {
    ...some('failed', 'h'),
    reason: Object.values(HOSTILE).join(' '),
    scenario: HOSTILE.terminal,
  };
  for (const each of [some('passed', 'a'), some('skipped', 'b'), some('failed', 'c'), hostile]) {
    view.caseStarted(caseOf(each));
    view.step(caseOf(each), 'touches the page');
    view.caseEnded(each);
  }
  const slow = caseOf(some('passed', 'slow'));
  view.caseStarted(slow);
  t.mock.timers.tick(60_000);
  view.step(slow, `says ${HOSTILE.terminal}`);
  t.mock.timers.tick(60_000);
  view.caseEnded(some('passed', 'slow'));
  t.mock.timers.tick(60_000);
  view.end();
  const lines = text.split('\n');
  assert.match(lines[0]!, /^ {2}1\/120 {2}✓ passed {2}s-a on debian:6\.12 \(\d+\.\d s\)$/);
  assert.match(lines[1]!, /^ {2}2\/120 {2}– skipped {2}s-b on debian:6\.12: needs CONFIG_HUGETLBFS/);
  assert.match(lines[2]!, /^ {2}3\/120 {2}✗ failed {2}s-c/);
  assert.match(lines[4]!, /^ {2}4\/120 {2}… running: s-slow on debian:6\.12 \(0\.\d s: starts\)$/);
  assert.match(lines[5]!, /^ {2}4\/120 {2}… running: .*says /);
  assert.match(lines[6]!, /^ {2}5\/120 {2}✓ passed {2}s-slow/);
  assert.equal(lines.length, 8);
  assert.doesNotMatch(text, /[^\n\P{C}]/u);
  assert.doesNotMatch(text, /##\[/);
});
