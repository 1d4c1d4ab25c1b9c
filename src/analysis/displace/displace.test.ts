import { beforeAll, describe, expect, test } from 'vitest';
import { namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { type Displacement, displace } from './displace.ts';

const options = { attacks: ['pgd-2'], epsilon: 8 / 255, seed: 5 };
const estimation = {
  training: tinyExamples(10),
  batchSize: 5,
  attack: namedAttack('pgd-1', options.epsilon),
};
const flagsOf = ({ cells: [{ clean, robust }] }: Pick<GridEvaluation, 'cells'>) => ({ clean, robust });

let subject: Subject;
let found: Displacement;
const done: number[] = [];
beforeAll(async () => {
  subject = await tinySubject();
  found = await displace({
    ...subject,
    ...options,
    ...{ estimation, multiples: [1, 1000], draws: 2 },
    onProgress: (progress) => done.push(progress.done / progress.total),
  });
});

test('nothing moves, and progress rises to the end', async () => {
  const { values } = await tinySubject();
  expect(subject.values()).toEqual(values());
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(1);
});

test('the base is the cell itself, and the other branch is reached at once its way', async () => {
  const { clean, robust } = evaluationCells;
  const swapped = { statistics: clean.statistics, affine: robust.affine };
  const { cells } = await evaluateGrid({ ...subject, ...options, cells: [robust, swapped] });
  expect(flagsOf(found.base)).toEqual(flagsOf({ cells: [cells[0]] }));
  const branch = found.directions.find(({ direction }) => direction === 'branch');
  expect(branch?.towards).toBe('clean');
  const once = branch?.points.find(({ multiple }) => multiple === 1);
  expect(once && flagsOf(once.evaluation)).toEqual(flagsOf({ cells: [cells[1]] }));
});

test('random directions go as far as the gap, once for each draw', () => {
  const [random, adversarial] = found.directions;
  expect([random.direction, adversarial.direction]).toEqual(['random', 'adversarial']);
  expect(random.size).toEqual(adversarial.size);
  expect(random.size.mu).toBeGreaterThan(0);
  expect(random.points.slice(0, 2).map(({ multiple, draw }) => [multiple, draw])).toEqual([
    [1, 0],
    [1, 1],
  ]);
  expect(adversarial.points[0].draw).toBe(0);
});

describe('multiples', () => {
  test('are gone through until both accuracies have moved by a point', async () => {
    const { directions } = await displace({
      ...subject,
      ...options,
      ...{ estimation, multiples: [1e-9, 30, 60, 1000, 3000], draws: 1 },
    });
    for (const { points, multipleAtOnePoint } of directions) {
      const { clean, robust } = multipleAtOnePoint;
      const last = points.at(-1)?.multiple ?? 0;
      if (clean === null || robust === null) expect(last).toBe(3000);
      else expect(Math.max(clean, robust)).toBeLessThanOrEqual(last);
    }
    expect(directions.some(({ points }) => points.length < 5)).toBe(true);
  });

  test('that are too small move nothing, which is said', async () => {
    const [random] = (
      await displace({ ...subject, ...options, ...{ estimation, multiples: [1e-9], draws: 1 } })
    ).directions;
    expect(random.multipleAtOnePoint).toEqual({ clean: null, robust: null });
  });
});
