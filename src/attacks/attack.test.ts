import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { add, log, multiply, subtract, sum } from '../graph/index.ts';
import type { Cell } from '../nn/index.ts';
import { type AttackSettings, attack } from './attack.ts';
import { defineAttack, optionsSchema } from './definition.ts';
import { type LogitModel, predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { drawStart, noiseAttack } from './noise.ts';
import { norms } from './norms.ts';
import { type PgdOptions, pgdAttack } from './pgd.ts';
import { counting } from './testing/counting.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

const pixel = { channels: 1, height: 1, width: 4 };
// Class 1 beats class 0 by w.x with w = (2, -1, 0.5, -3).
const weights = [
  [0, 0, 0, 0],
  [2, -1, 0.5, -3],
];
const w = weights[1];
const none = { kind: 'none' } as const;
const clip = (value: number) => Math.min(Math.max(value, 0), 1);
const pgd10 = (epsilon: number): PgdOptions => pgdAttack.complete({ epsilon, steps: 10 });

describe('on a linear network', () => {
  const image = [0.5, 0.03, 0.99, 0.5];
  const images = Float32Array.from([...image, ...image]);
  // The first example is of class 1, so the attack lowers w.x; the second of class 0, so it raises it.
  const labels = [1, 0];
  const side = [-1, 1];

  test.each(['ce', 'margin'] as const)(
    'linf PGD on %s ends at x + epsilon sign(w), clipped',
    async (loss) => {
      const run = attack(linearModel(pixel, weights), { ...pgd10(0.1), loss });
      const { adversarial } = await run({ images, labels });
      side.forEach((sign, at) => {
        image.forEach((value, i) => {
          expect(adversarial[4 * at + i]).toBeCloseTo(clip(value + sign * 0.1 * Math.sign(w[i])), 6);
        });
      });
    },
  );

  test('l2 PGD moves along w, and ends at x + epsilon w / |w| where no pixel meets its border', async () => {
    const middle = [0.5, 0.5, 0.5, 0.5];
    const options = { ...pgd10(0.1), norm: 'l2', start: none } as const;
    const { adversarial } = await attack(
      linearModel(pixel, weights),
      options,
    )({
      images: Float32Array.from(middle),
      labels: [0],
    });
    middle.forEach((value, i) => {
      expect(adversarial[i]).toBeCloseTo(value + (0.1 * w[i]) / Math.hypot(...w), 6);
    });
  });

  test('FGSM is one step of epsilon from the image itself', async () => {
    const { adversarial } = await attack(
      linearModel(pixel, weights),
      namedAttack('fgsm', 0.1),
    )({ images: Float32Array.from(image), labels: [0] });
    image.forEach((value, i) => {
      expect(adversarial[i]).toBeCloseTo(clip(value + 0.1 * Math.sign(w[i])), 6);
    });
  });

  test('FGSM-RS is one step of 1.25 epsilon from a uniform start, kept in the ball', async () => {
    const options = pgdAttack.complete(namedAttack('fgsm-rs', 0.1));
    const { adversarial } = await attack(linearModel(pixel, weights), options, { seed: 6 })({
      images: Float32Array.from(image),
      labels: [0],
      indices: [42],
    });
    const start = new Float32Array(4);
    drawStart(options, { seed: 6, example: 42 }, start);
    image.forEach((value, i) => {
      const moved = clip(value + start[i]) + 1.25 * 0.1 * Math.sign(w[i]);
      expect(adversarial[i]).toBeCloseTo(clip(Math.min(Math.max(moved, value - 0.1), value + 0.1)), 6);
    });
  });

  test('an attack of no steps leaves its start: noise', async () => {
    const options = noiseAttack.complete({ epsilon: 0.1 });
    const { adversarial } = await attack(
      linearModel(pixel, weights),
      options,
    )({
      images: Float32Array.from(image),
      labels: [0],
    });
    const start = new Float32Array(4);
    drawStart(options, { seed: 0, example: 0 }, start);
    image.forEach((value, i) => {
      expect(adversarial[i]).toBeCloseTo(clip(value + start[i]), 6);
    });
  });

  test('firstMisclassified counts the steps to the border between the classes', async () => {
    // w.x = 0.2 at the image; a step of 0.02 takes off 0.02 |w|_1 = 0.13, so the second iterate is across.
    const options = { ...pgd10(0.08), start: none, stepSize: 0.02 };
    const model = linearModel(pixel, weights);
    const examples = { images: Float32Array.from([0.5, 0.5, 0.2, 0.1333]), labels: [1] };
    const stopped = await attack(model, options, { earlyStop: true })(examples);
    expect([...stopped.firstMisclassified]).toEqual([2]);
    expect(stopped.adversarial[0]).toBeCloseTo(0.5 - 2 * 0.02, 6);
    const whole = await attack(model, options)(examples);
    expect([...whole.firstMisclassified]).toEqual([2]);
    expect(whole.adversarial[0]).toBeCloseTo(0.5 - 4 * 0.02, 6);
  });

  test('an example that is misclassified from the start is broken at 0, one that holds at -1', async () => {
    const run = attack(linearModel(pixel, weights), { ...pgd10(0.001), start: none });
    expect([...(await run({ images, labels: [0, 1] })).firstMisclassified]).toEqual([-1, 0]);
  });

  test('a gradient of zero is counted and moves nothing', async () => {
    const flat = linearModel(pixel, [w, w]);
    const { adversarial, zeroGradientSteps } = await attack(flat, { ...pgd10(0.1), start: none })({
      images,
      labels,
    });
    expect([...zeroGradientSteps]).toEqual([10, 10]);
    expect(adversarial).toEqual(images);
    const { zeroGradientSteps: sloped } = await attack(
      linearModel(pixel, weights),
      pgd10(0.1),
    )({ images, labels });
    expect([...sloped]).toEqual([0, 0]);
  });

  test('kl has no slope at the clean image itself, and climbs away from it from anywhere else', async () => {
    const options = { ...pgd10(0.1), loss: 'kl' } as const;
    const model = linearModel(pixel, weights);
    // Here w.x is exactly 0, so that no rounding stands in for a slope.
    const image = [0.5, 0.5, 0.5, 0.25];
    const images = Float32Array.from([...image, ...image]);
    const stuck = await attack(model, { ...options, start: none })({ images, labels });
    expect(stuck.adversarial).toEqual(images);
    expect([...stuck.zeroGradientSteps]).toEqual([10, 10]);
    const free = await attack(model, options, { seed: 1 })({ images, labels });
    const score = (at: number) => image.reduce((sum, _, i) => sum + w[i] * free.adversarial[4 * at + i], 0);
    const clean = image.reduce((sum, value, i) => sum + w[i] * value, 0);
    // Labels play no part: either example moves as far as it may, to one side or the other.
    expect(Math.abs(score(0) - clean)).toBeGreaterThan(0.4);
    expect(Math.abs(score(1) - clean)).toBeGreaterThan(0.4);
  });

  test('NaN logits count as wrong at once', async () => {
    const { firstMisclassified } = await attack(
      linearModel(pixel, [[Number.NaN, 0, 0, 0], w]),
      pgd10(0.1),
    )({
      images,
      labels,
    });
    expect([...firstMisclassified]).toEqual([0, 0]);
  });
});

describe('the result for an example', () => {
  const examples = tinyExamples(7);
  const results = async (batchSize: number, order: readonly number[], settings: AttackSettings = {}) => {
    const options = { ...pgd10(0.2), steps: 4, restarts: 2 };
    const run = attack(tinyModel(), options, { seed: 3, batchSize, ...settings });
    const { adversarial, firstMisclassified, zeroGradientSteps } = await run(chosen(examples, order));
    return new Map(
      order.map((example, at) => [
        example,
        {
          image: [...adversarial.subarray(16 * at, 16 * at + 16)],
          firstMisclassified: firstMisclassified[at],
          flat: zeroGradientSteps[at],
        },
      ]),
    );
  };
  const inOrder = [0, 1, 2, 3, 4, 5, 6];

  test.each([true, false])('knows no batch size, order or neighbour (early stop: %s)', async (earlyStop) => {
    const whole = await results(7, inOrder, { earlyStop });
    // Some break and some do not, or the test would say little.
    const broken = [...whole.values()].map(({ firstMisclassified }) => firstMisclassified);
    expect(new Set(broken).size).toBeGreaterThan(1);
    for (const other of [
      await results(3, inOrder, { earlyStop }),
      await results(1, [6, 2, 0, 5, 3, 1, 4], { earlyStop }),
      await results(2, [5, 1, 3], { earlyStop }),
      await results(100, [4], { earlyStop }),
    ])
      for (const [example, result] of other) expect(result).toEqual(whole.get(example));
  });

  test('is another for another seed', async () => {
    expect((await results(7, inOrder)).get(0)).not.toEqual((await results(7, inOrder, { seed: 4 })).get(0));
  });

  test('is misclassified exactly where it says so', async () => {
    const model = tinyModel();
    const { adversarial, firstMisclassified } = await attack(model, pgd10(0.2), { earlyStop: true })(
      examples,
    );
    const logits = await predictor(model, 4)(adversarial);
    firstMisclassified.forEach((step, at) => {
      expect(predictedClass(logits, 3, at) !== examples.labels[at]).toBe(step >= 0);
    });
  });

  test.each(['linf', 'l2'] as const)('stays in the %s ball and in [0, 1]', async (norm) => {
    const options = { ...pgd10(0.25), norm };
    const { adversarial } = await attack(tinyModel(), options)(examples);
    for (const at of inOrder) {
      const image = adversarial.subarray(16 * at, 16 * at + 16);
      const perturbation = image.map((value, i) => value - examples.images[16 * at + i]);
      expect(norms[norm].size(perturbation)).toBeLessThanOrEqual(0.25 + 1e-6);
      expect(norms[norm].size(perturbation)).toBeGreaterThan(0);
      expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  test.each(['linf', 'l2'] as const)('at epsilon 0 is the image itself, in %s', async (norm) => {
    const { adversarial } = await attack(tinyModel(), { ...pgd10(0), norm })(examples);
    expect(adversarial).toEqual(examples.images);
  });
});

test('restarts break more, and none that the first start broke is saved', async () => {
  // Noise of 0.1 moves w.x by 0.2 or so, which is how far these examples are from the border.
  const count = 12;
  const images = Float32Array.from({ length: 4 * count }, (_, i) => (i % 4 === 3 ? 0.55 / 3 : 0.5));
  const labels = new Array<number>(count).fill(1);
  const broken = async (restarts: number) => {
    const options = { ...namedAttack('noise', 0.1), restarts };
    const run = attack(linearModel(pixel, weights), options, { earlyStop: true, batchSize: 5 });
    const { firstMisclassified } = await run({ images, labels });
    return new Set([...firstMisclassified.keys()].filter((at) => firstMisclassified[at] === 0));
  };
  const [once, often] = [await broken(1), await broken(8)];
  expect([...once].every((at) => often.has(at))).toBe(true);
  expect(often.size).toBeGreaterThan(once.size);
});

test('each cell of the grid is attacked through itself', async () => {
  const examples = tinyExamples(3);
  const options = { ...pgd10(0.2), steps: 3 };
  const images = await Promise.all(
    ['clean', 'adv'].flatMap((statistics) =>
      ['clean', 'adv'].map(async (affine) => {
        const cell: Cell = { statistics, affine };
        return [...(await attack(tinyModel(cell), options)(examples)).adversarial].join();
      }),
    ),
  );
  expect(new Set(images).size).toBe(4);
});

test('no attack moves a variable: all are bit-identical before and after', async () => {
  const engine = createReferenceEngine();
  const model = tinyModel(undefined, engine);
  const values = () => model.network.variables.map((variable) => engine.readExact(variable));
  const before = values();
  for (const name of ['fgsm', 'pgd-3', 'pgd-3-l2', 'margin-3', 'noise'])
    await attack(model, namedAttack(name, 0.1), { batchSize: 2 })(tinyExamples(3));
  await attack(model, { ...namedAttack('pgd-3', 0.1), loss: 'kl' })(tinyExamples(3));
  expect(values()).toEqual(before);
});

describe('running', () => {
  test('an aborted signal ends it with the reason, between steps', async () => {
    const controller = new AbortController();
    const reports: number[] = [];
    const run = attack(tinyModel(), pgd10(0.1), {
      batchSize: 2,
      signal: controller.signal,
      onProgress: (done) => {
        reports.push(done);
        if (reports.length === 3) controller.abort(new Error('enough'));
      },
    });
    await expect(run(tinyExamples(4))).rejects.toThrow('enough');
    expect(reports).toHaveLength(3);
  });

  test('progress never falls and ends with all of them', async () => {
    const reports: number[] = [];
    const settings = { batchSize: 2, onProgress: (done: number) => reports.push(done) };
    await attack(tinyModel(), { ...pgd10(0.1), steps: 2 }, settings)(tinyExamples(5));
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
    expect(reports.at(-1)).toBe(5);
  });

  test('no examples are attacked without a word', async () => {
    const { adversarial, firstMisclassified } = await attack(
      tinyModel(),
      pgd10(0.1),
    )({
      images: new Float32Array(),
      labels: [],
    });
    expect([adversarial.length, firstMisclassified.length]).toEqual([0, 0]);
  });

  test('what it compiled is given back, and it can be used again', async () => {
    const { engine, alive } = counting(createReferenceEngine());
    const run = attack(tinyModel(undefined, engine), { ...pgd10(0.1), loss: 'kl' });
    const first = await run(tinyExamples(2));
    expect(alive()).toBe(1);
    await run.dispose();
    expect(alive()).toBe(0);
    expect(await run(tinyExamples(2))).toEqual(first);
    await run[Symbol.asyncDispose]();
    expect(alive()).toBe(0);
  });

  test('one program serves every epsilon and step size, and every other option has its own', async () => {
    const { engine, compiled } = counting(createReferenceEngine());
    const model = tinyModel(undefined, engine);
    const run = attack(model, { name: 'pgd', epsilon: 0.1, steps: 2 });
    const examples = tinyExamples(2);
    await run(examples);
    expect(await run(examples, { epsilon: 0.2 })).toEqual(
      await attack(model, namedAttack('pgd-2', 0.2))(examples),
    );
    const before = compiled();
    await run(examples, { epsilon: 0.3, stepSize: 0.01 });
    expect(compiled()).toBe(before);
    const l2 = await run(examples, { norm: 'l2' });
    expect(l2).toEqual(await attack(model, namedAttack('pgd-2-l2', 0.1))(examples));
  });
});

describe('what is not finite is never robust', () => {
  const images = tinyExamples(5).images;
  const bad = [Number.NaN, Number.POSITIVE_INFINITY];

  /** Class 0 wherever the first pixel is below a border, from where on a logit is no number. */
  const brittle = (value: number, border: number): LogitModel => ({
    network: { name: 'brittle', classes: 3, images: { channels: 1, height: 4, width: 4 } },
    cell: { statistics: 'shared', affine: 'shared' },
    logits: async (given) =>
      Float32Array.from({ length: (given.length / 16) * 3 }, (_, i) => {
        const pixel = given[16 * Math.floor(i / 3)];
        return i % 3 === 2 && pixel > border ? value : i % 3 === 0 ? 1 : 0;
      }),
  });

  test.each(bad)('logits of %s anywhere on the way', async (value) => {
    const clean = new Float32Array(32).fill(0.5);
    const run = attack(brittle(value, 0.55), { name: 'square', epsilon: 0.1, steps: 60 });
    const { firstMisclassified, notFinite, adversarial } = await run({ images: clean, labels: [0, 0] });
    for (const at of [0, 1]) {
      expect(firstMisclassified[at]).toBeGreaterThanOrEqual(0);
      expect(notFinite[at]).toBe('logits');
      expect(adversarial[16 * at]).toBeGreaterThan(0.55);
    }
    const none = await attack(brittle(value, 0.65), { name: 'square', epsilon: 0.1, steps: 60 })({
      images: clean,
      labels: [0, 0],
    });
    expect([...none.firstMisclassified]).toEqual([-1, -1]);
    expect(none.notFinite).toEqual(['none', 'none']);
  });

  test.each(['pgd-3', 'pgd-3-l2', 'margin-3', 'fgsm', 'noise', 'square-3'])(
    '%s on a network with a NaN weight, with and without stopping early',
    async (name) => {
      const model = tinyModel();
      const [first] = model.network.variables.filter(({ role }) => role === 'weight');
      model.engine.write(first, model.engine.read(first).fill(Number.NaN, 0, 1));
      for (const earlyStop of [true, false])
        for (let label = 0; label < 3; label += 1) {
          const run = attack(model, namedAttack(name, 0.1), { earlyStop });
          const { firstMisclassified, notFinite, adversarial } = await run({
            images,
            labels: new Array<number>(5).fill(label),
          });
          expect([...firstMisclassified]).toEqual([0, 0, 0, 0, 0]);
          expect(new Set(notFinite)).toEqual(new Set(['logits']));
          expect(adversarial.every((value) => value >= 0 && value <= 1)).toBe(true);
        }
    },
  );

  test('a gradient that is no number, or a loss, at logits that are', async () => {
    const mine = (broken: 'loss' | 'gradientL1') =>
      defineAttack({
        ...pgdAttack,
        name: 'mine',
        options: optionsSchema('mine', ['linf'], {}),
        defaults: () => ({ norm: 'linf', steps: 5, restarts: 1 }),
        search: () => ({
          step({ x, model }) {
            const zeros = multiply(sum(x, [1, 2, 3]), 0);
            const outputs = { logits: model(x), loss: zeros, gradientL1: add(zeros, 1) };
            return { ...outputs, [broken]: log(subtract(zeros, 1)) };
          },
          begin({ clean }, x) {
            x.set(clean);
            return { next: ({ step }) => (step === 5 ? 'done' : 'continue') };
          },
        }),
      });
    for (const broken of ['loss', 'gradientL1'] as const) {
      const settings = { attackTable: [mine(broken)] };
      const run = attack(linearModel(pixel, weights), { name: 'mine', epsilon: 0.1 }, settings);
      const { firstMisclassified, notFinite } = await run({ images: new Float32Array(4), labels: [0] });
      expect({ first: firstMisclassified[0], notFinite }).toEqual({ first: 0, notFinite: ['gradients'] });
    }
  });

  test('no row with such a logit has a class, wherever it is', () => {
    for (const value of bad)
      for (const at of [0, 1, 2]) {
        const logits = Float32Array.of(0, 0, 0, 1, 2, 3).fill(value, 3 + at, 4 + at);
        expect(predictedClass(logits, 3, 1)).toBe(-1);
        expect(predictedClass(logits, 3, 0)).toBe(0);
      }
    expect(predictedClass(new Float32Array(3).fill(Number.NEGATIVE_INFINITY), 3, 0)).toBe(-1);
    expect(predictedClass(Float32Array.of(Number.NEGATIVE_INFINITY, -5, -6), 3, 0)).toBe(1);
    expect(predictedClass(new Float32Array(2), 3, 0)).toBe(-1);
  });
});

describe('bad input is refused with its cause', () => {
  const run = attack(linearModel(pixel, weights), pgd10(0.1));
  const images = new Float32Array(8).fill(0.5);

  test.each([
    ['too few pixels', { images: images.subarray(1), labels: [0, 1] }, /8 values; there are 7/],
    ['images of 0 to 255', { images: images.map((x) => 255 * x), labels: [0, 1] }, /in \[0, 1\]/],
    ['NaN pixels', { images: images.map(() => Number.NaN), labels: [0, 1] }, /in \[0, 1\]/],
    ['a label past the classes', { images, labels: [0, 2] }, /label 2 of example 1/],
    ['a label between classes', { images, labels: [0.5, 1] }, /label 0.5 of example 0/],
    ['too few indices', { images, labels: [0, 1], indices: [3] }, /2 labels, but 1 indices/],
  ] as const)('%s', async (_, examples, message) => {
    await expect(run(examples)).rejects.toThrow(InputError);
    await expect(run(examples)).rejects.toThrow(message);
  });

  test.each([0, -1, 2.5, Number.NaN])('a batch size of %s', (batchSize) => {
    expect(() => attack(linearModel(pixel, weights), pgd10(0.1), { batchSize })).toThrow(InputError);
  });

  test('options given later are checked too', async () => {
    await expect(run({ images, labels: [0, 1] }, { epsilon: 8, stepSize: 1 })).rejects.toThrow(/epsilon/);
  });
});
