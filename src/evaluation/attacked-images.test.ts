import { beforeAll, expect, test } from 'vitest';
import {
  type AttackSuite,
  defineAttack,
  norms,
  optionsSchema,
  predictedClass,
  predictor,
} from '../attacks/index.ts';
import { linearModel } from '../attacks/testing/linear.ts';
import { uniforms } from '../random/index.ts';
import type { ExampleResult, PartialResults } from './attack-runs.ts';
import type { AttackedImages } from './attacked-images.ts';
import { type EvaluationOptions, evaluateGrid } from './grid.ts';

/** Five classes of four pixels. */
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];
const model = linearModel({ channels: 1, height: 2, width: 2 }, weights);
const count = 30;
const images = new Float32Array(4 * count);
uniforms({ seed: 9, purpose: 'noise' }, images, 0.2, 0.8);
const indices = Array.from({ length: count }, (_, at) => 100 + 3 * at);

const predictions = async (of: Float32Array) => {
  const logits = await predictor(model, count)(of);
  return Array.from({ length: count }, (_, at) => predictedClass(logits, 5, at));
};

let labels: number[];
beforeAll(async () => {
  // Every tenth is wrong as it is.
  labels = (await predictions(images)).map((right, at) => (at % 10 === 0 ? (right + 1) % 5 : right));
});

const own: AttackSuite = {
  name: 'mine',
  summary: 'few queries, then gradients',
  norms: ['linf'],
  stages: () => [
    { stage: 'queries', options: { name: 'square', steps: 3 } },
    { stage: 'gradients', options: { name: 'apgd', steps: 5 } },
  ],
};

async function evaluate(attacks: readonly string[], options: Partial<EvaluationOptions> = {}) {
  const found: AttackedImages[] = [];
  const evaluation = await evaluateGrid({
    ...{ engine: model.engine, network: model.network },
    ...{ examples: { images, labels, indices }, attacks, epsilon: 0.07, seed: 3, suites: [own] },
    onImages: (each) => void found.push(each),
    ...options,
  });
  return { cell: evaluation.cells[0], found, evaluation };
}

test.each([
  [['mine'], 0.07],
  [['pgd-1', 'pgd-4'], 0.3],
  [['pgd-4', 'mine', 'noise'], 0.2],
  [['pgd-4-l2'], 0.5],
])('the accuracy on the images of %o is the robust accuracy', async (attacks, epsilon) => {
  const { cell, found } = await evaluate(attacks, { epsilon });
  expect(found.map(({ attack }) => attack)).toEqual(attacks);
  for (const each of found) {
    const predicted = await predictions(each.images);
    expect([...each.predicted]).toEqual(predicted);
    expect(predicted.map((of, at) => (of === labels[at] ? 1 : 0))).toEqual([...cell.robust[each.attack]]);
    expect(each.brokenBy).toEqual(cell.brokenBy[each.attack]);
    expect(each.cleanCorrect).toEqual(cell.clean);
    for (const [at, place] of each.brokenBy.entries()) {
      const [image, clean] = [each.images, images].map((of) => of.subarray(4 * at, 4 * at + 4));
      expect(each.distance[at]).toBeCloseTo(norms[each.norm].size(image.map((x, i) => x - clean[i])), 6);
      if (place === 0) expect(image).toEqual(clean);
      else expect(each.distance[at]).toBeGreaterThan(0);
      expect(each.distance[at]).toBeLessThanOrEqual(epsilon + 1e-6);
    }
  }
  expect(found[0].brokenBy.some((place) => place > 0)).toBe(true);
});

test('keeping images changes no result', async () => {
  const { evaluation } = await evaluate(['mine', 'pgd-4']);
  const { evaluation: without } = await evaluate(['mine', 'pgd-4'], { onImages: undefined });
  expect(evaluation).toEqual(without);
});

test('what was broken before is attacked again for its image, what was not is taken as it is', async () => {
  const known = new Map<string, Map<number, ExampleResult>>();
  const added: [string, number][] = [];
  const partialResults: PartialResults = {
    known: (_, run) => known.get(run) ?? new Map(),
    add(_, run, index, result) {
      known.set(run, new Map([...(known.get(run) ?? []), [index, result]]));
      added.push([run, index]);
    },
  };
  const first = await evaluate(['mine'], { partialResults });
  const before = added.splice(0).length;
  const again = await evaluate(['mine'], { partialResults });
  expect(again.found).toEqual(first.found);
  expect(again.evaluation).toEqual(first.evaluation);
  const [{ brokenBy }] = again.found;
  const expected = ['mine: queries', 'mine: gradients'].flatMap((run, place) =>
    indices.filter((_, at) => brokenBy[at] === place + 1).map((index) => `${run} ${index}`),
  );
  expect(added.map(([run, index]) => `${run} ${index}`).sort()).toEqual(expected.sort());
  expect(added.length).toBeGreaterThan(0);
  expect(added.length).toBeLessThan(before);
});

test('an image outside the ball breaks nothing, and is not given', async () => {
  const far = defineAttack({
    ...{ name: 'far', summary: '', asks: 'logits', forms: [{ form: 'far', summary: '' }] },
    options: optionsSchema('far', ['linf'], {}),
    defaults: () => ({ norm: 'linf', steps: 0, restarts: 1 }),
    search: () => ({
      begin(_, x) {
        for (const [i, value] of x.entries()) x[i] = 1 - value;
        return { next: () => 'done' };
      },
    }),
  });
  const { found, evaluation } = await evaluate(['far'], { attackTable: [far] });
  expect(evaluation.failedChecks.map(({ rule }) => rule)).toContain('beyond-epsilon');
  expect(found[0].images).toEqual(images);
});

test('an error of whoever takes the images ends the evaluation', async () => {
  const onImages = () => Promise.reject(new Error('disk full'));
  await expect(evaluate(['pgd-1'], { onImages })).rejects.toThrow('disk full');
});
