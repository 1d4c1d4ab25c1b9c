import { expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { parseEpsilon } from './epsilon.ts';

it('keeps what was written and knows its value', () => {
  expect(parseEpsilon('8/255')).toEqual({ text: '8/255', value: 8 / 255 });
  expect(parseEpsilon(' 8 / 255 ')).toEqual({ text: '8/255', value: 8 / 255 });
  expect(parseEpsilon('0.5/255').value).toBe(0.5 / 255);
  expect(parseEpsilon(0.031)).toEqual({ text: '0.031', value: 0.031 });
  expect(parseEpsilon('.3')).toEqual({ text: '.3', value: 0.3 });
  expect(parseEpsilon(0)).toEqual({ text: '0', value: 0 });
  expect(parseEpsilon('1e-3').value).toBe(0.001);
});

it('allows more where the norm does', () => {
  expect(parseEpsilon('128/255', 10).value).toBe(128 / 255);
  expect(parseEpsilon(3, 10).value).toBe(3);
});

it.each(['', '8/', '/255', '8/255/2', '8/0', 'eight', '-1/255', '0x8/255', Number.NaN, -1, null, ['8/255']])(
  'refuses %j',
  (written) => {
    expect(() => parseEpsilon(written)).toThrow(InputError);
    expect(() => parseEpsilon(written)).toThrow('expected a size such as 8/255 or a number');
  },
);

it('suggests the fraction that was meant', () => {
  expect(() => parseEpsilon(8)).toThrow(
    'expected at most 1, for inputs in [0, 1], found 8; did you mean 8/255?',
  );
  expect(() => parseEpsilon('1.5')).toThrow(/found 1\.5$/);
});
