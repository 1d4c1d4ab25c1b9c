/**
 * A network evaluated with some of the AP of one branch put into another: the cell that clean accuracy is evaluated through, or the
 * one that robustness is (`into`), with chosen values of gamma and beta replaced by those of the other cell's AP,
 *
 *   gamma_c = chosen(c) ? gamma_donor,c : gamma_receiver,c        beta likewise
 *
 * weights, adapter and head as they were, and NS re-estimated through the AP that result. Attacked white-box through that very
 * network. Which values are chosen is the analysis' business. Moves no variable of the network.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { evaluateGrid, type GridEvaluation } from '../evaluation/index.ts';
import { type Cell, cellOf, type Network } from '../nn/index.ts';
import {
  type AccuracyOptions,
  accuracyOptions,
  apBranchShape,
  cellSchema,
  writtenApBranch,
} from './accuracies.ts';
import {
  type ApBranch,
  apBranchOf,
  branchesOf,
  counterparts,
  type EvaluationCells,
  placeOf,
  variablesOf,
} from './branches.ts';
import type { AnalysisContext, Phases } from './definition.ts';
import {
  askedEstimation,
  copyEstimationPasses,
  type EstimationOptions,
  estimateIntoCopy,
  estimationOf,
} from './estimation.ts';
import { type SampleType, sampleTypes } from './images.ts';
import { attackOptions, estimationOptions, fewExampleOptions } from './options.ts';
import { workingCopy } from './working-copy.ts';

/** The cell that receives: that of clean accuracy, or of robustness. */
export const receivers = ['clean', 'robust'] as const;
export type Receiver = (typeof receivers)[number];

export const parameterNames = ['gamma', 'beta'] as const;
export type Parameter = (typeof parameterNames)[number];

/** Whether the donor's value is taken, for each parameter of each channel. */
export type Chosen = (layer: string, channel: number, parameter: Parameter) => boolean;

/** What NS are re-estimated from: 'fitting' is the type that the receiving cell's running NS were gathered from. */
export const exchangeSources = ['fitting', ...sampleTypes] as const;
export type ExchangeSource = (typeof exchangeSources)[number];

export interface ApExchangeOptions extends AccuracyOptions {
  /** Needed where the network has NS. */
  readonly estimation?: EstimationOptions | undefined;
  /** Default 'fitting'. */
  readonly source?: ExchangeSource;
}

export interface Direction {
  readonly into: Receiver;
  readonly receiver: Cell;
  readonly donor: ApBranch;
  /** What NS are re-estimated from; none in a network without NS. */
  readonly source?: SampleType;
}

export interface ApLayer {
  readonly layer: string;
  readonly channels: number;
}

export interface ApExchange {
  readonly direction: Direction;
  /** The network that receives: a copy, as the last `receive` left it. */
  readonly network: Network;
  /** In the network's order. */
  readonly layers: readonly ApLayer[];
  readonly estimation?: { readonly images: number; readonly batchSize: number };
  /** Images that receiving goes through, and receiving with an evaluation, for progress. */
  readonly receivedImages: number;
  readonly images: number;
  /** Put the chosen values into the copy, and NS re-estimated with them. @param where What the AP are called while it goes on. */
  receive(chosen: Chosen, where: string, phases: Phases): Promise<void>;
  /** The same, and then evaluate it. */
  evaluate(chosen: Chosen, where: string, phases: Phases): Promise<GridEvaluation>;
}

/** @throws InputError for a network whose two cells have the same AP, or that has none. */
export function exchangedCells(
  { network, evaluationCells }: { readonly network: Network; readonly evaluationCells: EvaluationCells },
  into: Receiver,
): { readonly receiver: Cell; readonly donor: ApBranch } {
  const other = into === 'clean' ? 'robust' : 'clean';
  const [receiver, donor] = [evaluationCells[into], apBranchOf(evaluationCells[other])];
  if (receiver.affine === donor.affine)
    throw new InputError(
      `there is nothing to exchange: clean accuracy and robustness are evaluated through the same AP (${branchesOf(network, 'affine').join(', ')}); analyze a network of two AP, such as one of dual-bn or dual-ap`,
    );
  if (variablesOf(network, 'affine', receiver.affine).length === 0)
    throw new InputError('there is nothing to exchange: the normalization of this network has no AP');
  return { receiver, donor };
}

/** The parameters of a branch, by layer. */
export function apLayersOf(network: Network, affine: string): ApLayer[] {
  return variablesOf(network, 'affine', affine)
    .map((variable) => ({ ...placeOf(variable), channels: variable.shape[0] }))
    .filter(({ what }) => what === 'weight')
    .map(({ layer, channels }) => ({ layer, channels }));
}

/** gamma or beta, by a variable's name. */
export const parameterOf = (what: string): Parameter => (what === 'weight' ? 'gamma' : 'beta');

/** Prepare a network to receive. @throws as exchangedCells, and for NS that there are no images to re-estimate from. */
export function apExchange(options: ApExchangeOptions, into: Receiver): ApExchange {
  const { engine, network, seed = 0, signal, examples } = options;
  const { receiver, donor } = exchangedCells(options, into);
  const moving = counterparts(network, 'affine', receiver.affine, donor.affine).map(({ start, end }) => ({
    ...placeOf(start),
    variable: start,
    own: engine.read(start),
    other: engine.read(end),
  }));
  const hasStatistics = network.variables.some(({ role }) => role === 'statistic');
  if (hasStatistics && !options.estimation)
    throw new InputError('statistics are re-estimated from training images: none were given');
  const estimation =
    hasStatistics && options.estimation ? estimationOf(network, options.estimation) : undefined;
  const source = estimation && sourceOf(network, into, options.source ?? 'fitting');
  const statistics = hasStatistics ? variablesOf(network, 'statistics', receiver.statistics) : [];
  const copy = workingCopy(engine, network, [...moving.map(({ variable }) => variable), ...statistics]);
  const share = examples.labels.length * (1 + options.attacks.length);
  const estimating = estimation && source ? estimation.images * copyEstimationPasses(source) : 0;

  const receive = async (chosen: Chosen, where: string, phases: Phases) => {
    for (const { layer, what, variable, own, other } of moving) {
      const parameter = parameterOf(what);
      copy.write(
        variable,
        own.map((value, channel) => (chosen(layer, channel, parameter) ? other[channel] : value)),
      );
    }
    if (estimation && source) {
      const ap = apBranchOf(receiver);
      const keys = { runningStatistics: receiver.statistics, seed, where };
      await estimateIntoCopy({ ...{ engine, copy, ap, signal, phases, estimation, source }, ...keys });
    }
  };
  const evaluate = async (chosen: Chosen, where: string, phases: Phases) => {
    await receive(chosen, where, phases);
    const report = phases(share, `evaluating ${where}`);
    return evaluateGrid({
      ...options,
      network: copy.network,
      cells: [receiver],
      onProgress: ({ done, total }) => report((done / total) * share),
    });
  };
  return {
    direction: { into, receiver, donor, ...(source ? { source } : {}) },
    network: copy.network,
    layers: apLayersOf(network, receiver.affine),
    receivedImages: estimating,
    images: share + estimating,
    ...(estimation ? { estimation: { images: estimation.images, batchSize: estimation.batchSize } } : {}),
    ...{ receive, evaluate },
  };
}

/** One NS for all images were gathered from both kinds; of two, each from its own. */
function sourceOf({ sets }: Network, into: Receiver, asked: ExchangeSource): SampleType {
  if (asked !== 'fitting') return asked;
  if (sets.statistics.length === 1) return 'mixed';
  return into === 'clean' ? 'clean' : 'adv';
}

// What analyses that exchange AP have in common: options, what is made of them, and parts of their documents.

export const apExchangeOptions = {
  ...attackOptions,
  ...fewExampleOptions,
  ...estimationOptions,
  images: z
    .int()
    .min(2)
    .default(500)
    .meta({ description: 'training images that statistics are re-estimated from' }),
  source: z.enum(exchangeSources).default('fitting').meta({
    description:
      'the type of sample that NS are re-estimated from; fitting: clean into clean, adv into robust, mixed where there is one NS',
  }),
  into: z
    .array(z.enum(receivers))
    .min(1)
    .transform((asked) => receivers.filter((each) => asked.includes(each)))
    .default([...receivers])
    .meta({ description: 'the cell that receives: that of clean accuracy, or of robustness' }),
};

/** In the names of files, where it is not both. */
export const intoName = (into: readonly Receiver[]): string[] =>
  into.length < receivers.length ? ['into', ...into] : [];

type AskedExchange = z.output<z.ZodObject<typeof apExchangeOptions>>;

/** Every direction that is asked for, prepared. @throws as apExchange. */
export async function askedExchanges(
  context: AnalysisContext,
  options: AskedExchange,
): Promise<ApExchange[]> {
  const { network } = context;
  // Refused before training images are loaded.
  for (const into of options.into) exchangedCells(context, into);
  const hasStatistics = network.variables.some(({ role }) => role === 'statistic');
  const estimation = hasStatistics ? await askedEstimation(context, options) : undefined;
  const settings = { ...accuracyOptions(context, options), epsilon: options.epsilon.value };
  return options.into.map((into) => apExchange({ ...settings, estimation, source: options.source }, into));
}

export const directionSchema = z.object({
  into: z.enum(receivers),
  receiver: cellSchema,
  /** The AP that the values come from. */
  donor: z.object(apBranchShape),
  /** What NS are re-estimated from; absent in a network without NS. */
  source: z.enum(sampleTypes).exactOptional(),
});

export const writtenDirection = ({ into, receiver, donor, source }: Direction) => ({
  ...{ into, receiver: cellOf(receiver), donor: writtenApBranch(donor) },
  ...(source ? { source } : {}),
});
