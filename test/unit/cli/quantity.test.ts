import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parseChoice, parseCount, parseSize } from '../../../src/cli/shared/quantity.ts';
import { durationText, sizeText } from '../../../src/core/quantity-text.ts';

const usage = { code: 'USAGE', message: /^--x: '.*' is not/ };

test('sizes are bytes or binary units', () => {
  assert.equal(parseSize('4096', '--x'), 4096);
  assert.equal(parseSize('0x1000', '--x'), 4096);
  assert.equal(parseSize('512M', '--x'), 2 ** 29);
  assert.equal(parseSize('4g', '--x'), 2 ** 32);
  assert.equal(parseSize('1T', '--x'), 2 ** 40);
  assert.equal(parseSize('64K', '--x'), 65_536);
});

test('what is not a size is refused', () => {
  for (const text of [
    '',
    '0',
    '-1',
    '1.5G',
    '5Q',
    '5 M',
    'M',
    '512MB',
    '1e9',
    '9'.repeat(30),
    '4097T',
    'NaN',
    '0x',
  ]) {
    assert.throws(() => parseSize(text, '--x'), usage, text);
  }
});

test('addresses are decimal or hex, below 2^52', () => {
  assert.equal(parseAddress('0', '--x'), 0);
  assert.equal(parseAddress('0x40001000', '--x'), 0x4000_1000);
  assert.equal(parseAddress('1073745920', '--x'), 0x4000_1000);
  assert.equal(parseAddress('0xFFFFFFFFFFFFF', '--x'), 2 ** 52 - 1);
  for (const text of ['', '-1', '0x', '40G', '0x10000000000000', '1.0', '0b1', 'deadbeef']) {
    assert.throws(() => parseAddress(text, '--x'), usage, text);
  }
});

test('counts are whole numbers in their range', () => {
  assert.equal(parseCount('64', '--x', 1, 64), 64);
  for (const text of ['', '0', '65', '1.5', '-1', '0x1', '1e1', ' 1']) {
    assert.throws(
      () => parseCount(text, '--x', 1, 64),
      { code: 'USAGE', message: /whole number, 1 to 64$/ },
      text,
    );
  }
  assert.throws(() => parseCount('a', '--x', 0, Number.MAX_SAFE_INTEGER), { message: /0 or more$/ });
});

test('a wrong choice is answered with the right ones', () => {
  assert.equal(parseChoice('on', '--x', ['on', 'off']), 'on');
  assert.throws(() => parseChoice('ON', '--x', ['on', 'off']), {
    code: 'USAGE',
    message: "--x: 'ON' is not one of on, off",
  });
});

test('sizes are written in the largest unit that divides them, and read back the same', () => {
  assert.equal(sizeText(4096), '4K');
  assert.equal(sizeText(2 ** 29), '512M');
  assert.equal(sizeText(4097), '4097');
  assert.equal(sizeText(0), '0');
  for (const size of [1, 1023, 65_536, 3 * 2 ** 30, 2 ** 40 + 4096]) {
    assert.equal(parseSize(sizeText(size), '--x'), size);
  }
});

test('durations are short', () => {
  assert.equal(durationText(3.21e9), '3.2 s');
  assert.equal(durationText(310e9), '5 min 10 s');
  assert.equal(durationText(7500e9), '2 h 5 min');
});
