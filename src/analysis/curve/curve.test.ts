import { beforeAll, expect, test } from 'vitest';
import { evaluateGrid } from '../../evaluation/index.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { curve } from './curve.ts';

let subject: Subject;
beforeAll(async () => {
  subject = await tinySubject();
});
const options = { attacks: ['pgd-2'], seed: 5 };

test('is an evaluation of the evaluation cells at every epsilon', async () => {
  const before = subject.values();
  const { points } = await curve({ ...subject, ...options, epsilons: [2 / 255, 32 / 255] });
  expect(subject.values()).toEqual(before);
  expect(points).toHaveLength(2);
  for (const point of points) {
    const cells = [evaluationCells.clean, evaluationCells.robust];
    expect(point).toEqual(await evaluateGrid({ ...subject, ...options, cells, epsilon: point.epsilon }));
  }
});

test('evaluation cells that are one are evaluated once, and progress ends at the total', async () => {
  const told: number[][] = [];
  const { points } = await curve({
    ...subject,
    ...options,
    evaluationCells: { clean: evaluationCells.robust, robust: evaluationCells.robust },
    epsilons: [0.1],
    onProgress: ({ done, total }) => told.push([done, total]),
  });
  expect(points[0].cells).toHaveLength(1);
  expect(told.at(-1)).toEqual([18, 18]);
});

test.each([[[]], [[0.1, 0.1]]])('epsilons %j are refused', async (epsilons) => {
  await expect(curve({ ...subject, ...options, epsilons })).rejects.toThrow(/list of epsilons/);
});
