/**
 * The statistics of batches at every normalization layer: a batch goes through the network in training mode, each layer
 * normalizing it by its own batch statistics, with the AP of a branch. They are of exactly the samples passed in, at all
 * layers at once, and do not touch running NS.
 *
 * Statistics of several batches are merged as if they had been normalized one by one and pooled (Chan et al. 1979): with n_i
 * values of mean mu_i and biased variance v_i, and N = sum n_i,
 *
 *   mu = sum n_i mu_i / N        sigma^2 = sum n_i (v_i + (mu_i - mu)^2) / N
 */
import { batchShape } from '../attacks/index.ts';
import type { Engine, Program } from '../engines/index.ts';
import { channelCount, channelVariance, input, makeStep, type Tensor } from '../graph/index.ts';
import type { Network, Pass } from '../nn/index.ts';
import { type ApBranch, firstStatistics, placeOf, variablesOf } from './branches.ts';

/** NS of one layer: mu and sigma^2 (biased) of its channels. */
export interface LayerStatistics {
  readonly layer: string;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Values a channel, N in the formula. */
  readonly count: number;
}

export interface BatchStatistics {
  /** NS of all layers, in the network's order, for images [batchSize, C, H, W]. */
  (images: Float32Array): Promise<readonly LayerStatistics[]>;
  dispose(): Promise<void>;
}

interface SymbolicStatistics {
  readonly layer: string;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly count: number;
}

/** Compile the pass. Moves no variable of the network. @throws InputError for a network without NS. */
export function batchStatistics(
  { engine, network, ap }: { engine: Engine; network: Network; ap: ApBranch },
  batchSize: number,
): BatchStatistics {
  const layers = statisticsOf(network, input('images', batchShape(network, batchSize)), ap);
  const outputs = layers.flatMap(({ layer, mean, variance }) => [
    [`${layer} mean`, mean] as const,
    [`${layer} variance`, variance] as const,
  ]);
  const step = makeStep('statistics', { outputs: Object.fromEntries(outputs) });
  let program: Promise<Program> | undefined;

  const run = async (images: Float32Array) => {
    program ??= engine.compile(step);
    const values = await (await program).run({ images });
    return layers.map(({ layer, count }) => ({
      layer,
      mean: Float64Array.from(values[`${layer} mean`]),
      variance: Float64Array.from(values[`${layer} variance`]),
      count,
    }));
  };
  const dispose = async () => {
    (await program)?.dispose();
    program = undefined;
  };
  return Object.assign(run, { dispose });
}

function statisticsOf(network: Network, images: Tensor, ap: ApBranch): SymbolicStatistics[] {
  const pass = { name: 'only', images, statistics: { batch: ['only'] }, ...ap };
  return layerInputs(network, pass).layers.map(({ layer, x, mean }) => ({
    layer,
    mean,
    variance: channelVariance(x),
    count: channelCount(x.shape),
  }));
}

/** What the normalization layers of a network take in, before they normalize it, [N, C, H, W], in the network's order. */
export interface LayerInputs {
  readonly layers: readonly { readonly layer: string; readonly x: Tensor; readonly mean: Tensor }[];
  readonly logits: Tensor;
}

/**
 * What the network would move its running NS by tells which tensors its layers normalize; the moves themselves go no
 * further.
 *
 * @throws InputError for a network without NS.
 */
export function layerInputs(network: Network, pass: Pass): LayerInputs {
  const branch = firstStatistics(network);
  const means = variablesOf(network, 'statistics', branch).filter(
    (each) => placeOf(each).what === 'running_mean',
  );
  const { updates, logits } = network.forward([pass], [{ branch, from: [pass.name] }]);
  const layers = means.map((variable) => {
    const update = updates.find((each) => each.variable === variable);
    const mean = update && nearestMean(update.value);
    const [x] = mean?.inputs ?? [];
    if (!mean || !x) throw new RangeError(`${variable.name} does not move by the mean of a batch`);
    return { layer: placeOf(variable).layer, x, mean };
  });
  return { layers, logits: logits[pass.name] };
}

/** The first mean of a tensor's channels on the way back from a blend of it. */
function nearestMean(from: Tensor): Tensor | undefined {
  const seen = new Set([from]);
  for (const tensor of seen) {
    if (tensor.operation === 'channelMean') return tensor;
    for (const each of tensor.inputs) seen.add(each);
  }
  return undefined;
}

/** Statistics of all batches together, by the formula at the head. */
export function mergeStatistics(batches: readonly (readonly LayerStatistics[])[]): LayerStatistics[] {
  const [first = []] = batches;
  return first.map(({ layer }, at) => {
    const parts = batches.map((batch) => batch[at]);
    const count = parts.reduce((total, part) => total + part.count, 0);
    const pooled = (value: (part: LayerStatistics, channel: number) => number) =>
      first[at].mean.map((_, channel) =>
        parts.reduce((total, part) => total + (part.count / count) * value(part, channel), 0),
      );
    const mean = pooled((part, channel) => part.mean[channel]);
    const variance = pooled(
      (part, channel) => part.variance[channel] + (part.mean[channel] - mean[channel]) ** 2,
    );
    return { layer, mean, variance, count };
  });
}
