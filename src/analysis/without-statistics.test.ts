/** Analyses of a network that normalizes each image by itself: AP apart, and no NS. */
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { initialValue, makeNetwork } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import { evaluationCells as cellsOf, regimes } from '../training/index.ts';
import { affineAnalysis } from './affine/index.ts';
import { analyze } from './analyze.ts';
import { curveAnalysis } from './curve/index.ts';
import { gapAnalysis } from './gap/index.ts';
import { interpolateAnalysis } from './interpolate/index.ts';
import { interpolate } from './interpolate/interpolate.ts';
import { reestimateAnalysis } from './reestimate/index.ts';
import { tinyInput } from './testing/subject.ts';
import { transferAnalysis } from './transfer/index.ts';

async function withoutStatistics() {
  const { input } = await tinyInput();
  const engine = createReferenceEngine();
  const regime = regimes['dual-ap-gn'];
  const network = makeNetwork('resnet8', {
    images: input.network.images,
    classes: input.network.classes,
    width: 2,
    sets: regime.sets,
    normalization: { ...regime.network.normalization, groups: 2 },
  });
  for (const [at, variable] of network.variables.entries()) {
    const values = initialValue(variable, 1);
    if (variable.role !== 'weight') uniforms({ seed: 8, purpose: 'noise', example: at }, values, 0.1, 1);
    engine.write(variable, values);
  }
  return { ...input, engine, network, evaluationCells: cellsOf(regime) };
}

type Input = Awaited<ReturnType<typeof withoutStatistics>>;
const few = { attack: 'pgd-1', epsilon: 0.03, examples: 6 };
const estimated = { ...few, images: 8, statisticsBatch: 4 };

const ofAp: readonly [string, (input: Input) => Promise<{ result: unknown }>][] = [
  ['affine', (input) => analyze(affineAnalysis, input, {})],
  ['transfer', (input) => analyze(transferAnalysis, input, few)],
  ['curve', (input) => analyze(curveAnalysis, input, { attack: 'pgd-1', epsilons: [0.03], examples: 6 })],
  ['interpolate', (input) => analyze(interpolateAnalysis, input, { ...few, statistics: 'interpolated' })],
];

test.each(ofAp)('%s is of AP alone', async (_, analyzed) => {
  const { result } = await analyzed(await withoutStatistics());
  expect(JSON.stringify(result)).toContain('adv');
});

const ofNs: readonly [string, (input: Input) => Promise<unknown>, RegExp][] = [
  ['gap', (input) => analyze(gapAnalysis, input, { batches: 2, statisticsBatch: 4 }), /gap to measure/],
  ['reestimate', (input) => analyze(reestimateAnalysis, input, estimated), /nothing to re-estimate/],
  ['interpolate', (input) => analyze(interpolateAnalysis, input, estimated), /nothing to re-estimate/],
];

test.each(ofNs)('%s says that there are no NS', async (_, analyzed, message) => {
  const input = await withoutStatistics();
  await expect(analyzed(input)).rejects.toThrow(message);
});

test('interpolate says what to do, before it asks for images', async () => {
  const { engine, network, evaluationCells } = await withoutStatistics();
  const examples = { images: new Float32Array(16), labels: [0] };
  const asked = { engine, network, evaluationCells, examples, attacks: [], epsilon: 0.03 };
  await expect(interpolate(asked)).rejects.toThrow(/statistics: use interpolated/);
});
