import { beforeAll, expect, test } from 'vitest';
import { createReferenceEngine } from '../../engines/index.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { initialValue, makeNetwork, type Network, normalizationEpsilon } from '../../nn/index.ts';
import { uniforms } from '../../random/index.ts';
import { variablesOf } from '../branches.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { gauge } from './gauge.ts';

const options = { attacks: ['pgd-2'], epsilon: 8 / 255, seed: 5 };
const images = { channels: 1, height: 4, width: 4 };

let subject: Subject;
beforeAll(async () => {
  subject = await tinySubject();
});

const flagsOf = ({ cells: [{ clean, robust }] }: Pick<GridEvaluation, 'cells'>) => ({ clean, robust });

test('a and b of one cell are that cell, in another gauge, and nothing moves', async () => {
  const before = subject.values();
  const done: number[] = [];
  const found = await gauge({
    ...subject,
    ...options,
    onProgress: (progress) => done.push(progress.done / progress.total),
  });
  expect(subject.values()).toEqual(before);
  expect(done.at(-1)).toBe(1);
  const { clean, robust } = evaluationCells;
  const { cells } = await evaluateGrid({ ...subject, ...options, cells: [clean, robust] });
  expect(found.combinations.map(({ a, b }) => `${a} ${b}`)).toEqual([
    'from from',
    'from to',
    'to from',
    'to to',
  ]);
  const [first, , , last] = found.combinations;
  expect(flagsOf(first.evaluation)).toEqual(flagsOf({ cells: [cells[0]] }));
  expect(flagsOf(last.evaluation)).toEqual(flagsOf({ cells: [cells[1]] }));
});

test('a alone is AP with beta and mu set so that b stays', async () => {
  const { combinations } = await gauge({ ...subject, ...options });
  const other = await tinySubject();
  // a of adv, b of clean: NS and gamma of adv, and beta = b + a mu.
  const read = (axis: 'statistics' | 'affine', branch: string, what: string) =>
    variablesOf(other.network, axis, branch).filter(({ name }) => name.endsWith(what));
  const parts = (branch: string) => ({
    gamma: read('affine', branch, '.weight'),
    beta: read('affine', branch, '.bias'),
    mu: read('statistics', branch, '.running_mean'),
    variance: read('statistics', branch, '.running_var'),
  });
  const [clean, adv] = [parts('clean'), parts('adv')];
  const value = other.engine.read.bind(other.engine);
  for (const at of clean.gamma.keys()) {
    const map = (of: typeof clean, channel: number) => {
      const sigma = Math.sqrt(value(of.variance[at])[channel] + normalizationEpsilon);
      return value(of.gamma[at])[channel] / sigma;
    };
    const beta = Array.from(value(clean.beta[at]), (each, channel) => {
      const b = each - map(clean, channel) * value(clean.mu[at])[channel];
      return b + map(adv, channel) * value(adv.mu[at])[channel];
    });
    other.engine.write(adv.beta[at], beta);
  }
  const { cells } = await evaluateGrid({ ...other, ...options, cells: [evaluationCells.robust] });
  const alone = combinations.find(({ a, b }) => a === 'to' && b === 'from');
  expect(alone && flagsOf(alone.evaluation)).toEqual(flagsOf({ cells }));
});

const withValues = (network: Network) => {
  const engine = createReferenceEngine();
  for (const [at, variable] of network.variables.entries()) {
    const values = initialValue(variable, 1);
    uniforms({ seed: 8, purpose: 'noise', example: at }, values, 0.3, 1.2);
    engine.write(variable, values);
  }
  return { engine, network };
};

test('the two maps of a sandwich are one', async () => {
  const sets = { statistics: ['clean', 'adv'], affine: ['clean', 'adv'] };
  const normalization = { kind: 'batch', sandwich: true } as const;
  const network = makeNetwork('resnet8', { images, classes: 3, width: 2, sets, normalization });
  const asked = { ...withValues(network), ...options, evaluationCells, examples: subject.examples };
  const { combinations, layers } = await gauge(asked);
  const { cells } = await evaluateGrid({ ...asked, cells: [evaluationCells.clean, evaluationCells.robust] });
  expect(flagsOf(combinations[0].evaluation)).toEqual(flagsOf({ cells: [cells[0]] }));
  expect(flagsOf(combinations[3].evaluation)).toEqual(flagsOf({ cells: [cells[1]] }));
  expect(layers.map(({ layer }) => layer)).not.toContain('bn1.shared');
});

test('where AP alone are apart, gamma has all of a', async () => {
  const sets = { statistics: ['shared'], affine: ['clean', 'adv'] };
  const network = makeNetwork('resnet8', { images, classes: 3, width: 2, sets });
  const { average } = await gauge({
    ...withValues(network),
    ...options,
    examples: subject.examples,
    evaluationCells: {
      clean: { statistics: 'shared', affine: 'clean' },
      robust: { statistics: 'shared', affine: 'adv' },
    },
  });
  expect(average.gammaShare).toBeCloseTo(1, 10);
  expect(average.bSigmaShare).toBeCloseTo(0, 10);
});

test('cells that normalize alike, and networks without AP or NS, are refused', async () => {
  const { clean } = evaluationCells;
  await expect(gauge({ ...subject, ...options, to: clean })).rejects.toThrow(/normalize alike/);
  const sets = { statistics: ['clean', 'adv'], affine: ['shared'] };
  const normalization = { kind: 'batch', affine: false } as const;
  const without = makeNetwork('resnet8', { images, classes: 3, width: 2, sets, normalization });
  const cells = {
    clean: { statistics: 'clean', affine: 'shared' },
    robust: { statistics: 'adv', affine: 'shared' },
  };
  const asked = { ...options, examples: subject.examples, evaluationCells: cells };
  await expect(gauge({ ...withValues(without), ...asked })).rejects.toThrow(/no affine parameters \(bn1\)/);
});
