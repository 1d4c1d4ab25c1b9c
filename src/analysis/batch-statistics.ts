/**
 * The statistics of batches at every normalization layer: a batch goes through the network in training mode, each layer
 * normalizing it by its own batch statistics, with the AP of a branch. They are of exactly the samples passed in, at all
 * layers at once, and do not touch running NS. A batch may have parts, each with AP of its own, which all layers normalize by
 * the statistics of all parts together: the mixture, as regimes of one NS train on it.
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

/** Statistics of all parts together, for the images of each part in their order, as many of every part. */
export interface MixtureStatistics {
  (images: readonly Float32Array[]): Promise<readonly LayerStatistics[]>;
  dispose(): Promise<void>;
}

interface SymbolicStatistics {
  readonly layer: string;
  readonly parts: readonly { readonly mean: Tensor; readonly variance: Tensor; readonly count: number }[];
}

/** Compile the pass. Moves no variable of the network. @throws InputError for a network without NS. */
export function batchStatistics(
  { engine, network, ap }: { engine: Engine; network: Network; ap: ApBranch },
  batchSize: number,
): BatchStatistics {
  const statistics = mixtureStatistics({ engine, network, parts: [ap] }, batchSize);
  const run = (images: Float32Array) => statistics([images]);
  return Object.assign(run, { dispose: statistics.dispose });
}

/**
 * Compile the pass of a batch of parts, each of `batchSize` images with the AP given.
 *
 * @throws InputError for a network without NS.
 */
export function mixtureStatistics(
  { engine, network, parts }: { engine: Engine; network: Network; parts: readonly ApBranch[] },
  batchSize: number,
): MixtureStatistics {
  const shape = batchShape(network, batchSize);
  const nameOf = (part: number) => `images ${part}`;
  const layers = statisticsOf(
    network,
    parts.map((ap, part) => ({ ...ap, name: nameOf(part), images: input(nameOf(part), shape) })),
  );
  const outputs = layers.flatMap(({ layer, parts: found }) =>
    found.flatMap(({ mean, variance }, part) => [
      [`${layer} mean ${part}`, mean] as const,
      [`${layer} variance ${part}`, variance] as const,
    ]),
  );
  const step = makeStep('statistics', { outputs: Object.fromEntries(outputs) });
  let program: Promise<Program> | undefined;

  const run = async (images: readonly Float32Array[]) => {
    program ??= engine.compile(step);
    const given = Object.fromEntries(images.map((of, part) => [nameOf(part), of]));
    const values = await (await program).run(given);
    const ofPart = parts.map((_, part) =>
      layers.map(({ layer, parts: found }) => ({
        layer,
        mean: Float64Array.from(values[`${layer} mean ${part}`]),
        variance: Float64Array.from(values[`${layer} variance ${part}`]),
        count: found[part].count,
      })),
    );
    return mergeStatistics(ofPart);
  };
  const dispose = async () => {
    (await program)?.dispose();
    program = undefined;
  };
  return Object.assign(run, { dispose });
}

function statisticsOf(network: Network, parts: readonly Omit<Pass, 'statistics'>[]): SymbolicStatistics[] {
  const batch = parts.map(({ name }) => name);
  return normalizedBy(
    network,
    parts.map((part) => ({ ...part, statistics: { batch } })),
  ).layers.map(({ layer, parts: found }) => ({
    layer,
    parts: found.map(({ x, mean }) => ({
      mean,
      variance: channelVariance(x),
      count: channelCount(x.shape),
    })),
  }));
}

/** What the normalization layers of a network take in, before they normalize it, [N, C, H, W], in the network's order. */
export interface LayerInputs {
  readonly layers: readonly { readonly layer: string; readonly x: Tensor; readonly mean: Tensor }[];
  readonly logits: Tensor;
}

/** @throws InputError for a network without NS. */
export function layerInputs(network: Network, pass: Pass): LayerInputs {
  const { layers, logits } = normalizedBy(network, [pass]);
  return {
    layers: layers.map(({ layer, parts: [only] }) => ({ layer, ...only })),
    logits: logits[pass.name],
  };
}

/**
 * What the network would move its running NS by tells which tensors its layers normalize, one a pass; the moves themselves
 * go no further.
 *
 * @throws InputError for a network without NS.
 */
function normalizedBy(network: Network, passes: readonly Pass[]) {
  const branch = firstStatistics(network);
  const running = variablesOf(network, 'statistics', branch).filter(
    (each) => placeOf(each).what === 'running_mean',
  );
  const { updates, logits } = network.forward(passes, [{ branch, from: passes.map(({ name }) => name) }]);
  const layers = running.map((variable) => {
    const update = updates.find((each) => each.variable === variable);
    const parts = update ? nearestMeans(update.value) : [];
    if (parts.length !== passes.length)
      throw new RangeError(`${variable.name} does not move by the mean of a batch`);
    return { layer: placeOf(variable).layer, parts };
  });
  return { layers, logits };
}

/** The first means of channels on all ways back from a blend of them, each with what it is the mean of. */
function nearestMeans(from: Tensor): { readonly mean: Tensor; readonly x: Tensor }[] {
  const found: { readonly mean: Tensor; readonly x: Tensor }[] = [];
  const seen = new Set([from]);
  for (const tensor of seen) {
    const [x] = tensor.inputs;
    if (tensor.operation === 'channelMean' && x) found.push({ mean: tensor, x });
    else for (const each of tensor.inputs) seen.add(each);
  }
  return found;
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
