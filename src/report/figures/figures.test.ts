import { describe, expect, test } from 'vitest';
import type { AnalysisName } from '../../analysis/index.ts';
import { analysesOf } from '../sections/analyses.ts';
import { inventedAnalyses } from '../testing/invented-analyses.ts';
import { syntheticRun } from '../testing/synthetic-run.ts';
import { affineChannels } from './analyses/channels.ts';
import { curvePoints, evaluatedPoints } from './analyses/curve-points.ts';
import { gapLayers } from './analyses/layer-distances.ts';
import { reestimationOf } from './analyses/reestimation.ts';
import { curveRows } from './curve-rows.ts';
import { forest, forestDomain } from './forest.ts';
import { gapCurves } from './gap-curves.ts';
import { gridFigure, gridScale } from './grid.ts';
import { heatStep, heatTop } from './heat-map.ts';
import { drawPictures, pictureRows } from './pictures.ts';
import { runOverlay } from './run-overlay.ts';
import { seriesOf } from './series.ts';
import { smallCurves } from './small-curves.ts';
import { tradeoff } from './tradeoff.ts';

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

  test('colors by equal steps from zero to the end of the scale', () => {
    expect([0, 0.0333, 0.0334, 0.15, 0.299, 0.3, 0.9].map((value) => heatStep(value, 0.3))).toEqual([
      0, 0, 1, 4, 8, 8, 8,
    ]);
    expect([heatTop([]), heatTop([0.02]), heatTop([0.3]), heatTop([0.31, Number.NaN])]).toEqual([
      0.1, 0.1, 0.3, 0.4,
    ]);
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
  expect(pictureRows('run', [image])).toEqual([{ run: 'run', ...named, linf: 0.03125, l2: 0.044194 }]);
});

describe('a forest plot', () => {
  const row = {
    label: 'the claim',
    value: 0.02,
    interval: [-0.01, 0.05] as const,
    allowed: [-0.04, null] as const,
    verdict: 'holds' as const,
    decides: true,
  };

  test('has a scale that holds all intervals and finite ends of bands, in points or as ratios', () => {
    const [low, high] = forestDomain([row], 'accuracy');
    expect(low).toBeLessThan(-4);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThan(7);
    const [least, most] = forestDomain(
      [{ ...row, value: 0.5, interval: [-0.1, 4], allowed: [0, 0.1] }],
      'ratio',
    );
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(0.1);
    expect(most).toBeGreaterThan(4);
  });

  test('draws an open band to the end of the scale, and labels broken between words', () => {
    const label = 'a statement of so many words that it does not fit into a single line of a phone';
    const { data } = forest({ rows: [row, { ...row, label }], unit: 'accuracy', domain: [-6, 7] });
    expect(data).toMatchObject({
      values: [
        { label: [' ', 'the claim'], from: -4, to: 7, value: 2, low: -1, high: 5 },
        { label: [expect.stringMatching(/^a statement/), expect.stringMatching(/phone$/)] },
      ],
    });
  });
});

test('series differ in color or in shape, however many', () => {
  const looks = seriesOf(Array.from({ length: 20 }, (_, at) => `regime ${at}`));
  expect(new Set(looks.map(({ color, shape }) => `${color} ${shape}`)).size).toBe(20);
  expect(looks[0].shape).not.toBe(looks[1].shape);
});

describe('analyses of three seeds', () => {
  const documents = [0, 1, 2].map((seed) => inventedAnalyses('dual-bn', seed, '8/255'));
  const subject = <Name extends AnalysisName>(name: Name) => ({
    id: name,
    label: 'dual-bn',
    documents: documents.flatMap((all) => analysesOf(all, name)),
  });

  test('of re-estimation become means by source and AP, without the intervals of single ones', () => {
    const { panels, data } = reestimationOf(subject('reestimate')) ?? { panels: [], data: [] };
    expect(panels.map(({ name }) => name)).toEqual(['clean', 'robust']);
    expect(data).toHaveLength(4 * 2 * 2);
    const single = subject('reestimate').documents.map(({ result }) => result.reestimated[0].clean);
    expect(data[0]).toMatchObject({ source: 'clean', affine: 'clean', measure: 'clean', low: undefined });
    expect(data[0].accuracy).toBeCloseTo(single.reduce((sum, value) => sum + value, 0) / 3, 12);
  });

  test('of the gap keep every seed in the data, with the yardstick', () => {
    const [figure] = gapLayers(subject('gap'));
    expect(figure.panels.map(({ name }) => name)).toEqual(['mu', 'sigma']);
    expect(figure.key.map(({ label }) => label)).toEqual(['adv-clean', 'noise-clean', 'clean-clean']);
    expect(figure.data).toHaveLength(3 * 2 * 7 * 3);
  });

  test('show the first channels of one layer, and have all in the data', () => {
    const figure = affineChannels(subject('affine'));
    expect(figure?.caption.text).toContain('the first 16 of its 24 channels');
    expect(figure?.data).toHaveLength(2 * 2 * 24);
  });

  test('of curves begin at zero with clean accuracy', () => {
    const [document] = subject('curve').documents;
    const points = curvePoints(document, 'dual-bn');
    expect(points.map(({ epsilon }) => epsilon)).toEqual(['0', '2/255', '4/255', '8/255', '16/255']);
    expect(points[0].accuracy.value).toBe(
      document.result.points.find(({ affine }) => affine === 'adv')?.clean,
    );
    expect(curvePoints(document)).toHaveLength(2 * 5);
  });
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
