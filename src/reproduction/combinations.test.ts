import { expect, it } from 'vitest';
import { type Regime, regimeNamed } from '../training/index.ts';
import { combinations } from './combinations.ts';

const batchesOf = ({ passes }: Regime) =>
  passes
    .map(({ statistics }) => ('batch' in statistics ? statistics.batch.join('+') : 'running'))
    .join(' | ');

it.each(combinations)(
  '$statistics: AP alone tell the two regimes apart',
  ({ regimes: { shared, apart } }) => {
    const [one, two] = [regimeNamed(shared), regimeNamed(apart)];
    expect([one.sets.affine, two.sets.affine]).toEqual([['shared'], ['clean', 'adv']]);
    expect(batchesOf(two)).toBe(batchesOf(one));
    expect(two.terms).toEqual(one.terms);
  },
);

it('no two combinations normalize alike and keep as many running NS', () => {
  const kinds = combinations.map(({ regimes: { shared } }) => {
    const regime: Regime = regimeNamed(shared);
    return `${batchesOf(regime)} in ${regime.sets.statistics.length}`;
  });
  expect(new Set(kinds).size).toBe(combinations.length);
});
