import { expect, test } from 'vitest';
import { attack } from './attack.ts';
import { nearestAdversarial } from './calls.ts';
import { apgdCurve, nearestOf, pgdCurve, smallestEpsilons } from './curves.ts';
import { namedAttack } from './table.ts';
import { linearModel } from './testing/linear.ts';
import { rightTiny } from './testing/nearest.ts';
import { tinyExamples, tinyModel } from './testing/tiny.ts';

const { images, labels } = tinyExamples(4);

test('a list of epsilons gives a curve that never rises', async () => {
  // The border is x = y / 2. With y at 1, where it cannot rise, the examples are 0.05, 0.15, 0.25 and 0.35 from it.
  const model = linearModel({ channels: 1, height: 1, width: 2 }, [
    [-1, 0.5],
    [1, -0.5],
  ]);
  const points = Float32Array.from([0.55, 0.65, 0.75, 0.85].flatMap((x) => [x, 1]));
  const epsilons = [0, 0.02, 0.06, 0.17, 0.26, 0.4];
  for (const curveOf of [pgdCurve, apgdCurve])
    for (const carryOver of [true, false]) {
      const curve = await curveOf(model, epsilons, { carryOver })(points, [1, 1, 1, 1]);
      expect(curve.map(({ epsilon }) => epsilon)).toEqual(epsilons);
      expect(curve.map(({ accuracy }) => accuracy)).toEqual([1, 1, 0.75, 0.5, 0.25, 0]);
      expect(smallestEpsilons(curve)).toEqual(Float32Array.of(0.06, 0.17, 0.26, 0.4));
    }
  // The grid is coarser than the distances of an attack that seeks the nearest image.
  const { distance } = await nearestAdversarial(model, { name: 'fab-t' })(points, [1, 1, 1, 1]);
  const exact = [0.05, 0.15, 0.25, 0.35];
  expect([...distance].map((each, at) => Math.abs(each / exact[at] - 1) < 0.02)).toEqual(
    exact.map(() => true),
  );
});

test('each point of a curve without carry-over is what the attack at its epsilon gives', async () => {
  const curve = await pgdCurve(tinyModel(), [0.05, 0.2], { steps: 3, carryOver: false })(images, labels);
  for (const { epsilon, accuracy: _, ...attacked } of curve)
    expect(attacked).toEqual(await attack(tinyModel(), namedAttack('pgd-3', epsilon))({ images, labels }));
});

test('what is broken at an epsilon is not attacked at a larger one, and keeps its image; order means nothing', async () => {
  const examples = await rightTiny(10);
  let attacked = 0;
  const onExample = () => {
    attacked += 1;
  };
  const options = { steps: 3, seed: 4, onExample };
  const epsilons = [0.2, 0.02, 0.1, 0.06];
  const call = apgdCurve(tinyModel(), epsilons, options);
  const points = await call(examples.images, examples.labels, examples.indices);
  const least = smallestEpsilons(points);
  expect(new Set(least).size).toBeGreaterThan(2);
  const rising = [0.02, 0.06, 0.1, 0.2];
  const brokenBefore = (epsilon: number) => least.filter((each) => each < Math.fround(epsilon)).length;
  expect(attacked).toBe(rising.reduce((total, epsilon) => total + 10 - brokenBefore(epsilon), 0));
  expect(points.map(({ epsilon }) => epsilon)).toEqual(epsilons);
  for (const [at, epsilon] of least.entries()) {
    const broken = points.filter((point) => epsilon <= Math.fround(point.epsilon));
    const images = broken.map(({ adversarial }) => [...adversarial.subarray(16 * at, 16 * at + 16)]);
    for (const image of images) expect(image).toEqual(images[0]);
    expect(broken.every(({ firstMisclassified }) => firstMisclassified[at] !== -1)).toBe(true);
  }
  // At its own epsilon an example is attacked as if there were no other.
  const alone = await attack(
    tinyModel(),
    { ...namedAttack('apgd-ce', 0.1), steps: 3 },
    { seed: 4 },
  )(examples);
  for (const [at, epsilon] of least.entries())
    if (epsilon >= Math.fround(0.1)) {
      const broken = alone.firstMisclassified[at] !== -1;
      expect(broken).toBe(epsilon === Math.fround(0.1));
    }
});

test('of several attacks the nearest counts, example by example', () => {
  const { POSITIVE_INFINITY: never } = Number;
  expect([...nearestOf([0.5, never, 2], Float32Array.of(1, 0.25, never))]).toEqual([0.5, 0.25, 2]);
  expect([...nearestOf([never], [never])]).toEqual([never]);
  expect([...nearestOf()]).toEqual([]);
  expect(() => nearestOf([1], [1, 2])).toThrow(/different examples: 1,2/);
  expect([...smallestEpsilons([])]).toEqual([]);
});
