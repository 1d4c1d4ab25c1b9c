import { beforeAll, expect, test } from 'vitest';
import { predictedClass, predictor } from '../attacks/index.ts';
import { tinyExamples, tinyModel } from '../attacks/testing/tiny.ts';
import {
  describeEvaluation,
  type EvaluationDocument,
  evaluationDocumentSchema,
  gridTable,
} from './document.ts';
import { evaluateGrid, type GridEvaluation } from './grid.ts';
import { readFlags, readIndices } from './outcomes.ts';
import { partialResultsKey } from './subject.ts';
import { testSubject as subject } from './testing/subject.ts';

let evaluation: GridEvaluation;
let described: EvaluationDocument;
beforeAll(async () => {
  const model = tinyModel();
  const { images, indices } = tinyExamples(6);
  const logits = await predictor(model, 6)(images);
  const labels = Array.from(indices, (_, at) => predictedClass(logits, 3, at));
  const examples = { images, indices, labels };
  const attacks = ['pgd-4', 'fgsm', 'pgd-2'];
  evaluation = await evaluateGrid({
    ...model,
    examples,
    attacks,
    epsilon: 8 / 255,
    epsilonText: '8/255',
    seed: 1,
  });
  described = describeEvaluation(evaluation, subject);
});

test('keeps its contract through JSON', () => {
  const read = evaluationDocumentSchema.parse(JSON.parse(JSON.stringify(described)));
  expect(read).toEqual(described);
  expect(read).toMatchObject({ document: 'evaluation', version: 2, subject });
  expect(read.created).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  const { attacks, cells, ...request } = read.request;
  expect(request).toEqual({
    norm: 'linf',
    epsilon: { text: '8/255', value: 8 / 255 },
    seed: 1,
    examples: { count: 6, indices: '100,103,106,109,112,115' },
  });
  expect(cells).toEqual(evaluation.cells.map(({ cell }) => cell));
  expect(Object.keys(attacks)).toEqual(['pgd-4', 'fgsm', 'pgd-2']);
  expect(attacks['pgd-2']).toEqual({
    name: 'pgd',
    norm: 'linf',
    epsilon: 8 / 255,
    steps: 2,
    restarts: 1,
    stepSize: 2 / 255,
    start: { kind: 'uniform' },
    loss: 'ce',
  });
});

test('may carry a digest', () => {
  const sealed = { ...described, digest: 'abc' };
  expect(evaluationDocumentSchema.parse(sealed)).toEqual(sealed);
});

test('the key of partial results is of all that decides a result, and of nothing else', () => {
  const { request } = described;
  const key = partialResultsKey(subject, request);
  const reordered = Object.fromEntries(Object.entries(request).reverse()) as typeof request;
  expect(partialResultsKey({ ...subject, run: 'moved' }, reordered)).toBe(key);
  const { checkpoint, engine, dataset } = subject;
  const others = [
    partialResultsKey({ ...subject, checkpoint: { ...checkpoint, step: 801 } }, request),
    partialResultsKey({ ...subject, checkpoint: { ...checkpoint, digest: 'e4'.repeat(32) } }, request),
    partialResultsKey({ ...subject, engine: { ...engine, version: '2' } }, request),
    partialResultsKey({ ...subject, engine: { ...engine, settings: { convolution: 'direct' } } }, request),
    partialResultsKey({ ...subject, dataset: { ...dataset, checksum: 'other' } }, request),
    partialResultsKey(subject, { ...request, seed: 2 }),
    partialResultsKey(subject, { ...request, epsilon: { text: '8/255', value: 0.0313 } }),
    partialResultsKey(subject, {
      ...request,
      attacks: { ...request.attacks, 'pgd-2': { ...request.attacks['pgd-2'], stepSize: 0.1 } },
    }),
  ];
  expect(new Set([key, ...others]).size).toBe(others.length + 1);
});

test('accuracies are fractions inside their intervals, and each example can be found again', () => {
  const { grid, outcomes, request } = described;
  expect(readIndices(request.examples.indices)).toEqual([100, 103, 106, 109, 112, 115]);
  expect(grid.map(({ statistics, affine }) => `${statistics} ${affine}`)).toEqual([
    'clean clean',
    'clean adv',
    'adv clean',
    'adv adv',
  ]);
  expect(grid[3].clean).toBe(1);
  grid.forEach((row, at) => {
    expect(row.clean).toBe(evaluation.cells[at].clean.filter((flag) => flag === 1).length / 6);
    expect(readFlags(outcomes.grid[at].clean)).toEqual(evaluation.cells[at].clean);
    for (const [name, share] of Object.entries(row.robust)) {
      const [low, high] = row.robustInterval[name];
      expect(share).toBeGreaterThanOrEqual(low);
      expect(share).toBeLessThanOrEqual(high);
      expect(readFlags(outcomes.grid[at].robust[name])).toEqual(evaluation.cells[at].robust[name]);
    }
  });
});

test('failed checks are told with their cell', () => {
  const failedCheck = { rule: 'at-chance', statistics: 'clean', affine: 'adv', message: 'so it is' } as const;
  expect(describeEvaluation({ ...evaluation, failedChecks: [failedCheck] }, subject).failedChecks).toEqual([
    failedCheck,
  ]);
});

test('a document that breaks its contract is refused', () => {
  const [first, ...rest] = described.grid;
  expect(
    evaluationDocumentSchema.safeParse({ ...described, grid: [{ ...first, clean: 91 }, ...rest] }).success,
  ).toBe(false);
});

test('the table has a row a cell and a column an attack, in percent with intervals', () => {
  const grid = [
    {
      statistics: 'clean',
      affine: 'adv',
      clean: 0.8125,
      cleanInterval: [0.7, 0.9],
      robust: { 'pgd-10': 0.5, 'pgd-20': 0.049 },
      robustInterval: { 'pgd-10': [0.4, 0.6], 'pgd-20': [0.0204, 0.1] },
    },
  ] as EvaluationDocument['grid'];
  const attack = described.request.attacks['pgd-2'];
  const request = { ...described.request, attacks: { 'pgd-10': attack, 'pgd-20': attack } };
  const { columns, rows } = gridTable({ grid, request });
  expect(columns.map(({ title }) => title)).toEqual(['NS', 'AP', 'clean %', 'pgd-10 %', 'pgd-20 %']);
  expect(rows).toEqual([['clean', 'adv', '81.3 [70.0, 90.0]', '50.0 [40.0, 60.0]', '4.9 [2.0, 10.0]']]);
});

test('a cell says its adapter and head where the network has several', () => {
  const cells = evaluation.cells.map((each) => ({
    ...each,
    cell: { statistics: 'shared', affine: 'shared', head: each.cell.affine },
  }));
  const { grid, outcomes, request } = describeEvaluation({ ...evaluation, cells }, subject);
  expect(grid[1]).toMatchObject({ statistics: 'shared', affine: 'shared', head: 'adv' });
  expect(grid[1]).not.toHaveProperty('adapter');
  expect(outcomes.grid[1].head).toBe('adv');
  const { columns, rows } = gridTable({ grid, request });
  expect(columns.slice(0, 4).map(({ title }) => title)).toEqual(['NS', 'AP', 'head', 'clean %']);
  expect(rows[1].slice(0, 3)).toEqual(['shared', 'shared', 'adv']);
  expect(described.grid[1]).not.toHaveProperty('head');
});
