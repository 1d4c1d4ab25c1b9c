import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { crossEntropy, testNetwork } from '../engines/testing/network.ts';
import { finiteDifferences } from '../engines/testing/numbers.ts';
import { count } from '../engines/testing/same-values.ts';
import {
  add,
  channelMean,
  channelVariance,
  concatenate,
  differentiate,
  exp,
  GraphError,
  input,
  makeStep,
  max,
  multiply,
  normalize,
  reachable,
  slice,
  stopGradient,
  sumAll,
  type Tensor,
  variable,
} from './index.ts';

const engine = createReferenceEngine();
const valuesOf = (tensors: readonly Tensor[], inputs: Record<string, number[]>) =>
  engine.evaluate(tensors, inputs).map((values) => [...values]);

describe('differentiate builds only what is asked', () => {
  const network = testNetwork();
  const images = input('images', [2, 3, 6, 6]);
  const labels = input('labels', [2, 5]);
  const loss = (mode: 'running' | 'batch') => crossEntropy(network.logits(images, mode), labels);
  const stepFor = (scalar: Tensor, wanted: readonly Tensor[]) =>
    makeStep('gradients', {
      outputs: Object.fromEntries(differentiate(scalar, wanted).map((each, at) => [`${at}`, each])),
    });
  const weightOf = (name: string) => {
    const found = network.variables.get(`${name}.weight`);
    if (!found) throw new Error(`no layer ${name}`);
    return variable(found);
  };

  test('for the images: no gradient of a weight, a gamma or a beta', () => {
    const step = stepFor(loss('running'), [images]);
    expect(count(step, 'convolutionInputGradient')).toBe(6);
    expect(count(step, 'convolutionWeightGradient')).toBe(0);
    expect(count(step, 'normalizeScaleGradient')).toBe(0);
    expect(count(step, 'sum', ({ inputs }) => inputs[0].shape.length === 4)).toBe(0);
  });

  test('for the weights: no gradient of the images', () => {
    const scalar = loss('batch');
    const layers = ['stem', 'block1.a', 'block1.b', 'block2.a', 'block2.b', 'block2.shortcut'];
    const step = stepFor(scalar, layers.map(weightOf));
    expect(count(step, 'convolutionWeightGradient')).toBe(6);
    // All but the stem's, whose images nobody asked about.
    expect(count(step, 'convolutionInputGradient')).toBe(5);
  });

  test('for a late weight: nothing of the layers before it', () => {
    const scalar = loss('batch');
    const step = stepFor(scalar, [weightOf('block2.b')]);
    expect(count(step, 'convolutionWeightGradient')).toBe(1);
    expect(count(step, 'convolutionInputGradient')).toBe(0);
  });

  test('with batch statistics the three paths to the images are one operation', () => {
    const step = stepFor(loss('batch'), [images]);
    expect(count(step, 'batchNormInputGradient')).toBe(6);
    expect(count(step, 'channelAffine')).toBe(0);
  });
});

describe('differentiate', () => {
  const x = input('x', [2]);
  const y = input('y', [2]);

  test('adds up over the paths of a diamond', () => {
    // z = x^2, L = sum z (z + x) = sum x^4 + x^3
    const z = multiply(x, x);
    const gradients = differentiate(sumAll(multiply(z, add(z, x))), [x]);
    expect(valuesOf(gradients, { x: [1, 2] })).toEqual([[4 + 3, 32 + 12]]);
  });

  test('gives zeros for what the result does not depend on', () => {
    const gradients = differentiate(sumAll(x), [y, x]);
    expect(valuesOf(gradients, { x: [1, 2] })).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(gradients[0].shape).toEqual([2]);
  });

  test('flows through nothing that stopGradient holds', () => {
    const [dx, dy] = differentiate(sumAll(multiply(x, stopGradient(multiply(x, y)))), [x, y]);
    // d/dx = the stopped factor alone.
    expect(valuesOf([dx, dy], { x: [3, 4], y: [5, 6] })).toEqual([
      [15, 24],
      [0, 0],
    ]);
    const operations = reachable([dy]).map(({ operation }) => operation);
    expect(operations).toEqual(['constant', 'broadcast']);
  });

  test('cuts at a tensor that is asked for itself', () => {
    const middle = multiply(x, y);
    const result = sumAll(multiply(middle, add(middle, x)));
    // L = m (m + x): dL/dm = 2 m + x; with m held, dL/dx = m.
    const [dm, dx] = differentiate(result, [middle, x]);
    expect(valuesOf([dm, dx], { x: [2, 3], y: [1, 1] })).toEqual([
      [2 * 2 + 2, 2 * 3 + 3],
      [2, 3],
    ]);
    const [alone] = differentiate(result, [middle]);
    expect(valuesOf([alone], { x: [2, 3], y: [1, 1] })).toEqual([[6, 9]]);
  });

  test('of a tensor by itself is one, and the same tensor may be asked twice', () => {
    const loss = sumAll(x);
    expect(valuesOf(differentiate(loss, [loss, loss]), { x: [1, 2] })).toEqual([[1], [1]]);
  });

  test('keeps the shape of a result of one element', () => {
    const one = input('one', [1, 1]);
    const [gradient] = differentiate(exp(one), [one]);
    expect(gradient.shape).toEqual([1, 1]);
    expect(valuesOf([gradient], { one: [0] })).toEqual([[1]]);
  });

  test('refuses a result that is no scalar, with its shape', () => {
    expect(() => differentiate(x, [x])).toThrow(GraphError);
    expect(() => differentiate(x, [x])).toThrow('differentiate([2]): only a scalar has a gradient');
  });

  test('takes long chains: no recursion', () => {
    let chain: Tensor = x;
    for (let i = 0; i < 10_000; i += 1) chain = add(chain, y);
    expect(valuesOf(differentiate(sumAll(chain), [x, y]), { x: [0, 0], y: [0, 0] })).toEqual([
      [1, 1],
      [10_000, 10_000],
    ]);
  });

  test('shares the gradient of a maximum evenly among equals', () => {
    const row = input('row', [1, 4]);
    const [gradient] = differentiate(sumAll(max(row, [1])), [row]);
    expect(valuesOf([gradient], { row: [2, 5, 5, 1] })).toEqual([[0, 0.5, 0.5, 0]]);
  });
});

describe('statistics', () => {
  const shape = [2, 2, 1, 3];
  const [gamma, beta] = [input('gamma', [2]), input('beta', [2])];
  const affine = { gamma, beta, epsilon: 1e-5 };
  const given = {
    gamma: [1.5, -0.5],
    beta: [0.25, 1],
    x: [0.1, -1.2, 0.4, 2, 0.7, -0.3, 1.1, 0.2, -0.6, 0.9, -1.4, 0.5],
    weights: [1, -2, 0.5, 3, -1, 0.2, 0.7, -0.4, 2, -3, 1.3, 0.6],
  };

  test('of two batches, merged, normalize and differentiate as those of the batches concatenated', () => {
    const x = input('x', shape);
    const weights = input('weights', shape);
    const loss = (y: Tensor) => sumAll(multiply(multiply(y, y), weights));

    const whole = normalize(x, { mean: channelMean(x), variance: channelVariance(x), ...affine });

    const parts = [slice(x, 0, 0, 1), slice(x, 0, 1, 2)];
    const half = (tensors: readonly Tensor[]) => multiply(add(tensors[0], tensors[1]), 0.5);
    const mean = half(parts.map(channelMean));
    const variance = half(
      parts.map((part) => {
        const shift = add(channelMean(part), multiply(mean, -1));
        return add(channelVariance(part), multiply(shift, shift));
      }),
    );
    const merged = concatenate(
      parts.map((part) => normalize(part, { mean, variance, ...affine })),
      0,
    );

    const wanted = [x, gamma, beta];
    const expected = valuesOf([whole, ...differentiate(loss(whole), wanted)], given);
    const actual = valuesOf([merged, ...differentiate(loss(merged), wanted)], given);
    actual.forEach((values, which) => {
      values.forEach((value, at) => {
        expect(value).toBeCloseTo(expected[which][at], 9);
      });
    });
  });

  test('that are asked for themselves get their gradient, own ones too', () => {
    const x = input('x', shape);
    const mean = channelMean(x);
    const y = normalize(x, { mean, variance: channelVariance(x), ...affine });
    const free = input('free', [2]);
    const replaced = normalize(x, { mean: free, variance: channelVariance(x), ...affine });
    const loss = (z: Tensor) => sumAll(multiply(z, input('weights', shape)));
    const [actual] = valuesOf(differentiate(loss(y), [mean]), given);
    const [own] = valuesOf([mean], given);
    const [expected] = valuesOf(differentiate(loss(replaced), [free]), { ...given, free: own });
    expect(actual).toEqual(expected);
    expect(actual.some((value) => value !== 0)).toBe(true);
  });
});

describe('tensors that are asked for beside what they are made of', () => {
  const shape = [2, 2, 1, 3];
  const x = input('x', shape);
  const w = input('w', shape);
  const [gamma, beta] = [input('gamma', [2]), input('beta', [2])];
  const given: Record<string, Float64Array> = {
    x: Float64Array.of(0.1, -1.2, 0.4, 2, 0.7, -0.3, 1.1, 0.2, -0.6, 0.9, -1.4, 0.5),
    w: Float64Array.of(1, -2, 0.5, 3, -1, 0.2, 0.7, -0.4, 2, -3, 1.3, 0.6),
    gamma: Float64Array.of(1.5, -0.5),
    beta: Float64Array.of(0.25, 1),
  };
  const affine = { gamma, beta, epsilon: 1e-2 };
  const weigh = (y: Tensor) => sumAll(multiply(multiply(y, add(y, 0.3)), w));
  const normalized = (mean: Tensor, variance: Tensor) => weigh(normalize(x, { mean, variance, ...affine }));

  interface Held {
    readonly what: string;
    /** What is asked for besides x and gamma. */
    readonly inner: readonly Tensor[];
    /** The scalar, of the inner tensors or of what stands for them. */
    readonly loss: (inner: readonly Tensor[]) => Tensor;
  }
  const mean = channelMean(x);
  const variance = channelVariance(x);
  const normal = normalize(x, { mean, variance, ...affine });
  const cases: readonly Held[] = [
    { what: 'the mean', inner: [mean], loss: ([m]) => normalized(m, variance) },
    { what: 'the variance', inner: [variance], loss: ([v]) => normalized(mean, v) },
    { what: 'both statistics', inner: [mean, variance], loss: ([m, v]) => normalized(m, v) },
    { what: 'nothing', inner: [], loss: () => normalized(mean, variance) },
    {
      what: 'a mean that others use too',
      inner: [mean],
      loss: ([m]) => add(normalized(m, variance), sumAll(multiply(exp(m), gamma))),
    },
    {
      what: 'one mean of two alike',
      inner: [mean],
      loss: ([m]) => add(normalized(m, variance), normalized(channelMean(x), channelVariance(x))),
    },
    { what: 'the normalized images', inner: [normal], loss: ([y]) => weigh(add(y, multiply(x, x))) },
    {
      what: 'statistics of normalized images',
      inner: [channelMean(normal)],
      loss: ([m]) => weigh(normalize(normal, { mean: m, variance: channelVariance(normal), ...affine })),
    },
    {
      what: 'a part of a sum',
      inner: [slice(x, 0, 0, 1)],
      loss: ([part]) => weigh(concatenate([part, slice(x, 0, 1, 2)], 0)),
    },
    { what: 'a maximum', inner: [max(x, [3])], loss: ([m]) => add(weigh(x), sumAll(multiply(m, m))) },
  ];

  test.each(cases)('hold $what fixed', ({ inner, loss }) => {
    const wanted = [x, gamma, ...inner];
    const free = inner.map((each, at) => input(`free ${at}`, each.shape));
    const values = engine.evaluate(inner, given);
    const names = ['x', 'gamma', ...free.map((_, at) => `free ${at}`)];
    const scalar = loss(free);
    const numeric = finiteDifferences(
      (at) => {
        const moved = Object.fromEntries(names.map((name, i) => [name, at[i]]));
        return engine.evaluate([scalar], { ...given, ...moved })[0][0];
      },
      [given.x, given.gamma, ...values],
    );
    const exact = engine.evaluate(differentiate(loss(inner), wanted), given);
    exact.forEach((gradient, which) => {
      gradient.forEach((value, at) => {
        expect(value, `${names[which]} ${at}`).toBeCloseTo(numeric[which][at], 6);
      });
    });
  });
});
