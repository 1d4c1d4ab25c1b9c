import { describe, expect, test } from 'vitest';
import { integers } from '../random/index.ts';
import { packJson, unpackJson } from './packed-json.ts';

const there = (value: unknown) => unpackJson('a.json', JSON.parse(JSON.stringify(packJson(value))));
const drawn = (bound: number, count: number) =>
  Array.from(integers({ seed: 1, purpose: 'noise' }, count, bound));

describe('packed JSON', () => {
  test.each([2, 3, 4, 5, 15, 16])('keeps texts of %i characters', (size) => {
    for (const length of [48, 49, 50, 51, 5000]) {
      const text = drawn(size, length)
        .map((code) => '.-123456789abcde'[code])
        .join('');
      expect(there({ flags: [text, 'short'] })).toEqual({ flags: [text, 'short'] });
    }
  });

  test('keeps rising numbers, with large gaps and with none', () => {
    const steps = drawn(300, 4000);
    let sum = -1;
    const rising = steps.map((step) => (sum += step + 1));
    expect(there(rising)).toEqual(rising);
    const all = Array.from({ length: 100 }, (_, at) => at);
    expect(there({ deep: [all] })).toEqual({ deep: [all] });
  });

  test('leaves alone what is not regular', () => {
    const values = [
      drawn(50, 100),
      Array.from({ length: 100 }, (_, at) => at + 0.5),
      'A sentence of the usual kind, with more than sixteen different characters in it.',
      'ä'.repeat(100),
      null,
      true,
      { a: { b: [] } },
    ];
    expect(packJson(values)).toEqual(values);
    expect(there(values)).toEqual(values);
  });

  test('is an eighth of the outcomes and less', () => {
    const text = drawn(2, 5000).join('');
    expect(JSON.stringify(packJson(text)).length).toBeLessThan(5000 / 5);
  });

  test.each([
    { packed: 'text', alphabet: '01', length: 64, data: 'AAAA' },
    { packed: 'text', alphabet: '012', length: 4, data: '/w==' },
    { packed: 'text', alphabet: '', length: 0, data: '' },
    { packed: 'text', alphabet: '01', length: 1e9, data: 'AAAA' },
    { packed: 'rising', length: 2, data: 'AA==' },
    { packed: 'rising', length: 1, data: 'gA==' },
    { packed: 'other' },
    { packed: 'text', alphabet: '01', length: 8, data: 'AA==', more: 1 },
  ])('refuses %j', (value) => {
    expect(() => unpackJson('a.json', { deep: [value] })).toThrow('a.json is damaged: a packed part');
  });

  test('refuses to pack what could not be told apart', () => {
    expect(() => packJson({ packed: 1 })).toThrow(RangeError);
  });
});
