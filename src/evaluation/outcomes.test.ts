import { expect, test } from 'vitest';
import { readFlags, readIndices, writeFlags, writeIndices } from './outcomes.ts';

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
