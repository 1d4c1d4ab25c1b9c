import { describe, expect, test } from 'vitest';
import { affineChannels } from './affine/index.ts';
import type { AnalysisDocument, AnalysisName } from './analysis-table.ts';
import { curvePoints } from './curve/index.ts';
import { displaceFigure } from './displace/figures.ts';
import { gapLayers } from './gap/index.ts';
import { gaugeExchange, gaugeShares } from './gauge/figures.ts';
import { batchErrorLayers, nsErrorTable, runningErrorLayers } from './ns-error/figures.ts';
import { reestimationOf } from './reestimate/index.ts';
import { shiftFigures } from './shift/figures.ts';
import { inventedAnalyses } from './testing/invented-analyses.ts';

describe('analyses of three seeds', () => {
  const documents = [0, 1, 2].map((seed) => inventedAnalyses('dual-bn', seed, '8/255'));
  const subject = <Name extends AnalysisName>(name: Name) => ({
    id: name,
    label: 'dual-bn',
    documents: documents.flatMap((all) =>
      all.filter((each): each is AnalysisDocument<Name> => each.request.analysis === name),
    ),
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

  test('of the error of NS are drawn for each cell, and for batches as the parts of a mixture are', () => {
    const running = runningErrorLayers(subject('ns-error'));
    expect(running.map(({ title }) => title)).toEqual([
      'dual-bn, NS clean, AP clean: running NS against precise NS',
      'dual-bn, NS adv, AP adv: running NS against precise NS',
    ]);
    expect(running[0].data).toHaveLength(3 * 3 * 7);
    const batches = batchErrorLayers(subject('ns-error'));
    expect(batches?.panels.map(({ name }) => name)).toEqual(['mu', 'sigma']);
    expect(batches?.data).toHaveLength(3 * 4 * 7);
    const [block] = nsErrorTable(subject('ns-error'));
    expect(JSON.stringify(block)).toContain('one batch of 200 images');
  });

  test('of the gauge have a panel for a and one for b, and the four combinations', () => {
    const shares = gaugeShares(subject('gauge'));
    expect(shares?.panels.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(shares?.data).toHaveLength(3 * 7 * 6);
    const exchange = gaugeExchange(subject('gauge'));
    expect(exchange?.panels.map(({ name }) => name)).toEqual(['clean', 'robust']);
    expect(exchange?.data).toHaveLength(2 * 2 * 2);
  });

  test('of shifts are one figure for each branch, with every perturbation', () => {
    const figures = shiftFigures(subject('shift'));
    expect(figures.map(({ id }) => id)).toEqual(['shift', 'shift-2']);
    expect(figures[0].key.map(({ label }) => label)).toEqual(['adv', 'universal', 'noise']);
    expect(figures[0].data).toHaveLength(3 * 7 * 3);
  });

  test('of displaced NS show changes of clean and robust accuracy, and keep every draw', () => {
    const figure = displaceFigure(subject('displace'));
    expect(figure?.panels.map(({ name }) => name)).toEqual(['clean', 'robust']);
    expect(figure?.key.map(({ label }) => label)).toEqual(['random', 'to NS clean']);
    expect(figure?.data).toHaveLength(3 * 2 * 3 * 2);
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
