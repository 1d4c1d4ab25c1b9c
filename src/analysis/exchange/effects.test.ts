import { expect, test } from 'vitest';
import { effectsOf, positionsOf } from './effects.ts';

const flags = (right: number) => '1'.repeat(right) + '0'.repeat(40 - right);
const row = (
  which: 'none' | 'one' | 'prefix' | 'suffix' | 'all',
  count: number,
  right: number,
  layer?: string,
) => ({
  ...({ into: 'clean', which, count } as const),
  ...(which === 'none' ? {} : { parameters: 'both' as const }),
  ...(layer ? { layer } : {}),
  ...{ clean: 0.5, cleanInterval: [0, 1] as [number, number], failedChecks: [] },
  ...{ robust: { 'pgd-1': right / 40 }, robustInterval: { 'pgd-1': [0, 1] as [number, number] } },
  outcomes: { clean: flags(20), robust: { 'pgd-1': flags(right) } },
});

const rows = [
  row('none', 0, 2),
  row('one', 1, 2, 'a'),
  row('one', 1, 17, 'b'),
  row('prefix', 1, 4, 'a'),
  row('prefix', 2, 18, 'b'),
  row('suffix', 2, 16, 'b'),
  row('suffix', 1, 9, 'c'),
  row('all', 3, 32),
];

test('says by direction, parameters and measure where half of the effect is, and each layer’s share', () => {
  const { gain, halfAt, share, rows: gained } = effectsOf(rows, { attack: 'pgd-1', seed: 0 });
  expect(gain.clean?.both?.robust.value).toBe(0.75);
  expect(halfAt.clean?.both?.robust).toMatchObject({ prefix: { value: 2 }, suffix: { value: 3 } });
  const shares = share.clean?.both?.robust;
  expect(shares?.one).toMatchObject([
    { layer: 'a', value: 0 },
    { layer: 'b', value: 0.5 },
  ]);
  expect(shares?.suffix?.map(({ layer }) => layer)).toEqual(['b', 'c']);
  expect(gained.map((each) => each.gain.robust.value)).toEqual([
    ...[0, 0, 0.375, 0.05, 0.4, 0.35, 0.175, 0.75],
  ]);
});

test('says nothing of shares where all layers have no effect, and of sets that were not asked for', () => {
  const { gain, halfAt, share } = effectsOf(rows, { attack: 'pgd-1', seed: 0 });
  expect(gain.clean?.both?.clean.value).toBe(0);
  expect(halfAt.clean?.both).not.toHaveProperty('clean');
  expect(share.clean?.both).not.toHaveProperty('clean');
  expect(gain).not.toHaveProperty('robust');
  const few = effectsOf([rows[0], rows[1], rows[7]], { attack: 'pgd-1', seed: 0 });
  expect(few.halfAt.clean?.both?.robust).toEqual({});
});

test('layers are asked for by name; one that there is not is refused', () => {
  expect(positionsOf(['a', 'b', 'c'], [])).toEqual([1, 2, 3]);
  expect(positionsOf(['a', 'b', 'c'], ['c', 'a'])).toEqual([1, 3]);
  expect(() => positionsOf(['a', 'b'], ['d'])).toThrow(
    /no normalization layer 'd' with AP: use some of a, b/,
  );
});
