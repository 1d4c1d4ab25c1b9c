import { expect, test } from 'vitest';
import { readBrokenBy, readFlags, readIndices, writeBrokenBy, writeFlags, writeIndices } from './outcomes.ts';

test.each([
  [[], ''],
  [[7], '7'],
  [[0, 1, 2, 3], '0-3'],
  [[0, 1, 2, 5, 7, 8], '0-2,5,7-8'],
  [[5, 4, 4, 9], '5,4,4,9'],
])('indices %j are written %s, and read again', (indices, text) => {
  expect(writeIndices(indices)).toBe(text);
  expect(readIndices(text)).toEqual(indices);
});

test('flags are a digit an example', () => {
  expect(writeFlags(Uint8Array.of(1, 0, 0, 1))).toBe('1001');
  expect([...readFlags('1001')]).toEqual([1, 0, 0, 1]);
  expect(readFlags(writeFlags(new Uint8Array()))).toHaveLength(0);
});

test('which stage broke an example is a character', () => {
  const clean = Uint8Array.of(1, 0, 1, 1, 1, 1);
  const brokenBy = Uint8Array.of(0, 0, 1, 9, 10, 35);
  expect(writeBrokenBy(clean, brokenBy)).toBe('.-19az');
  expect([...readBrokenBy('.-19az')]).toEqual([...brokenBy]);
});
