import { describe, expect, test } from 'vitest';
import { syntheticRun } from '../testing/synthetic-run.ts';
import { curveRows } from './curve-rows.ts';
import { gridFigure, gridScale } from './grid.ts';
import { heatStep, heatTop } from './heat-map.ts';
import { drawPictures, pictureRows } from './pictures.ts';
import { runOverlay } from './run-overlay.ts';
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
