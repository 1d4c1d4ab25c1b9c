import { beforeAll, describe, expect, test } from 'vitest';
import { type LogitModel, predictedClass, predictor } from '../attacks/index.ts';
import { tinyExamples, tinyModel } from '../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { evaluateGrid, evaluateModels, type GridOptions } from './grid.ts';
import { kindOf } from './probes.ts';

const rows = (...values: number[][]) => Float32Array.from(values.flat());

describe('what outputs are', () => {
  const logits = [
    [1.5, -2, 0],
    [0.2, 0.3, 0.1],
  ];
  const shares = logits.map((row) => {
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    return row.map((value) => Math.exp(value) / total);
  });

  test('is told by all rows', () => {
    expect(kindOf(rows(...logits), 3)).toBe('logits');
    expect(kindOf(rows(...shares), 3)).toBe('probabilities');
    expect(kindOf(rows(...shares.map((row) => row.map(Math.log))), 3)).toBe('log-probabilities');
    expect(kindOf(rows(shares[0], logits[1]), 3)).toBe('logits');
    expect(kindOf(rows(shares[0].map(Math.log), logits[0]), 3)).toBe('logits');
  });

  test('with certainty: 1 and 0, or their logarithms', () => {
    expect(kindOf(rows([1, 0, 0]), 3)).toBe('probabilities');
    expect(kindOf(rows([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]), 3)).toBe(
      'log-probabilities',
    );
  });

  test('is logits where a sum of 1 comes of a negative share, or a row is no number', () => {
    expect(kindOf(rows([1.2, -0.1, -0.1]), 3)).toBe('logits');
    expect(kindOf(rows([Number.NaN, 0, 1]), 3)).toBe('logits');
  });
});

const engine = createReferenceEngine();
const { network, cell } = tinyModel(undefined, engine);
const drawn = tinyExamples(12);
let examples: Required<GridOptions['examples']>;
beforeAll(async () => {
  const logits = await predictor({ engine, network, cell }, 12)(drawn.images);
  examples = { ...drawn, labels: Array.from(drawn.labels, (_, at) => predictedClass(logits, 3, at)) };
});
const probesOf = async (options: Partial<GridOptions> = {}) => {
  const given = { engine, network, examples, attacks: ['pgd-2'], epsilon: 0.02, cells: [cell] };
  const { probes, failedChecks, cells } = await evaluateGrid({ ...given, ...options });
  return { ...probes[0], failed: failedChecks.map(({ rule }) => rule), robust: cells[0].robust };
};

describe('the probes of a cell', () => {
  test('are of a few examples, and noise on what is left', async () => {
    const { output, attacks, robust } = await probesOf({ epsilon: 0.2 });
    expect(output).toEqual({ examples: 2, right: [2, 2, 2, 2, 2], difference: 0, kind: 'logits' });
    expect(attacks.map(({ kind, epsilon, examples: of }) => [kind, epsilon, of])).toEqual([
      ['any-image', 1, 2],
      ['double-epsilon', 0.4, 2],
      ['noise', 0.2, robust['pgd-2'].filter((flag) => flag === 1).length],
    ]);
    expect(attacks[0].left).toBe(0);
  });

  test('have half of epsilon too where double of it leaves more than one image', async () => {
    const { attacks, failed } = await probesOf({ epsilon: 0.001 });
    expect(attacks.map(({ kind, epsilon, left }) => [kind, epsilon, left])).toEqual([
      ['any-image', 1, 0],
      ['double-epsilon', 0.002, 2],
      ['half-epsilon', 0.0005, 2],
      ['noise', 0.001, expect.any(Number)],
    ]);
    expect(failed).toEqual([]);
  });

  test('do not depend on the batch', async () => {
    const { output, attacks } = await probesOf({ batchSize: 100 });
    expect(await probesOf({ batchSize: 1 })).toMatchObject({ output, attacks });
  });

  test('in L2 allow any image at the diagonal, and past 1 nothing is cut in it but in L-infinity', async () => {
    const l2 = await probesOf({ attacks: ['pgd-2-l2'], epsilon: 0.7 });
    expect(l2.attacks.map(({ epsilon }) => epsilon).slice(0, 2)).toEqual([4, 1.4]);
    const linf = await probesOf({ epsilon: 0.7 });
    expect(linf.attacks.map(({ epsilon }) => epsilon).slice(0, 2)).toEqual([1, 1]);
  });

  test.each<readonly [string, Partial<GridOptions>]>([
    ['attacks by logits alone', { attacks: ['square-4', 'noise'] }],
    ['a single step', { attacks: ['fgsm'] }],
    ['no attack', { attacks: [] }],
    ['no bound', { epsilon: 0 }],
  ])('are of the output alone with %s', async (_, options) => {
    const { output, attacks } = await probesOf(options);
    expect(attacks).toEqual([]);
    expect(output.examples).toBe(2);
  });

  test('are of suites too', async () => {
    const suites = [
      {
        ...{ name: 'mine', summary: 'of a test', norms: ['linf'] as const },
        stages: () => [
          { stage: 'square', options: { name: 'square', steps: 2 } },
          { stage: 'pgd', options: { name: 'pgd', steps: 2 } },
        ],
      },
    ];
    const { attacks } = await probesOf({ attacks: ['mine'], suites });
    expect(attacks.map(({ kind }) => kind)).toContain('any-image');
  });
});

const pixels = { channels: 1, height: 1, width: 2 };
const images = Float32Array.from({ length: 16 }, (_, i) => (i % 2 ? 0.2 : 0.8));
const labels = new Array<number>(8).fill(0);
const alone = (logits: LogitModel['logits']) => {
  const model: LogitModel = {
    network: { name: 'from elsewhere', classes: 2, images: pixels },
    cell: { statistics: 'shared', affine: 'shared' },
    logits,
  };
  return evaluateModels(model.network, [model], { examples: { images, labels }, attacks: [], epsilon: 0.1 });
};

test('a model that answers at random is told, though it writes into the same memory', async () => {
  let pass = 0;
  const answer = new Float32Array(16);
  const random = await alone(async (given) => {
    pass += 1;
    for (let i = 0; i < given.length; i += 1) answer[i] = i % 2 ? 0.001 * pass : 1;
    return answer.subarray(0, given.length);
  });
  expect(random.probes[0].output.difference).toBeGreaterThan(1e-3);
  expect(random.failedChecks.map(({ rule }) => rule)).toEqual(['random-answers']);
  const still = await alone(async (given) => given.map((value) => 2 * value));
  expect(still.probes[0].output).toMatchObject({ difference: 0, right: [2, 2, 2, 2, 2] });
  expect(still.failedChecks).toEqual([]);
});
