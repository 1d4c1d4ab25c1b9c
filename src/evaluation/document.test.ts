import { beforeAll, describe, expect, test } from 'vitest';
import { type AttackSuite, predictedClass, predictor } from '../attacks/index.ts';
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

describe('what is true of all cells', () => {
  const outcomesOf = (at: number) => described.outcomes.grid[at];

  test('is right in every one of them, clean and under each attack', () => {
    const all = (flags: (at: number) => string) =>
      described.grid
        .map((_, at) => [...flags(at)])
        .reduce((a, b) => a.map((flag, i) => (b[i] === '1' ? flag : '0')));
    const share = (flags: readonly string[]) => flags.filter((flag) => flag === '1').length / flags.length;
    expect(described.worstCell?.clean).toBe(share(all((at) => outcomesOf(at).clean)));
    for (const name of ['pgd-4', 'fgsm', 'pgd-2']) {
      const worst = described.worstCell?.robust[name] ?? Number.NaN;
      expect(worst).toBe(share(all((at) => outcomesOf(at).robust[name])));
      for (const { robust } of described.grid) expect(worst).toBeLessThanOrEqual(robust[name]);
      const [low, high] = described.worstCell?.robustInterval[name] ?? [2, -1];
      expect(worst).toBeGreaterThanOrEqual(low);
      expect(worst).toBeLessThanOrEqual(high);
    }
  });

  test('is the last row of the table', () => {
    const { rows } = gridTable(described);
    expect(rows).toHaveLength(5);
    expect(rows[4].slice(0, 2)).toEqual(['all cells', '']);
  });

  test('is said of several cells only', () => {
    const [cell] = evaluation.cells;
    const one = describeEvaluation({ ...evaluation, cells: [cell] }, subject);
    expect(one).not.toHaveProperty('worstCell');
    expect(gridTable(one).rows).toHaveLength(1);
  });
});

describe('suites', () => {
  const suite: AttackSuite = {
    name: 'mine',
    summary: '',
    norms: ['linf'],
    stages: () => [
      { stage: 'noise', options: { name: 'noise' } },
      { stage: 'gradients', options: { name: 'pgd', steps: 8, stepSize: 0.05 } },
    ],
  };
  let found: GridEvaluation;
  let document: EvaluationDocument;
  beforeAll(async () => {
    const model = tinyModel();
    const { images, indices } = tinyExamples(12);
    const logits = await predictor(model, 12)(images);
    const labels = Array.from(indices, (_, at) => (at % 4 ? predictedClass(logits, 3, at) : 0));
    found = await evaluateGrid({
      ...model,
      ...{ examples: { images, indices, labels }, attacks: ['mine', 'fgsm'], suites: [suite], epsilon: 0.1 },
    });
    document = describeEvaluation(found, subject);
  });

  test('have what is left after each stage, and which stage broke an example', () => {
    expect(evaluationDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    document.grid.forEach(({ clean, robust, robustInterval, stages }, at) => {
      const { clean: flags, brokenBy } = document.outcomes.grid[at];
      const letters = [...(brokenBy?.mine ?? '')];
      const without = (characters: string) =>
        letters.filter((letter) => !characters.includes(letter)).length / letters.length;
      expect(stages?.mine.map((each) => each.stage)).toEqual(['noise', 'gradients']);
      expect(stages?.mine.map((each) => each.robust)).toEqual([without('-1'), without('-12')]);
      expect(stages?.mine[1]).toMatchObject({ robust: robust.mine, robustInterval: robustInterval.mine });
      expect(stages).not.toHaveProperty('fgsm');
      expect(clean).toBe(without('-'));
      expect(letters.map((letter) => (letter === '-' ? '0' : '1')).join('')).toBe(flags);
    });
    const every = document.outcomes.grid.map(({ brokenBy }) => brokenBy?.mine).join('');
    expect(every).toMatch(/-/);
    expect(every).toMatch(/\./);
    expect(every).toMatch(/2/);
  });

  test('an attack by itself breaks as its only stage', () => {
    document.outcomes.grid.forEach(({ clean, robust, brokenBy }) => {
      const expected = [...clean].map((flag, at) =>
        flag === '0' ? '-' : robust.fgsm[at] === '1' ? '.' : '1',
      );
      expect(brokenBy?.fgsm).toBe(expected.join(''));
    });
  });

  test('are asked for with all options of their stages', () => {
    expect(document.request.attacks.mine).toMatchObject({
      suite: 'mine',
      stages: { noise: { name: 'noise', steps: 0 }, gradients: { name: 'pgd', steps: 8, loss: 'ce' } },
    });
  });
});

test('a document of before there were suites is read', () => {
  const { worstCell: _, ...rest } = described;
  const grid = rest.outcomes.grid.map(({ brokenBy: __, ...row }) => row);
  const old = { ...rest, outcomes: { grid } };
  expect(evaluationDocumentSchema.parse(old)).toEqual(old);
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
