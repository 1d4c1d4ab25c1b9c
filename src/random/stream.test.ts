import { expect, test } from 'vitest';
import type { Counter, Key } from './stream.ts';
import { philox4x32 } from './stream.ts';

// The known-answer vectors for `philox4x32 10` published with Random123 (tests/kat_vectors).
const knownAnswers: readonly { counter: Counter; key: Key; words: readonly number[] }[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

test.each(knownAnswers)('gives the published words for counter $counter', ({ counter, key, words }) => {
  const out = new Uint32Array(4);
  philox4x32(counter, key, out);
  expect([...out]).toEqual(words);
});

test('advances the first counter word by one a block', () => {
  const all = new Uint32Array(12);
  philox4x32([5, 1, 2, 3], [7, 8], all);
  const third = new Uint32Array(4);
  philox4x32([7, 1, 2, 3], [7, 8], third);
  expect(all.subarray(8)).toEqual(third);
});

test('a length that is no multiple of 4 is a prefix of the longer one', () => {
  const long = new Uint32Array(8);
  const short = new Uint32Array(6);
  philox4x32([0, 0, 0, 0], [1, 1], long);
  philox4x32([0, 0, 0, 0], [1, 1], short);
  expect(short).toEqual(long.subarray(0, 6));
});
