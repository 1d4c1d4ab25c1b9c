import { describe, expect, test } from 'vitest';
import { drawPictures, pictureRows } from './attack-images.ts';
import { tradeoff } from './comparison.ts';
import { gridFigure, gridScale } from './grid-figure.ts';
import { evaluatedPoints } from './run-section.ts';
import { smallCurves } from './small-curves.ts';
import { syntheticRun } from './testing/synthetic-run.ts';
import { curveRows, gapCurves, runOverlay } from './training-curves.ts';

const hybrid = syntheticRun('hybrid-0', 'hybrid', 3);
const dual = syntheticRun('dual-bn-0', 'dual-bn', 3);

describe('training curves', () => {
  test('have a row for every measured number', () => {
    expect(curveRows([hybrid]).filter(({ epoch }) => epoch === 2)).toEqual([
      { run: 'hybrid-0', epoch: 2, split: 'training', measure: 'loss', value: hybrid.epochs[1].train.loss },
      expect.objectContaining({ split: 'training', measure: 'clean accuracy' }),
      expect.objectContaining({ split: 'training', measure: 'adversarial accuracy' }),
      expect.objectContaining({ split: 'validation', measure: 'clean accuracy' }),
      expect.objectContaining({ split: 'validation', measure: 'adversarial accuracy' }),
    ]);
  });

  test('leave out what was not measured and what is not a number', () => {
    const passes = { clean: { loss: 2, accuracy: 0.2 } };
    const epochs = [{ epoch: 1, learningRate: 0.1, train: { loss: Number.NaN, passes } }];
    expect(curveRows([{ ...hybrid, epochs }])).toEqual([
      { run: 'hybrid-0', epoch: 1, split: 'training', measure: 'clean accuracy', value: 0.2 },
    ]);
  });

  test('are laid over one another for two to eight runs', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ ...hybrid, name: `run-${at}` }));
    expect([1, 2, 8, 9].map((count) => runOverlay(many(count)) !== undefined)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

test('panels of training curves show validation, and training where validation makes no line', () => {
  const validated = smallCurves([{ label: 'dual-bn', runs: [dual] }], 'id', 'title');
  expect(validated?.caption.text).toContain('held out');
  const once = { ...dual, epochs: dual.epochs.map(({ validation: _, ...epoch }) => epoch) };
  const groups = [
    { label: 'once', runs: [once] },
    { label: 'dual-bn', runs: [dual] },
  ];
  const trained = smallCurves(groups, 'id', 'title');
  expect(trained?.caption.text).toContain('in training');
  expect(trained?.panels.map(({ title }) => title)).toEqual(['once', 'dual-bn']);
  expect(smallCurves([{ label: 'new', runs: [{ ...dual, epochs: [] }] }], 'id', 'title')).toBeUndefined();
});

test('the gap during training is a figure of samples and one of branches, where it was recorded', () => {
  const figures = gapCurves(dual);
  expect(figures.map(({ id }) => id)).toEqual(
    ['samples', 'branches'].map((between) => `${dual.name}-gap-${between}-training`),
  );
  expect(figures.map(({ panels }) => panels.map(({ name }) => name))).toEqual([
    ['mu', 'sigma'],
    ['gamma', 'beta', 'mu', 'sigma'],
  ]);
  expect(figures[0].key.map(({ label }) => label)).toEqual(['adv-clean', 'noise-clean', 'clean-clean']);
  expect(figures[0].data).toHaveLength(dual.gaps.filter(({ between }) => between === 'samples').length);
  expect(gapCurves(hybrid)).toEqual([]);
});

describe('the grid', () => {
  test('has a panel for clean accuracy and one for each attack, on scales that runs share', () => {
    const scale = gridScale([hybrid, dual]);
    expect(scale).toEqual({ clean: 0.7, robust: 0.3 });
    const figure = gridFigure(dual, scale);
    expect(figure?.panels.map(({ name }) => name)).toEqual(['clean', 'pgd-10', 'pgd-20']);
    expect(figure?.panels[1].description).toContain('NS adv, AP clean: 12.2%');
    expect(figure?.data).toHaveLength(4 * 3);
  });
});

test('the trade-off shows the last attack that all runs share, and nothing without one', () => {
  expect(tradeoff([hybrid, dual])?.panels[0].title).toBe('Clean and PGD-20 accuracy');
  expect(tradeoff([{ ...hybrid, evaluations: [] }])).toBeUndefined();
});

test('perturbations are enlarged to span the range, and measured', async () => {
  const clean = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  const adversarial = Float32Array.of(0.5, 0.5, 0.46875, 0.53125);
  const named = { label: 'cat', predictedClean: 'cat', predictedAdversarial: 'dog' };
  const image = { shape: [1, 2, 2] as const, clean, adversarial, ...named };
  expect((await drawPictures([image])).gain).toBe(16);
  expect(pictureRows('run', [image])).toEqual([
    { run: 'run', ...named, linf: 0.03125, l2: 0.044194, l1: 0.0625 },
  ]);
});

test('evaluations at several sizes make a curve, those of another attack or checkpoint do not', () => {
  const [evaluation] = hybrid.evaluations;
  const larger = { ...evaluation, epsilon: '16/255', size: 16 / 255 };
  expect(evaluatedPoints([evaluation, larger], 0).map(({ epsilon }) => epsilon)).toEqual([
    '0',
    '8/255',
    '16/255',
  ]);
  expect(evaluatedPoints([{ ...evaluation, checkpoint: 'best' }, larger], 0)).toEqual([]);
  expect(evaluatedPoints([evaluation], 0)).toEqual([]);
});
