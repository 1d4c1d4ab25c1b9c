import { beforeAll, describe, expect, test } from 'vitest';
import { namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { evaluateGrid } from '../../evaluation/index.ts';
import { gridOf, initialValue, makeNetwork } from '../../nn/index.ts';
import { uniforms } from '../../random/index.ts';
import { apBranchLabel, counterparts } from '../branches.ts';
import type { AnalysisProgress } from '../definition.ts';
import { reestimate } from '../reestimate/reestimate.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { interpolate } from './interpolate.ts';

const options = { attacks: ['pgd-2'], epsilon: 8 / 255, seed: 5 };
const estimation = {
  training: tinyExamples(10),
  batchSize: 5,
  attack: namedAttack('pgd-1', options.epsilon),
};

let subject: Subject;
beforeAll(async () => {
  subject = await tinySubject();
});

const flagsOf = (evaluation: { cells: readonly { clean: Uint8Array; robust: object }[] }) => {
  const [{ clean, robust }] = evaluation.cells;
  return { clean, robust };
};

describe('with NS interpolated too', () => {
  test('the ends are the two cells', async () => {
    const before = subject.values();
    const { points, from, to } = await interpolate({
      ...subject,
      ...options,
      ts: [0, 1],
      statistics: 'interpolated',
    });
    expect({ from, to }).toEqual({ from: evaluationCells.clean, to: evaluationCells.robust });
    const { cells } = await evaluateGrid({
      ...subject,
      ...options,
      cells: [evaluationCells.clean, evaluationCells.robust],
    });
    expect(points.map(({ evaluation }) => flagsOf(evaluation))).toEqual(
      cells.map((cell) => flagsOf({ cells: [cell] })),
    );
    expect(subject.values()).toEqual(before);
  });

  test('a third of the way every value is two thirds of one and a third of the other', async () => {
    const t = 1 / 3;
    const { points } = await interpolate({ ...subject, ...options, ts: [t], statistics: 'interpolated' });
    const other = await tinySubject();
    for (const axis of ['affine', 'statistics'] as const)
      for (const { start, end } of counterparts(other.network, axis, 'clean', 'adv')) {
        const [a, b] = [other.engine.read(start), other.engine.read(end)];
        other.engine.write(
          start,
          a.map((value, at) => value + t * (b[at] - value)),
        );
      }
    const { cells } = await evaluateGrid({ ...other, ...options, cells: [evaluationCells.clean] });
    expect(flagsOf(points[0].evaluation)).toEqual(flagsOf({ cells }));
  });
});

test('with the NS of one end, only AP move', async () => {
  const at = async (statistics: 'from' | 'to') =>
    (await interpolate({ ...subject, ...options, ts: [0, 1], statistics })).points.map(({ evaluation }) =>
      flagsOf(evaluation),
    );
  const { cells } = await evaluateGrid({ ...subject, ...options });
  const [cleanClean, cleanAdv, advClean, advAdv] = cells.map((cell) => flagsOf({ cells: [cell] }));
  expect(await at('from')).toEqual([cleanClean, cleanAdv]);
  expect(await at('to')).toEqual([advClean, advAdv]);
});

test('by default, NS are re-estimated at each t: the ends are NS_clean^clean and NS_clean^adv', async () => {
  const { points } = await interpolate({ ...subject, ...options, ts: [0, 1], estimation });
  const { reestimated } = await reestimate({ ...subject, ...options, estimation, sources: ['clean'] });
  expect(points.map(({ evaluation }) => flagsOf(evaluation))).toEqual(
    reestimated.map(({ evaluation }) => flagsOf(evaluation)),
  );
});

test('from adversarial images, too', async () => {
  const before = subject.values();
  const done: number[] = [];
  const onProgress = (progress: AnalysisProgress) => done.push(progress.done / progress.total);
  const asked = { ...subject, ...options, ts: [0.5], estimation, source: 'adv', onProgress } as const;
  const found = await interpolate(asked);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(1);
  expect(subject.values()).toEqual(before);
  expect(found).toMatchObject({
    statistics: 'reestimated',
    source: 'adv',
    estimation: { images: 10, batchSize: 5 },
    points: [{ t: 0.5 }],
  });
});

test.each([
  ['no t', { ts: [] }, /no points/],
  ['a t outside', { ts: [1.5] }, /t goes from 0 to 1/],
  [
    'two cells of one AP',
    { to: { statistics: 'adv', affine: 'clean' } },
    /nothing to interpolate between NS clean, AP clean/,
  ],
  ['no images to re-estimate from', { estimation: undefined }, /none were given/],
])('%s is refused', async (_, change, message) => {
  const { estimation: given, ...rest } = { estimation, ...change };
  const asked = { ...subject, ...options, ...rest, ...(given ? { estimation: given } : {}) };
  await expect(interpolate(asked)).rejects.toThrow(message);
});

test('adapters and heads are interpolated where the cells differ in them', async () => {
  const branches = ['clean', 'adv'];
  const engine = createReferenceEngine();
  const network = makeNetwork('resnet8', {
    images: { channels: 1, height: 4, width: 4 },
    classes: 3,
    width: 2,
    sets: { statistics: ['shared'], affine: ['shared'], adapters: branches, heads: branches },
    adapters: { kind: 'parallel', rank: 'full' },
  });
  for (const [at, variable] of network.variables.entries()) {
    const values = initialValue(variable, 1);
    uniforms({ seed: 8, purpose: 'noise', example: at }, values, 0.1, 1);
    engine.write(variable, values);
  }
  const [clean, robust] = gridOf(network);
  const cells = [clean, robust];
  const asked = {
    ...options,
    engine,
    network,
    examples: subject.examples,
    evaluationCells: { clean, robust },
  };
  const { points } = await interpolate({ ...asked, ts: [0, 1], statistics: 'from' });
  const grid = await evaluateGrid({ ...asked, cells });
  expect(grid.cells[0].clean).not.toEqual(grid.cells[1].clean);
  expect(points.map(({ evaluation }) => flagsOf(evaluation))).toEqual(
    grid.cells.map((cell) => flagsOf({ cells: [cell] })),
  );
  const { reestimated } = await reestimate({ ...asked, estimation, sources: ['clean'] });
  expect(reestimated.map(({ ap, runningStatistics }) => [apBranchLabel(ap), runningStatistics])).toEqual([
    ['shared, adapter clean, head clean', 'shared'],
    ['shared, adapter adv, head adv', 'shared'],
  ]);
});
