import { beforeAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { uniforms } from '../random/index.ts';
import { attack } from './attack.ts';
import { apgd, apgdT, autoattack, autoattackOutcomes, namedAttack, suiteOutcomes } from './index.ts';
import { predictedClass, predictor } from './model.ts';
import { norms } from './norms.ts';
import type { FinishedSuiteStage } from './suite-calls.ts';
import type { AttackSuite } from './suites.ts';
import { counting } from './testing/counting.ts';
import { linearModel } from './testing/linear.ts';
import { tinyExamples, tinyModel } from './testing/tiny.ts';

/** Five classes of four pixels. */
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];
const pixels = { channels: 1, height: 2, width: 2 };
const model = linearModel(pixels, weights);
const count = 30;
const images = new Float32Array(4 * count);
uniforms({ seed: 9, purpose: 'noise' }, images, 0.2, 0.8);
const indices = Array.from({ length: count }, (_, at) => 7 + 2 * at);

const predictions = async (of: Float32Array) => {
  const logits = await predictor(model, count)(of);
  return Array.from({ length: of.length / 4 }, (_, at) => predictedClass(logits, 5, at));
};

let labels: number[];
beforeAll(async () => {
  // Every tenth is wrong as it is.
  labels = (await predictions(images)).map((right, at) => (at % 10 === 0 ? (right + 1) % 5 : right));
});

/** Queries first, so that stages have something to leave to one another; short. */
const own: AttackSuite = {
  name: 'mine',
  summary: 'few queries, then gradients',
  norms: ['linf'],
  stages: () => [
    { stage: 'queries', options: { name: 'square', steps: 3 } },
    { stage: 'gradients', options: { name: 'apgd', steps: 5 } },
    { stage: 'nearest', options: { name: 'fab-t', steps: 10 } },
  ],
};
const run = (more: object = {}) =>
  suiteOutcomes(model, { name: 'mine', epsilon: 0.07 }, { suites: [own], seed: 3, ...more });

describe('a suite in a line', () => {
  test('the accuracy on its images is the accuracy that is left', async () => {
    const { adversarial, accuracyAfter, cleanCorrect, brokenBy, stages } = await run()(
      images,
      labels,
      indices,
    );
    expect(stages).toEqual(['queries', 'gradients', 'nearest']);
    const right = (await predictions(adversarial)).map((predicted, at) => predicted === labels[at]);
    expect(right).toEqual(labels.map((_, at) => cleanCorrect[at] === 1 && brokenBy[at] === -1));
    expect(right.filter(Boolean).length / count).toBe(accuracyAfter.at(-1));
    expect(cleanCorrect.filter((flag) => flag === 0)).toHaveLength(3);
    expect(new Set(brokenBy)).toEqual(new Set([-1, 0, 1, 2]));
    expect(accuracyAfter[0]).toBe(
      labels.filter((_, at) => cleanCorrect[at] === 1 && brokenBy[at] !== 0).length / count,
    );
  });

  test('what is broken is within epsilon, and all else is the clean image', async () => {
    const { adversarial, brokenBy } = await run()(images, labels, indices);
    for (const [at, by] of brokenBy.entries()) {
      const size = norms.linf.size(
        adversarial.slice(4 * at, 4 * at + 4).map((x, i) => x - images[4 * at + i]),
      );
      if (by === -1) expect(size).toBe(0);
      else expect(size).toBeLessThanOrEqual(0.07 + 2 ** -23);
    }
  });

  test('each broken image is what the stage by itself finds for the example', async () => {
    const { adversarial, brokenBy } = await run()(images, labels, indices);
    const alone = await attack(
      model,
      { ...namedAttack('square-3', 0.07) },
      { seed: 3, earlyStop: true },
    )({ images, labels, indices });
    const first = [...brokenBy.keys()].filter((at) => brokenBy[at] === 0);
    expect(first.length).toBeGreaterThan(0);
    for (const at of first)
      expect(adversarial.subarray(4 * at, 4 * at + 4)).toEqual(
        alone.adversarial.subarray(4 * at, 4 * at + 4),
      );
  });

  test('the batch changes nothing', async () => {
    const expected = await run()(images, labels, indices);
    expect(await run({ batchSize: 4 })(images, labels, indices)).toEqual(expected);
  });

  test('tells each stage, with what it attacked', async () => {
    const told: FinishedSuiteStage[] = [];
    const { brokenBy, accuracyAfter } = await run({ onStage: (each: FinishedSuiteStage) => told.push(each) })(
      images,
      labels,
    );
    const broke = (place: number) => brokenBy.filter((by) => by === place).length;
    expect(told.map(({ attacked }) => attacked)).toEqual([27, 27 - broke(0), 27 - broke(0) - broke(1)]);
    expect(told.map(({ accuracy }) => accuracy)).toEqual(accuracyAfter);
  });

  test('goes without examples, and where none stands', async () => {
    expect(await run()(new Float32Array(), [])).toMatchObject({
      accuracyAfter: [0, 0, 0],
      brokenBy: new Int32Array(),
    });
    const wrong = (await predictions(images)).map((right) => (right + 1) % 5);
    const { adversarial, accuracyAfter } = await run()(images, wrong);
    expect(adversarial).toEqual(images);
    expect(accuracyAfter).toEqual([0, 0, 0]);
  });

  test('refuses a name that is none, too few classes, and images out of range', async () => {
    expect(() => suiteOutcomes(model, { name: 'pgd-10', epsilon: 0.1 })).toThrow(
      "there is no suite 'pgd-10': use one of aa, aa-l2",
    );
    expect(() => run({ suites: [] })).toThrow("there is no suite 'mine'");
    const two = linearModel(pixels, weights.slice(0, 2));
    const targets: AttackSuite = {
      ...own,
      stages: () => [{ stage: 'targets', options: { name: 'apgd-t', steps: 5 } }],
    };
    expect(() => suiteOutcomes(two, { name: 'mine', epsilon: 0.1 }, { suites: [targets] })).toThrow(
      'no attack of mine can be run on a network of 2 classes',
    );
    await expect(
      run()(
        images.map((x) => 255 * x),
        labels,
      ),
    ).rejects.toThrow('images must be in [0, 1]');
  });

  test('leaves no program behind, not even where it is cut', async () => {
    const { engine, alive, compiled } = counting(createReferenceEngine());
    const tiny = tinyModel(undefined, engine);
    const examples = tinyExamples(4);
    const call = (signal?: AbortSignal) =>
      suiteOutcomes(
        tiny,
        { name: 'mine', epsilon: 0.1 },
        { suites: [own], signal },
      )(examples.images, examples.labels);
    await call();
    expect(compiled()).toBeGreaterThan(0);
    await expect(call(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(alive()).toBe(0);
  });
});

/** The long attacks get few. */
const few = images.slice(0, 6 * 4);
const fewLabels = () => labels.slice(0, 6);

describe('AutoAttack in a line', () => {
  test.each([
    ['aa-fast', { version: 'fast', norm: 'linf' }, 0.3],
    ['aa-rand-l2', { version: 'rand', norm: 'l2' }, 2],
  ] as const)('is %s', async (name, which, epsilon) => {
    const expected = await suiteOutcomes(model, { name, epsilon }, { seed: 1 })(few, fewLabels());
    const given = { ...which, epsilon, seed: 1 };
    expect(await autoattackOutcomes(model, given)(few, fewLabels())).toEqual(expected);
    expect(await autoattack(model, given)(few, fewLabels())).toEqual(expected.adversarial);
    expect(expected.adversarial).not.toEqual(few);
  });

  test('is the standard version unless told otherwise', async () => {
    // Little is left for the long stages.
    const { stages, accuracyAfter } = await autoattackOutcomes(model, { epsilon: 0.5 })(few, fewLabels());
    expect(stages).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square-5000']);
    expect(accuracyAfter.slice(1)).toEqual([0, 0, 0]);
    expect(accuracyAfter[0]).toBeGreaterThan(0);
    const three = linearModel(pixels, weights.slice(0, 3));
    const outcome = await autoattackOutcomes(three, { epsilon: 0.5 })(
      few,
      fewLabels().map(() => 0),
    );
    expect(outcome.leftOut).toEqual([{ stage: 'apgd-t', leastClasses: 4 }]);
  });

  test('says which versions a norm has', () => {
    expect(() => autoattack(model, { epsilon: 1, norm: 'l1', version: 'plus' })).toThrow(
      "AutoAttack has no version 'plus' in the norm l1: use standard, fast",
    );
  });
});

test('apgd and apgdT are the attacks of these names', async () => {
  const byName = async (name: string) =>
    (await attack(model, { ...namedAttack(name, 0.05), steps: 7 }, { seed: 2 })({ images, labels, indices }))
      .adversarial;
  const given = { epsilon: 0.05, steps: 7, seed: 2 };
  expect(await apgd(model, given)(images, labels, indices)).toEqual(await byName('apgd-ce'));
  expect(await apgd(model, { ...given, loss: 'dlr' })(images, labels, indices)).toEqual(
    await byName('apgd-dlr'),
  );
  expect(await apgdT(model, given)(images, labels, indices)).toEqual(await byName('apgd-t'));
});
