/** Attacks that lie about their images, evaluated. */
import { describe, expect, test } from 'vitest';
import { defineAttack, type LogitModel, optionsSchema } from '../attacks/index.ts';
import { linearModel } from '../attacks/testing/linear.ts';
import { evaluateGrid, evaluateModels } from './grid.ts';

const pixels = { channels: 1, height: 1, width: 2 };
const images = Float32Array.from({ length: 16 }, (_, i) => (i % 2 ? 0.45 : 0.55));
const labels = new Array<number>(8).fill(0);
/** The class of the larger pixel. */
const model = linearModel(pixels, [
  [2, 0],
  [0, 2],
]);

/** Its first iterate is what it likes. */
const lying = (name: string, image: readonly number[]) =>
  defineAttack({
    name,
    summary: '',
    asks: 'logits',
    forms: [{ form: name, summary: '' }],
    options: optionsSchema(name, ['linf'], {}),
    defaults: () => ({ norm: 'linf', steps: 0, restarts: 1 }),
    search: () => ({
      begin(_, x) {
        x.set(image);
        return { next: () => 'done' };
      },
    }),
  });

const attackTable = [
  lying('far', [0, 1]),
  lying('outside', [0.4, -0.5]),
  lying('beside', [0.4, 1.5]),
  lying('undefined', [Number.NaN, 0.6]),
  lying('sound', [0.45, 0.55]),
  lying('still', [0.55, 0.45]),
];

describe.each([3, 100])('in batches of %i', (batchSize) => {
  const evaluate = (attacks: readonly string[]) =>
    evaluateGrid({
      ...model,
      ...{ examples: { images, labels, indices: labels.map((_, at) => 20 + at) }, attacks, attackTable },
      ...{ epsilon: 0.125, batchSize },
    });

  test('what is sound breaks, and no check fails', async () => {
    const { cells, failedChecks } = await evaluate(['sound']);
    expect([...cells[0].robust.sound]).toEqual(new Array(8).fill(0));
    expect(failedChecks).toEqual([]);
  });

  test.each([
    ['far', 'beyond-epsilon'],
    ['beside', 'beyond-range'],
    ['undefined', 'image-not-finite'],
  ])('%s breaks nothing, and fails %s with attack and examples', async (name, rule) => {
    const { cells, failedChecks } = await evaluate([name]);
    expect([...cells[0].robust[name]]).toEqual(new Array(8).fill(1));
    const [of, ...others] = failedChecks.filter((each) => each.rule !== 'logits-not-finite');
    expect(of).toMatchObject({ rule, statistics: 'shared' });
    expect(of.message).toContain(`${name}: 8 of 8 images returned (20-24, ...)`);
    expect(others).toEqual([]);
  });

  test('images that break nothing are looked at too', async () => {
    const { cells, failedChecks } = await evaluate(['outside', 'still']);
    expect([...cells[0].robust.outside]).toEqual(new Array(8).fill(1));
    expect(failedChecks.map(({ rule }) => rule)).toEqual(['beyond-range']);
  });
});

test('what only one answer calls misclassified fails a check by its number', async () => {
  // An image that moved is of the other class the first time it is seen.
  const seen = new Set<string>();
  const fickle: LogitModel = {
    ...{ network: { name: 'fickle', classes: 2, images: pixels }, cell: model.cell },
    async logits(given) {
      const rows = Array.from({ length: given.length / 2 }, (_, at) => given.slice(2 * at, 2 * at + 2));
      return Float32Array.from(
        rows.flatMap((row) => {
          const isFirst = row[0] < 0.5 && !seen.has(row.join());
          seen.add(row.join());
          return isFirst ? [0, 2] : [2, 0];
        }),
      );
    },
  };
  const { cells, failedChecks } = await evaluateModels(fickle.network, [fickle], {
    examples: { images, labels, indices: labels.map((_, at) => 7 * at) },
    ...{ attacks: ['sound'], attackTable, epsilon: 0.125, batchSize: 1 },
  });
  expect(failedChecks.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
    expect.stringMatching(
      /^not-misclassified sound: 1 of 8 images returned \(0\) count as broken, and are classified right/,
    ),
  ]);
  expect([...cells[0].robust.sound]).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
});
