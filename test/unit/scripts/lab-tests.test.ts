/** How the lab tests are shared out: what runs where and in which order, and what is heard of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieceName, piecesOf, Queue, THIS_MACHINE } from '../../../scripts/lab-tests/pieces.ts';
import { Turns } from '../../../scripts/lab-tests/turns.ts';

const FILES = ['doctor.test.ts', 'suite.test.ts', 'pmu.test.ts', 'hang.test.ts'];

function* taken(queue: Queue): Generator<string> {
  for (let piece = queue.take(undefined); piece; piece = queue.take(piece.kind)) yield pieceName(piece);
}

test('the suite is shared by all workers; a kind of host with few files is begun first', () => {
  assert.deepEqual(
    [...taken(new Queue(piecesOf(FILES, ['host-death.test.ts'], 2)))],
    [
      'host-death.test.ts on this machine',
      'pmu.test.ts on a host with a PMU',
      'suite.test.ts, part 1/2, on a host with the RAS extension',
      'suite.test.ts, part 2/2, on a host with the RAS extension',
      'hang.test.ts on a host with the RAS extension',
      'doctor.test.ts on a host with the RAS extension',
    ],
  );
});

test('one worker runs each file as a whole', () => {
  const pieces = piecesOf(FILES, [], 1);
  assert.deepEqual(pieces.map(({ file }) => file).sort(), [...FILES].sort());
  assert.ok(pieces.every(({ part }) => part === undefined));
});

test('a worker stays with the kind of host that it has, as long as there is work for it', () => {
  const queue = new Queue(piecesOf(FILES, ['host-death.test.ts'], 1));
  const usual = piecesOf(['doctor.test.ts'], [], 1)[0]!.kind;
  assert.equal(queue.take(usual)!.kind, usual);
  assert.equal(queue.take(THIS_MACHINE)!.kind, THIS_MACHINE);
  assert.equal(queue.take(THIS_MACHINE)!.file, 'pmu.test.ts');
});

test('what is for hosts that cannot be had is dropped, and nothing else', () => {
  const queue = new Queue(piecesOf(FILES, [], 2));
  const usual = piecesOf(['doctor.test.ts'], [], 1)[0]!.kind;
  assert.deepEqual(
    queue.drop(usual).map(({ file }) => file),
    ['suite.test.ts', 'suite.test.ts', 'hang.test.ts', 'doctor.test.ts'],
  );
  assert.deepEqual([...taken(queue)], ['pmu.test.ts on a host with a PMU']);
});

test('of several voices one is heard, and then the next, whoever ended first', () => {
  let heard = '';
  const turns = new Turns((text) => {
    heard += text;
  });
  const [first, second, third] = [turns.voice(), turns.voice(), turns.voice()];
  second.write('b1 ');
  first.write('a1 ');
  third.write('c1 ');
  second.end();
  first.write('a2 ');
  assert.equal(heard, 'a1 a2 ');
  first.end();
  assert.equal(heard, 'a1 a2 b1 c1 ');
  third.write('c2 ');
  assert.equal(heard, 'a1 a2 b1 c1 c2 ');
  const fourth = turns.voice();
  fourth.write('d1 ');
  turns.flush();
  assert.equal(heard, 'a1 a2 b1 c1 c2 d1 ');
});
