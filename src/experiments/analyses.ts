/** The analyses of a run by name: what each needs of the run and of the request, and the document it gives. */

import {
  type AccuracyOptions,
  type AnalysisDocument,
  type AnalysisName,
  type AnalysisProgress,
  type AnalysisSubject,
  affineDistances,
  curve,
  describeAffine,
  describeCurve,
  describeGap,
  describeInterpolation,
  describeReestimation,
  describeTransfer,
  type EstimationOptions,
  gap,
  interpolate,
  type ReestimateOptions,
  reestimate,
  type SampleType,
  type StatisticsAlong,
  transfer,
} from '../analysis/index.ts';
import { type AttackOptions, type Examples, namedAttack } from '../attacks/index.ts';
import type { Epsilon } from '../configuration/index.ts';
import { type Dataset, evaluationSubset, gather, subset } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import { InputError } from '../errors.ts';
import { type Cell, cellAxes, gridOf, type Network } from '../nn/index.ts';
import { permutation } from '../random/index.ts';
import type { Trained } from '../runs/index.ts';

/** A request with nothing left open. */
export interface AnalysisPlan {
  readonly attack: string;
  readonly epsilon: Epsilon;
  /** Of a curve. */
  readonly epsilons: readonly Epsilon[];
  /** Test images that accuracies are of. */
  readonly examples: number | 'all';
  readonly batchSize: number;
  /** Training images that statistics are re-estimated from, and how many a batch. */
  readonly images: number;
  readonly statisticsBatch: number;
  readonly gap: { readonly batches: number; readonly batchSize: number };
  readonly statistics: StatisticsAlong;
  readonly source: SampleType;
  /** What NS are re-estimated from, one after another; all types unless told. */
  readonly sources?: readonly SampleType[] | undefined;
  readonly ts: readonly number[];
  /** The ends of an interpolation as written, such as adv/clean: see cellWritten. Those that the run is evaluated through unless said. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly seed: number;
}

/** What an analysis is made with. */
export interface AnalysisContext {
  readonly engine: Engine;
  readonly trained: Trained;
  readonly evaluationCells: AccuracyOptions['evaluationCells'];
  readonly subject: AnalysisSubject;
  readonly plan: AnalysisPlan;
  /** The training set and which of it trained the run; loaded where an analysis asks for it. */
  readonly training: () => Promise<{ readonly dataset: Dataset; readonly train: Uint32Array }>;
  readonly onProgress?: ((progress: AnalysisProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Analysis = (context: AnalysisContext) => Promise<AnalysisDocument>;

export const analyses: Readonly<Record<AnalysisName, Analysis>> = {
  gap: async (context) => {
    const { engine, trained, evaluationCells, plan, subject } = context;
    const { batches, batchSize } = plan.gap;
    const examples = inMixedOrder(trained.test, testImages(trained.test, batches * batchSize), plan.seed);
    const attack = attackOf(plan);
    const { network } = trained;
    const found = await gap({
      ...{ engine, network, examples, batchSize, attack, evaluationCells, seed: plan.seed },
      ...running(context),
    });
    return describeGap(found, { ...subject, epsilon: plan.epsilon.text, split: 'test' });
  },
  affine: async ({ engine, trained: { network }, plan: { seed }, subject }) =>
    describeAffine(affineDistances({ engine, network }), { ...subject, seed }),
  interpolate: async (context) => {
    const { statistics, source, ts, epsilon, from, to } = context.plan;
    const { network } = context.trained;
    const ends = {
      ...(from === undefined ? {} : { from: cellWritten(network, from) }),
      ...(to === undefined ? {} : { to: cellWritten(network, to) }),
    };
    const estimation = statistics === 'reestimated' ? { estimation: await estimationOf(context) } : {};
    const found = await interpolate({
      ...accuracyOptions(context),
      statistics,
      source,
      ts,
      ...ends,
      ...estimation,
    });
    return describeInterpolation(found, { ...context.subject, epsilon: epsilon.text });
  },
  reestimate: async (context) => {
    const estimation = await estimationOf(context);
    const { sources } = context.plan;
    const found = await reestimate({
      ...accuracyOptions(context),
      estimation,
      ...(sources ? { sources } : {}),
    });
    return describeReestimation(found, { ...context.subject, epsilon: context.plan.epsilon.text });
  },
  transfer: async (context) => {
    const { attacks: _, ...settings } = accuracyOptions(context);
    const found = await transfer({ ...settings, attack: context.plan.attack });
    return describeTransfer(found, { ...context.subject, epsilon: context.plan.epsilon.text });
  },
  curve: async (context) => {
    const { epsilons } = context.plan;
    const values = epsilons.map(({ value }) => value);
    const found = await curve({ ...accuracyOptions(context), epsilons: values });
    return describeCurve(found, { ...context.subject, epsilons: epsilons.map(({ text }) => text) });
  },
};

export const analysisNames = Object.keys(analyses) as readonly AnalysisName[];

/** A cell by its branches, NS/AP, with adapter and head where the network has several. @throws InputError that lists them. */
export function cellWritten(network: Network, text: string): Cell {
  const written = (cell: Cell) => cellAxes.flatMap(([key]) => cell[key] ?? []).join('/');
  const cells = gridOf(network);
  const found = cells.find((cell) => written(cell) === text);
  if (found) return found;
  throw new InputError(`the network has no cell '${text}': use one of ${cells.map(written).join(', ')}`);
}

const attackOf = ({ attack, epsilon }: AnalysisPlan): AttackOptions => namedAttack(attack, epsilon.value);

const running = ({ onProgress, signal }: AnalysisContext) => ({
  ...(onProgress ? { onProgress } : {}),
  ...(signal ? { signal } : {}),
});

/** What all analyses need that judge by accuracy. */
function accuracyOptions(context: AnalysisContext): AccuracyOptions & Pick<ReestimateOptions, 'onProgress'> {
  const { engine, trained, evaluationCells, plan } = context;
  const { attack, epsilon, batchSize, seed } = plan;
  const count = plan.examples === 'all' ? trained.test.count : plan.examples;
  return {
    engine,
    network: trained.network,
    evaluationCells,
    examples: gather(trained.test, testImages(trained.test, count)),
    attacks: [attack],
    epsilon: epsilon.value,
    batchSize,
    seed,
    ...running(context),
  };
}

/** Training images by class, and as many test images, both in mixed order: a data set may be sorted by class. */
async function estimationOf({
  trained: { test },
  plan,
  training,
}: AnalysisContext): Promise<EstimationOptions> {
  const { dataset, train } = await training();
  const { images, statisticsBatch: batchSize, seed } = plan;
  if (images > train.length)
    throw new InputError(
      `statistics of ${images} training images were asked for; the run trains on ${train.length}`,
    );
  const chosen = subset(dataset, images, { seed, among: train });
  const target = testImages(test, Math.min(images, test.count));
  return {
    training: inMixedOrder(dataset, chosen, seed),
    target: inMixedOrder(test, target, seed).images,
    batchSize,
    attack: attackOf(plan),
  };
}

function testImages(test: Dataset, count: number): Uint32Array {
  if (count > test.count)
    throw new InputError(
      `${count} images were asked for; the test set of ${test.displayName} has ${test.count}`,
    );
  return evaluationSubset(test, count);
}

function inMixedOrder(dataset: Dataset, indices: Uint32Array, seed: number): Examples {
  const order = permutation({ seed, purpose: 'shuffle' }, indices.length);
  return gather(
    dataset,
    order.map((at) => indices[at]),
  );
}
