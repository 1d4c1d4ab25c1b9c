import { expect, it } from 'vitest';
import { type Regime, regimeNamed } from '../training/index.ts';
import { combinations } from './scales.ts';

/** Whose images normalize each pass that a loss looks at. */
const batchesOf = ({ passes, terms }: Regime) => {
  const sourceOf = (name: string) => passes.find((pass) => pass.name === name)?.source;
  return passes
    .filter(({ name }) => terms.some(({ pass }) => pass === name))
    .map(({ statistics }) => ('batch' in statistics ? statistics.batch.map(sourceOf).join('+') : 'running'))
    .join(' | ');
};

it.each(combinations)(
  '$statistics: the two regimes differ in AP alone',
  ({ regimes: { shared, separate } }) => {
    const [one, two] = [regimeNamed(shared), regimeNamed(separate)];
    expect([one.sets.affine, two.sets.affine]).toEqual([['shared'], ['clean', 'adv']]);
    expect(batchesOf(two)).toBe(batchesOf(one));
    expect(two.terms).toEqual(one.terms);
  },
);

it('no two combinations normalize alike and have as many running NS', () => {
  const kinds = combinations.map(({ regimes: { shared } }) => {
    const regime: Regime = regimeNamed(shared);
    return `${batchesOf(regime)} in ${regime.sets.statistics.length}`;
  });
  expect(new Set(kinds).size).toBe(combinations.length);
});
