import { beforeAll, describe, expect, test } from 'vitest';
import {
  attack,
  attackTable,
  type LogitModel,
  namedAttack,
  predictedClass,
  predictor,
} from '../attacks/index.ts';
import { linearModel } from '../attacks/testing/linear.ts';
import { momentumAttack } from '../attacks/testing/momentum.ts';
import { chosen, tinyExamples, tinyModel } from '../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { type Cell, cellLabel, gridOf } from '../nn/index.ts';
import type { ExampleResult } from './attack-runs.ts';
import { evaluateGrid, evaluateModels, type GridOptions, type GridProgress } from './grid.ts';

const engine = createReferenceEngine();
const { network, cell } = tinyModel(undefined, engine);
const drawn = tinyExamples(9);
const adversarialCell: Cell = cell;

/** Two thirds of the labels as the adv cell sees them, so that most images are right there and some are not. */
let examples: Required<GridOptions['examples']>;
beforeAll(async () => {
  const logits = await predictor({ engine, network, cell }, 9)(drawn.images);
  const labels = Array.from(drawn.labels, (label, at) => (at % 3 ? predictedClass(logits, 3, at) : label));
  examples = { ...drawn, labels };
});

const evaluate = (options: Partial<GridOptions> = {}) =>
  evaluateGrid({ engine, network, examples, attacks: ['pgd-2', 'pgd-4'], epsilon: 0.1, seed: 5, ...options });

describe('the grid', () => {
  test('has every cell of NS x AP, each with its own results', async () => {
    const { cells, indices } = await evaluate();
    expect(cells.map((found) => found.cell)).toEqual(gridOf(network));
    expect(indices).toEqual(Array.from(examples.indices));
    expect(new Set(cells.map(({ clean, robust }) => `${clean} ${robust['pgd-4']}`)).size).toBeGreaterThan(1);
  });

  test('agrees with predictor and attack in each cell', async () => {
    const { cells } = await evaluate();
    for (const found of cells) {
      const model = { engine, network, cell: found.cell };
      const logits = await predictor(model, 4)(examples.images);
      const { firstMisclassified } = await attack(model, namedAttack('pgd-4', 0.1), { seed: 5 })(examples);
      firstMisclassified.forEach((step, at) => {
        const right = predictedClass(logits, 3, at) === examples.labels[at];
        expect(found.clean[at]).toBe(right ? 1 : 0);
        expect(found.robust['pgd-4'][at]).toBe(right && step === -1 ? 1 : 0);
        expect(found.robust['pgd-2'][at]).toBe(right && (step === -1 || step > 2) ? 1 : 0);
      });
    }
  });

  test('only examples that are right as they are can be robust, and longer paths break more', async () => {
    const { cells } = await evaluate({ attacks: ['noise', 'fgsm', 'pgd-1', 'pgd-4'] });
    for (const { clean, robust } of cells)
      clean.forEach((right, at) => {
        for (const flags of Object.values(robust)) expect(flags[at]).toBeLessThanOrEqual(right);
        expect(robust['pgd-4'][at]).toBeLessThanOrEqual(robust['pgd-1'][at]);
      });
  });

  test('some cells may be asked for alone', async () => {
    const whole = await evaluate();
    const { cells } = await evaluate({ cells: [adversarialCell] });
    expect(cells).toEqual([whole.cells[3]]);
  });
});

test('results are the same where more examples are in a program than in a batch, and many break at once', async () => {
  const whole = await evaluate({ epsilon: 0.5 });
  const wide = { ...createReferenceEngine(), constantWidth: 9 };
  const other = tinyModel(undefined, wide).network;
  for (const batchSize of [1, 2, 4]) {
    const found = await evaluate({ engine: wide, network: other, epsilon: 0.5, batchSize });
    expect(found.cells.map(({ robust }) => robust)).toEqual(whole.cells.map(({ robust }) => robust));
  }
  expect(whole.cells.some(({ robust }) => [...robust['pgd-4']].filter((flag) => flag === 0).length > 4)).toBe(
    true,
  );
});

/** Results in memory: what is known by cell, run and index, and what was added. */
function ledgerOf(
  kept: readonly (readonly [cell: string, path: string, index: number, result: ExampleResult])[] = [],
) {
  const added: [string, string, number, ExampleResult][] = [];
  const known = (cell: Cell, path: string) =>
    new Map(
      kept.flatMap(([of, by, index, result]) =>
        of === cellLabel(cell) && by === path ? [[index, result] as const] : [],
      ),
    );
  const add = (cell: Cell, path: string, index: number, result: ExampleResult) => {
    added.push([cellLabel(cell), path, index, result]);
  };
  return { known, add, added };
}

describe('partial results', () => {
  test('hear of every example that is attacked, once a run', async () => {
    const partialResults = ledgerOf();
    const { cells } = await evaluate({ attacks: ['pgd-2', 'pgd-4', 'noise'], partialResults });
    const expected = cells.flatMap(({ cell: of, clean }) =>
      ['pgd-4', 'noise'].flatMap((path) =>
        [...clean.keys()]
          .filter((at) => clean[at])
          .map((at) => `${cellLabel(of)} ${path} ${examples.indices[at]}`),
      ),
    );
    expect(partialResults.added.map(([of, path, index]) => `${of} ${path} ${index}`).sort()).toEqual(
      expected.sort(),
    );
  });

  test('let an evaluation that was cut go on to the same result, with what is missing', async () => {
    const complete = ledgerOf();
    const whole = await evaluate({ partialResults: complete });
    const half = complete.added.filter((_, at) => at % 2 === 0);
    const partialResults = ledgerOf(half);
    const reports: GridProgress[] = [];
    const again = await evaluate({
      partialResults,
      batchSize: 2,
      onProgress: (progress) => reports.push(progress),
    });
    expect(again).toEqual(whole);
    expect(partialResults.added).toHaveLength(complete.added.length - half.length);
    expect(partialResults.added.length).toBeGreaterThan(0);
    expect(reports.at(-1)?.done).toBe(reports.at(-1)?.total);
  });
});

test('attacks from outside are evaluated as those that are built in', async () => {
  const { cells, attackRuns, request } = await evaluate({
    attacks: ['mifgsm-2', 'pgd-2', 'mifgsm-4'],
    attackTable: [...attackTable, momentumAttack],
  });
  expect(attackRuns.map(({ reported }) => reported.map(({ name }) => name))).toEqual([
    ['mifgsm-2', 'mifgsm-4'],
    ['pgd-2'],
  ]);
  expect(request.attacks['mifgsm-2']).toMatchObject({ name: 'mifgsm', steps: 2, stepSize: 0.025, decay: 1 });
  for (const { cell, clean, robust } of cells) {
    const run = attack(
      { engine, network, cell },
      { name: 'mifgsm', epsilon: 0.1, steps: 4 },
      { seed: 5, attackTable: [momentumAttack] },
    );
    const { firstMisclassified } = await run(examples);
    expect([...robust['mifgsm-4']]).toEqual(
      [...clean].map((right, at) => (right && firstMisclassified[at] === -1 ? 1 : 0)),
    );
  }
});

describe('what an evaluation finds depends on nothing else', () => {
  test('a path shared with a longer attack gives what the attack alone would', async () => {
    const [shared, alone] = [await evaluate(), await evaluate({ attacks: ['pgd-2'] })];
    shared.cells.forEach(({ robust }, at) => {
      expect(robust['pgd-2']).toEqual(alone.cells[at].robust['pgd-2']);
    });
  });

  test.each([1, 3, 5])('batches of %s give the same results for every example', async (batchSize) => {
    expect((await evaluate({ batchSize })).cells).toEqual((await evaluate({ batchSize: 100 })).cells);
  });

  test('another order gives the same results in that order', async () => {
    const order = [8, 2, 5, 0, 7, 1, 3, 6, 4];
    const shuffled = await evaluate({ examples: chosen(examples, order) });
    const { cells } = await evaluate();
    shuffled.cells.forEach(({ clean, robust }, at) => {
      expect([...clean]).toEqual(order.map((example) => cells[at].clean[example]));
      expect([...robust['pgd-4']]).toEqual(order.map((example) => cells[at].robust['pgd-4'][example]));
    });
  });

  test('no variable moves: all are bit-identical before and after', async () => {
    const values = () => network.variables.map((variable) => engine.readExact(variable));
    const before = values();
    await evaluate({ attacks: ['fgsm', 'pgd-3', 'margin-3', 'noise'] });
    expect(values()).toEqual(before);
  });
});

describe('failed checks of a grid', () => {
  const pixels = { channels: 1, height: 1, width: 2 };
  const images = Float32Array.from({ length: 16 }, (_, i) => (i % 2 ? 0.2 : 0.8));
  const alone = (weights: readonly (readonly number[])[], attacks: readonly string[] = ['pgd-4']) => {
    const model = linearModel(pixels, weights);
    const labels = new Array<number>(8).fill(0);
    return evaluateGrid({ ...model, examples: { images, labels }, attacks, epsilon: 0.05 });
  };

  test('none on a sound network', async () => {
    const { failedChecks, cells } = await alone([
      [2, 0],
      [0, 2],
    ]);
    expect([...cells[0].robust['pgd-4']]).toEqual(new Array(8).fill(1));
    expect(failedChecks).toEqual([]);
  });

  test('NaN weights are told, and so is that nothing is left of the accuracy', async () => {
    const { failedChecks } = await alone([
      [Number.NaN, 0],
      [0, 1],
    ]);
    expect(failedChecks.map(({ rule }) => rule)).toEqual(['clean-not-finite', 'at-chance']);
  });

  test('logits that become infinite on the way are misclassified, and told', async () => {
    const model: LogitModel = {
      network: { name: 'brittle', classes: 2, images: pixels },
      cell: { statistics: 'shared', affine: 'shared' },
      logits: async (given) =>
        Float32Array.from(given, (value, i) =>
          i % 2 === 1 ? 0 : value === Math.fround(0.8) ? 2 : Number.POSITIVE_INFINITY,
        ),
    };
    const examples = { images, labels: new Array<number>(8).fill(0) };
    const { cells, failedChecks } = await evaluateModels(model.network, [model], {
      examples,
      attacks: ['noise', 'square-5'],
      epsilon: 0.05,
    });
    expect([...cells[0].clean]).toEqual(new Array(8).fill(1));
    expect([...cells[0].robust.noise, ...cells[0].robust['square-5']]).toEqual(new Array(16).fill(0));
    expect(cells[0].attackRuns.map(({ notFinite }) => notFinite.logits)).toEqual([8, 8]);
    expect(failedChecks.map(({ rule, message }) => `${rule} ${message.slice(0, 17)}`)).toEqual([
      'logits-not-finite noise: 8 of 8 exa',
      'logits-not-finite square-5: 8 of 8 ',
    ]);
  });

  test('a network that hides its gradient is found out', async () => {
    // Logits 5000 apart: the cross-entropy and its gradient are 0, in any precision.
    const hiding = [
      [8000, 0],
      [0, 8000],
    ];
    const { failedChecks, cells } = await alone(hiding, ['pgd-4', 'margin-4']);
    expect(failedChecks.map(({ rule, message }) => `${rule} ${message.slice(0, 5)}`)).toEqual([
      'zero-gradients pgd-4',
      'any-image-left pgd-1',
    ]);
    expect(cells[0].attackRuns.map(({ zeroGradients }) => zeroGradients)).toEqual([8, 0]);
  });
});

describe('running', () => {
  test('progress never falls, and ends at the total', async () => {
    const reports: GridProgress[] = [];
    const { cells } = await evaluate({
      onProgress: (progress) => reports.push(progress),
      batchSize: 4,
    });
    const falling = (values: readonly number[]) => values.toSorted((a, b) => b - a);
    const amounts = [reports, reports.map(({ work }) => work)];
    for (const each of amounts) {
      expect(each.map(({ done }) => done)).toEqual(falling(each.map(({ done }) => done)).reverse());
      expect(each.map(({ total }) => total)).toEqual(falling(each.map(({ total }) => total)));
    }
    // Four cells of nine images as they are, and along one path those that are right.
    const right = cells.reduce((sum, { clean }) => sum + clean.filter((flag) => flag === 1).length, 0);
    expect(reports[0]).toMatchObject({ done: 4, total: 72 });
    const done = 36 + right;
    const work = { done: 36 + 15 * right, total: 36 + 15 * right };
    expect(reports.at(-1)).toMatchObject({
      ...{ done, total: done, work },
      cell: { statistics: 'adv', affine: 'adv' },
    });
  });

  test.each([1, 5, 20])('an abort after report %s ends it with the reason', async (at) => {
    const controller = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports += 1;
      if (reports === at) controller.abort(new Error('enough'));
    };
    await expect(evaluate({ onProgress, signal: controller.signal, batchSize: 2 })).rejects.toThrow('enough');
  });

  test('clean accuracy alone is an evaluation too', async () => {
    const { cells, norm } = await evaluate({ attacks: [] });
    expect(cells.map(({ robust }) => robust)).toEqual([{}, {}, {}, {}]);
    expect(norm).toBe('linf');
  });
});

test.each<readonly [string, Partial<GridOptions>, RegExp]>([
  ['no examples', { examples: { images: new Float32Array(), labels: [] } }, /no examples/],
  ['images of another size', { examples: { images: new Float32Array(9), labels: [0] } }, /1x4x4.*16 values/],
  ['an unknown attack', { attacks: ['pgd-10', 'auto'] }, /no attack 'auto'/],
  ['attacks of two norms', { attacks: ['pgd-10', 'pgd-10-l2'] }, /one norm/],
  ['an epsilon past 1', { epsilon: 8 }, /epsilon.*from 0 to 1/],
  ['a batch size of 0', { batchSize: 0 }, /batch size 0/],
])('%s is refused with its cause', async (_, options, message) => {
  await expect(evaluate(options)).rejects.toThrow(InputError);
  await expect(evaluate(options)).rejects.toThrow(message);
});
