import { beforeAll, describe, expect, test } from 'vitest';
import { type AttackSuite, predictedClass, predictor } from '../attacks/index.ts';
import { linearModel } from '../attacks/testing/linear.ts';
import { uniforms } from '../random/index.ts';
import type { ExampleResult, PartialResults } from './attack-runs.ts';
import { type EvaluationOptions, evaluateGrid, type GridProgress } from './grid.ts';

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
const count = 40;
const images = new Float32Array(4 * count);
uniforms({ seed: 9, purpose: 'noise' }, images, 0.2, 0.8);

let labels: number[];
beforeAll(async () => {
  const logits = await predictor(model, count)(images);
  // Every tenth is wrong as it is.
  labels = Array.from({ length: count }, (_, at) => {
    const predicted = predictedClass(logits, 5, at);
    return at % 10 === 0 ? (predicted + 1) % 5 : predicted;
  });
});

const own: AttackSuite = {
  name: 'mine',
  summary: 'few queries, then gradients',
  norms: ['linf'],
  stages: () => [
    { stage: 'queries', options: { name: 'square', steps: 3 } },
    { stage: 'gradients', options: { name: 'apgd', steps: 5 } },
    { stage: 'targets', options: { name: 'apgd-t', steps: 5 } },
  ],
};
const few: AttackSuite = { ...own, name: 'few', stages: () => own.stages('linf').slice(1) };

const evaluate = (attacks: readonly string[], options: Partial<EvaluationOptions> = {}) =>
  evaluateGrid({
    ...model,
    ...{ examples: { images, labels }, attacks, epsilon: 0.07, seed: 3, suites: [own, few], ...options },
  });

/** Results in memory. */
function ledger(kept: readonly (readonly [string, number, ExampleResult])[] = []) {
  const added: [string, number, ExampleResult][] = [];
  const partialResults: PartialResults = {
    known: (_, run) =>
      new Map(kept.flatMap(([of, index, result]) => (of === run ? [[index, result] as const] : []))),
    add: (_, run, index, result) => void added.push([run, index, result]),
  };
  return { partialResults, added };
}

const runsOf = (added: readonly (readonly [string, number, ExampleResult])[]) => {
  const counts: Record<string, number> = {};
  for (const [run] of added) counts[run] = (counts[run] ?? 0) + 1;
  return counts;
};

test('robust under a suite is robust under all of its stages, each by itself', async () => {
  const [suite] = (await evaluate(['mine'])).cells;
  const singles: Uint8Array[] = [];
  for (const stage of own.stages('linf')) {
    const alone: AttackSuite = { ...own, name: 'alone', stages: () => [stage] };
    singles.push((await evaluate(['alone'], { suites: [alone] })).cells[0].robust.alone);
  }
  expect([...suite.robust.mine]).toEqual(
    [...suite.clean].map((right, at) => (right && singles.every((robust) => robust[at] === 1) ? 1 : 0)),
  );
  // And the first stage that breaks an example alone is the one that did it in the suite.
  expect([...suite.brokenBy.mine]).toEqual(
    [...suite.clean].map((right, at) => (right ? singles.findIndex((robust) => robust[at] === 0) + 1 : 0)),
  );
  expect(new Set(suite.brokenBy.mine)).toEqual(new Set([0, 1, 2, 3]));
  expect(suite.robust.mine.some((flag) => flag === 1)).toBe(true);
});

test('a stage sees only what those before it left standing', async () => {
  const { partialResults, added } = ledger();
  const [{ clean, brokenBy, attackRuns }] = (await evaluate(['mine'], { partialResults })).cells;
  const right = clean.filter((flag) => flag === 1).length;
  const [first, second] = [1, 2].map((stage) => brokenBy.mine.filter((by) => by === stage).length);
  expect(runsOf(added)).toEqual({
    'mine: queries': right,
    'mine: gradients': right - first,
    'mine: targets': right - first - second,
  });
  expect(attackRuns.map(({ attacked }) => attacked)).toEqual([right, right - first, right - first - second]);
});

test.each([[['mine', 'few']], [['few', 'mine']]])(
  '%o find what they find alone, and no example twice',
  async (attacks) => {
    const { partialResults, added } = ledger();
    const [both] = (await evaluate(attacks, { partialResults })).cells;
    for (const name of attacks) {
      const [alone] = (await evaluate([name])).cells;
      expect(both.robust[name]).toEqual(alone.robust[name]);
      expect(both.brokenBy[name]).toEqual(alone.brokenBy[name]);
    }
    const keys = added.map(([run, index]) => `${run} ${index}`);
    expect(new Set(keys).size).toBe(keys.length);
    // Three runs serve five stages.
    expect(Object.keys(runsOf(added))).toHaveLength(3);
  },
);

test('batches and what was found before change nothing', async () => {
  const whole = ledger();
  const expected = await evaluate(['mine'], { partialResults: whole.partialResults });
  const half = ledger(whole.added.filter((_, at) => at % 2 === 1));
  const again = await evaluate(['mine'], { partialResults: half.partialResults, batchSize: 3 });
  expect(again).toEqual(expected);
  expect(half.added).toHaveLength(Math.ceil(whole.added.length / 2));
});

test('progress counts what is attacked, says which stage is under way, and never falls', async () => {
  const reports: GridProgress[] = [];
  const { partialResults, added } = ledger();
  await evaluate(['mine', 'few'], { partialResults, onProgress: (progress) => reports.push(progress) });
  const done = reports.map((progress) => progress.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(reports.at(-1)).toMatchObject({ done: count + added.length, total: count + added.length });
  const stages = reports.map(({ attack, stage }) => [attack, stage].join(' '));
  expect([...new Set(stages)]).toEqual([
    ' ',
    'mine queries',
    'mine gradients',
    'mine targets',
    'few gradients',
    'few targets',
  ]);
});

describe('of a network with few classes', () => {
  const three = linearModel(pixels, weights.slice(0, 3));

  test('a suite drops what cannot be run, and a failed check says so', async () => {
    const logits = await predictor(three, count)(images);
    const right = Array.from({ length: count }, (_, at) => predictedClass(logits, 3, at));
    const { cells, failedChecks, request } = await evaluateGrid({
      ...three,
      ...{ examples: { images, labels: right }, attacks: ['mine', 'few'], epsilon: 0.07, suites: [own, few] },
    });
    expect(failedChecks.map(({ rule, message }) => [rule, message.split(',')[0]])).toEqual([
      ['stage-left-out', 'mine: targets was left out'],
      ['stage-left-out', 'few: targets was left out'],
    ]);
    expect(request.attacks.mine).toMatchObject({
      suite: 'mine',
      norm: 'linf',
      epsilon: 0.07,
      stages: { queries: { name: 'square', steps: 3 }, gradients: { name: 'apgd', loss: 'ce', eot: 1 } },
    });
    expect(cells[0].robust.few.some((flag) => flag === 0)).toBe(true);
  });

  test.each([
    ['aa', 0.1],
    ['aa-l2', 0.16],
    ['aa-l1', 0.3],
  ])(
    'of two classes %s breaks within %d what is nearer to the border, and nothing else',
    async (name, epsilon) => {
      const rows = weights.slice(0, 2);
      const two = linearModel(pixels, rows);
      const some = images.slice(0, 4 * 8);
      const logits = await predictor(two, 8)(some);
      const right = Array.from({ length: 8 }, (_, at) => predictedClass(logits, 2, at));
      const { cells, failedChecks } = await evaluateGrid({
        ...two,
        ...{ examples: { images: some, labels: right }, attacks: [name], epsilon },
      });
      // The distance to the border: the difference of logits by the dual norm of the difference of weights.
      const difference = rows[0].map((value, i) => value - rows[1][i]).map(Math.abs);
      const dual = {
        aa: difference.reduce((sum, each) => sum + each),
        'aa-l2': Math.hypot(...difference),
        'aa-l1': Math.max(...difference),
      }[name];
      const distances = right.map(
        (_, at) => Math.abs(logits[2 * at] - logits[2 * at + 1]) / (dual ?? Number.NaN),
      );
      expect([...cells[0].robust[name]]).toEqual(distances.map((distance) => (distance > epsilon ? 1 : 0)));
      expect(new Set(cells[0].robust[name]).size).toBe(2);
      expect(failedChecks.map(({ rule }) => rule)).toEqual(['stage-left-out']);
    },
  );
});
