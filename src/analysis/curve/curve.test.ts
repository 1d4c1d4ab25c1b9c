import { beforeAll, expect, test } from 'vitest';
import type { AttackSuite } from '../../attacks/index.ts';
import { counting } from '../../attacks/testing/counting.ts';
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

const epsilons = [32 / 255, 2 / 255, 8 / 255];

test('what a bound broke is broken at every larger one, and is not attacked there again', async () => {
  // One long step may jump over what a shorter one finds.
  const stepped = { ...subject, attacks: ['fgsm'], seed: 5 };
  const bounds = [0.8, 0.02, 0.1, 0.05, 0.4, 0.2];
  const { points } = await curve({ ...stepped, epsilons: bounds });
  expect(points.map(({ epsilon }) => epsilon)).toEqual(bounds);
  const rising = points.toSorted((a, b) => a.epsilon - b.epsilon);
  let carried = 0;
  for (const [at, { cells, epsilon }] of rising.entries()) {
    const alone = await evaluateGrid({ ...stepped, cells: cells.map(({ cell }) => cell), epsilon });
    for (const [c, { robust }] of cells.entries()) {
      const before = rising.slice(0, at).map((point) => point.cells[c].robust.fgsm);
      robust.fgsm.forEach((flag, i) => {
        const wasRobust = before.every((flags) => flags[i] === 1);
        expect(flag).toBe(wasRobust ? alone.cells[c].robust.fgsm[i] : 0);
        if (flag !== alone.cells[c].robust.fgsm[i]) carried += 1;
      });
    }
  }
  expect(carried).toBeGreaterThan(0);
});

test('of attacks that share a run, what the shorter did not break is not carried over to it', async () => {
  const both = { ...subject, attacks: ['pgd-1', 'pgd-6'], seed: 5 };
  const { points } = await curve({ ...both, epsilons });
  for (const [at, epsilon] of epsilons.entries()) {
    const alone = await curve({ ...both, attacks: ['pgd-1'], epsilons });
    expect(points[at].epsilon).toBe(epsilon);
    for (const [c, { robust }] of points[at].cells.entries())
      expect(robust['pgd-1']).toEqual(alone.points[at].cells[c].robust['pgd-1']);
  }
});

test.each(['fab-t-l2', 'ddn-15', 'fmn-15'])(
  'one run of %s decides every bound, as evaluations would',
  async (name) => {
    const { engine, compiled } = counting(subject.engine);
    const counted = { ...subject, engine, attacks: [name], seed: 5 };
    const { points } = await curve({ ...counted, epsilons });
    // For each cell the clean images and two programs of probes at each bound, and the run with the clean logits that fab-t asks for.
    const runs = name.startsWith('fab-t') ? 2 : 1;
    expect(compiled()).toBe(2 * (3 * epsilons.length + runs));
    const flags = new Set<string>();
    for (const [at, { cells, epsilon }] of points.entries()) {
      expect(epsilon).toBe(epsilons[at]);
      const alone = await evaluateGrid({
        ...subject,
        attacks: [name],
        seed: 5,
        cells: cells.map(({ cell }) => cell),
        epsilon,
      });
      expect(cells.map(({ clean, robust }) => ({ clean, robust }))).toEqual(
        alone.cells.map(({ clean, robust }) => ({ clean, robust })),
      );
      for (const { robust } of cells) flags.add(robust[name].join());
    }
    expect(flags.size).toBeGreaterThan(1);
  },
);

test('a suite is robust at a bound as an evaluation says, and at every smaller one', async () => {
  const both: AttackSuite = {
    name: 'both',
    summary: 'PGD, then FAB-T on what it leaves',
    norms: ['linf'],
    stages: () => [
      { stage: 'pgd', options: { name: 'pgd', steps: 2 } },
      { stage: 'fab-t', options: { name: 'fab-t', targets: 2, steps: 5 } },
    ],
  };
  const suite = { ...subject, attacks: ['both'], suites: [both], seed: 5 };
  const { points } = await curve({ ...suite, epsilons });
  for (const { cells, epsilon } of points)
    for (const { cell, robust } of cells) {
      const expected = robust.both.slice().fill(1);
      for (const smaller of epsilons.filter((each) => each <= epsilon)) {
        const [alone] = (await evaluateGrid({ ...suite, cells: [cell], epsilon: smaller })).cells;
        alone.robust.both.forEach((flag, i) => {
          expected[i] = Math.min(expected[i], flag);
        });
      }
      expect(robust.both).toEqual(expected);
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
