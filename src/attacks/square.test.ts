import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { attack } from './attack.ts';
import { type LogitModel, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { norms } from './norms.ts';
import { squareCandidates, squareShare } from './square.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

test('a square has 0.8 of the pixels first, and half of that after 10, 50, 200, ... of 10,000 queries', () => {
  const at = (query: number) => squareShare(query, 10_000);
  expect([0, 10, 11, 50, 51, 200, 201, 8001, 9999].map(at)).toEqual(
    [0, 0, 1, 1, 2, 2, 3, 9, 9].map((halvings) => 0.8 / 2 ** halvings),
  );
  // With fewer queries, in proportion.
  expect(squareShare(2, 100)).toBe(at(200));
});

describe.each(['linf', 'l2'] as const)('candidates in the %s ball', (norm) => {
  const shapes = [
    { channels: 3, height: 11, width: 13 },
    { channels: 1, height: 4, width: 4 },
    { channels: 2, height: 1, width: 2 },
  ];

  test.each(shapes)('stay inside it and in [0, 1]: %o', (shape) => {
    const epsilon = norm === 'linf' ? 0.1 : 0.7;
    const search = squareCandidates(shape, { norm, epsilon, steps: 50 });
    const size = shape.channels * shape.height * shape.width;
    // Pixels near both borders, so that clipping matters.
    const clean = Float32Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 100);
    const key = { seed: 1, example: 5, restart: 0 };
    let best = new Float32Array(size);
    search.start(key, clean, best);
    const seen = [best];
    for (let query = 1; query <= 50; query += 1) {
      const candidate = new Float32Array(size);
      search.propose(key, query, clean, best, candidate);
      seen.push(candidate);
      if (query % 3 > 0) best = candidate;
    }
    for (const candidate of seen) {
      expect(candidate.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(norms[norm].size(candidate.map((value, i) => value - clean[i]))).toBeLessThanOrEqual(
        epsilon + 1e-6,
      );
    }
    expect(new Set(seen.map((candidate) => candidate.join())).size).toBeGreaterThan(1);
  });

  test('use the whole radius where [0, 1] leaves room', () => {
    const shape = { channels: 3, height: 10, width: 10 };
    const search = squareCandidates(shape, { norm, epsilon: 0.05, steps: 20 });
    const clean = new Float32Array(300).fill(0.5);
    const best = new Float32Array(300);
    const key = { seed: 0, example: 0, restart: 0 };
    search.start(key, clean, best);
    const candidate = new Float32Array(300);
    search.propose(key, 1, clean, best, candidate);
    for (const image of [best, candidate])
      expect(norms[norm].size(image.map((value) => value - 0.5))).toBeCloseTo(0.05, 6);
  });
});

test('the first candidate of linf is striped: a column has one sign in a channel', () => {
  const shape = { channels: 2, height: 3, width: 8 };
  const clean = new Float32Array(48).fill(0.5);
  const out = new Float32Array(48);
  squareCandidates(shape, { norm: 'linf', epsilon: 0.25, steps: 1 }).start(
    { seed: 0, example: 0, restart: 0 },
    clean,
    out,
  );
  for (let channel = 0; channel < 2; channel += 1) {
    const rows = [0, 1, 2].map((y) => [...out.subarray((channel * 3 + y) * 8, (channel * 3 + y + 1) * 8)]);
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
    expect(new Set(rows[0])).toEqual(new Set([0.25, 0.75]));
  }
});

describe('on a linear classifier', () => {
  // Class 0 is right while the left half of the image is brighter than the right one; it is so by 8 * 0.05 = 0.4.
  const left = Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : -1));
  const model = linearModel({ channels: 1, height: 4, width: 4 }, [left, left.map((w) => -w)]);
  const images = Float32Array.from({ length: 32 }, (_, i) => (i % 4 < 2 ? 0.55 : 0.5));
  const run = (name: string, epsilon: number) =>
    attack(model, namedAttack(name, epsilon), { seed: 2 })({ images, labels: [0, 0] });

  test.each(['square-200', 'square-200-l2'])('%s finds what is there to be found', async (name) => {
    // In linf the sum can move by 16 epsilon, in l2 by 4 epsilon; twice what is needed.
    const { firstMisclassified, adversarial } = await run(name, name.endsWith('l2') ? 0.2 : 0.05);
    for (const [at, query] of [...firstMisclassified].entries()) {
      expect(query).toBeGreaterThanOrEqual(0);
      const image = adversarial.subarray(16 * at, 16 * at + 16);
      expect(image.reduce((sum, value, i) => sum + left[i] * value, 0)).toBeLessThanOrEqual(0);
    }
  });

  test.each(['square-200', 'square-200-l2'])('%s cannot pass a margin beyond its radius', async (name) => {
    const { firstMisclassified } = await run(name, name.endsWith('l2') ? 0.099 : 0.0249);
    expect([...firstMisclassified]).toEqual([-1, -1]);
  });
});

describe.each(['square-30', 'square-30-l2'])('%s', (name) => {
  const examples = tinyExamples(9);
  const options = namedAttack(name, name.endsWith('l2') ? 0.4 : 0.1);

  test('gives an example the same at any batch size and in any order', async () => {
    const whole = await attack(tinyModel(), options, { seed: 4 })(examples);
    expect(new Set(whole.firstMisclassified).size).toBeGreaterThan(1);
    const order = [7, 2, 0, 5];
    for (const batchSize of [1, 3, 100]) {
      const some = await attack(tinyModel(), options, { seed: 4, batchSize })(chosen(examples, order));
      expect([...some.firstMisclassified]).toEqual(order.map((at) => whole.firstMisclassified[at]));
      for (const [at, from] of order.entries())
        expect(some.adversarial.subarray(16 * at, 16 * at + 16)).toEqual(
          whole.adversarial.subarray(16 * from, 16 * from + 16),
        );
    }
  });

  test('is another with another seed', async () => {
    const [one, other] = await Promise.all(
      [4, 5].map((seed) => attack(tinyModel(), options, { seed })(examples)),
    );
    expect(one.adversarial).not.toEqual(other.adversarial);
  });

  test('leaves every variable as it was', async () => {
    const model = tinyModel();
    const before = model.network.variables.map((variable) => model.engine.read(variable));
    await attack(model, options)(examples);
    expect(model.network.variables.map((variable) => model.engine.read(variable))).toEqual(before);
  });

  test('may start again where it failed', async () => {
    const many = tinyExamples(60);
    const once = await attack(tinyModel(), { ...options, steps: 1 })(many);
    const often = await attack(tinyModel(), { ...options, steps: 1, restarts: 10 })(many);
    const broken = (firstMisclassified: Int32Array) =>
      firstMisclassified.filter((query) => query !== -1).length;
    expect(broken(often.firstMisclassified)).toBeGreaterThan(broken(once.firstMisclassified));
  });
});

describe('a model of which only logits can be had', () => {
  const examples = tinyExamples(6);
  const known = tinyModel();
  const blind: LogitModel = {
    network: { name: 'blind', classes: 3, images: known.network.images },
    cell: known.cell,
    logits: predictor(known, 4),
  };

  test.each(['square-10', 'noise', 'gaussian-noise'])(
    '%s does to it what it does to the network',
    async (name) => {
      const options = namedAttack(name, 0.1);
      const settings = { seed: 3, batchSize: 4, earlyStop: true };
      expect(await attack(blind, options, settings)(examples)).toEqual(
        await attack(known, options, settings)(examples),
      );
    },
  );

  test('an attack along gradients is refused', () => {
    expect(() => attack(blind, namedAttack('pgd-2', 0.1))).toThrow(InputError);
    expect(() => attack(blind, namedAttack('pgd-2', 0.1))).toThrow(/blind gives logits alone/);
  });

  test('steps that have no gradient hide nothing from it', async () => {
    // Brightness in eighths: flat almost everywhere, so that no gradient leads anywhere.
    const shape = { channels: 1, height: 2, width: 2 };
    const stairs: LogitModel = {
      network: { name: 'stairs', classes: 2, images: shape },
      cell: known.cell,
      logits: async (images) =>
        Float32Array.from({ length: images.length / 2 }, (_, i) => {
          const [a, b, c, d] = images.subarray(4 * Math.floor(i / 2));
          const bright = Math.round(8 * (a + b + c + d)) / 8 - 1.75;
          return i % 2 === 0 ? bright : -bright;
        }),
    };
    const found = await attack(
      stairs,
      namedAttack('square-50', 0.1),
    )({
      images: new Float32Array(4).fill(0.5),
      labels: [0],
    });
    expect(found.firstMisclassified[0]).toBeGreaterThanOrEqual(0);
  });
});
