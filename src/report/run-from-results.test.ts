import { beforeAll, describe, expect, test } from 'vitest';
import { inventedAnalyses } from '../analysis/testing/invented-analyses.ts';
import { tinyExamples, tinyModel } from '../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../engines/reference/engine.ts';
import { evaluateGrid, type GridEvaluation } from '../evaluation/index.ts';
import { gridOf } from '../nn/index.ts';
import { renderReport } from './render-report.ts';
import { reportRunFrom } from './run-from-results.ts';

const engine = createReferenceEngine();
const { network } = tinyModel(undefined, engine);
const generated = { version: '1', command: 'a script', date: '2026-01-31' };

let evaluation: GridEvaluation;
let larger: GridEvaluation;
beforeAll(async () => {
  const options = { engine, network, examples: tinyExamples(9), attacks: ['pgd-2', 'pgd-4'] };
  evaluation = await evaluateGrid({ ...options, epsilon: 8 / 255 });
  larger = await evaluateGrid({ ...options, epsilon: 0.1 });
});

describe('a report of results in memory', () => {
  test('has the accuracies that the evaluation counted, with their intervals', () => {
    const run = reportRunFrom({ name: 'mine', evaluations: [{ evaluation, dataset: 'my images' }] });
    const [{ grid, ...rest }] = run.evaluations;
    expect(rest).toEqual({
      name: 'evaluation',
      checkpoint: 'last',
      dataset: 'my images',
      examples: 9,
      epsilon: '8/255',
      size: 8 / 255,
      norm: 'L-infinity',
      failedChecks: evaluation.failedChecks.map(({ message }) => expect.stringContaining(message)),
    });
    expect(grid.map(({ clean: _, robust: __, ...cell }) => cell)).toEqual(gridOf(network));
    const [{ clean, robust }] = evaluation.cells;
    const share = (flags: Uint8Array) => flags.filter((flag) => flag === 1).length / 9;
    expect(grid[0].clean.value).toBe(share(clean));
    expect(grid[0].robust['pgd-4'].value).toBe(share(robust['pgd-4']));
    const [low, high] = grid[0].clean.interval ?? [1, 0];
    expect(low).toBeLessThan(share(clean) + 1e-12);
    expect(high).toBeGreaterThan(low);
  });

  test('is drawn like that of runs, curves over epsilon and analyses included', async () => {
    const run = reportRunFrom({
      name: 'mine',
      summary: { network: 'tiny', 'training images': 9 },
      evaluations: [
        { evaluation, dataset: 'my images' },
        { evaluation: larger, dataset: 'my images', name: 'larger' },
      ],
      analyses: inventedAnalyses('mine', 0, '8/255').slice(0, 1),
    });
    const page = await renderReport({ title: 'Mine', runs: [run], generated });
    for (const id of ['mine-grid', 'mine-sizes']) expect(page).toContain(`<figure id="${id}">`);
    expect(page).toContain(`NS re-estimated`);
    expect(page).toContain('9 test images of my images, L-infinity ε\u00a0=\u00a00.1');
    expect(page).toContain('<pre>network: tiny\ntraining images: 9\n</pre>');
  });

  test('averages runs that differ in nothing but the seed', async () => {
    const runs = [0, 1].map((seed) =>
      reportRunFrom({
        name: `mine-${seed}`,
        regime: 'mine',
        seed,
        evaluations: [{ evaluation, dataset: 'my images' }],
      }),
    );
    expect(runs[0].recipe).toBe(runs[1].recipe);
    expect(await renderReport({ title: 'Mine', runs, generated })).toContain('<section id="seeds">');
  });

  test('of a name alone says what is missing', async () => {
    const page = await renderReport({ title: 'Mine', runs: [reportRunFrom({ name: 'mine' })], generated });
    expect(page).toContain('Not evaluated yet');
  });
});
