/**
 * Batch normalization with NS and AP as two axes: each pass says whose statistics and which affine parameters it uses
 * (pass.ts). This is the only batch normalization; a regime is a choice of values for it.
 *
 *   y = gamma_a (x - mu_s) / sqrt(sigma_s^2 + 1e-5) + beta_a        s: statistics, a: affine, chosen independently
 *
 * Statistics of several batches together are merged from those of each, which gives exactly what concatenating the
 * batches would (Chan et al. 1979): with n_i values of mean mu_i and variance v_i, and N = sum n_i,
 *
 *   mu = sum n_i mu_i / N        sigma^2 = sum n_i (v_i + (mu_i - mu)^2) / N
 *
 * Running NS, as PyTorch, with momentum m (0.1 unless said otherwise) and the unbiased variance N/(N-1) sigma^2:
 *
 *   running = (1 - m) running + m batch
 *
 * Normalization of each example by itself, group, instance and layer normalization (normalization-options.ts), is
 *
 *   xhat = (x - mu_ng) / sqrt(sigma_ng^2 + 1e-5)      mu, sigma^2 over group g of the channels of example n
 *
 * the same in training and in evaluation: there are no running NS to update. No operation of its own: [N, C, H, W] read as
 * [1, N G, C/G H, W] has the statistics asked for as those of its channels.
 */
import { InputError } from '../errors.ts';
import {
  add,
  broadcast,
  channelAffine,
  channelCount,
  channelMean,
  channelVariance,
  constant,
  multiply,
  normalize,
  reshape,
  subtract,
  type Tensor,
  variable,
} from '../graph/index.ts';
import { affineParameters } from './affine.ts';
import { type BranchSets, byBranch, nameIn, ownerIn, pick } from './cell.ts';
import {
  defaultMomentum,
  groupsOf,
  type NormalizationOptions,
  normalizationEpsilon,
  plainNormalization,
} from './normalization-options.ts';
import { each, type JointForward, type Layer, type PassChoice, type ReadVariable } from './pass.ts';
import type { Branch, Declare, NetworkVariable } from './variables.ts';

interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** Values a channel, N in the formulas above. */
  readonly count: number;
}

/** Statistics of several batches together, by the formula at the head. */
function merge(parts: readonly Statistics[]): Statistics {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const count = parts.reduce((total, part) => total + part.count, 0);
  const weigh = (value: (part: Statistics) => Tensor) =>
    parts.map((part) => multiply(value(part), part.count / count)).reduce((a, b) => add(a, b));
  const mean = weigh((part) => part.mean);
  const variance = weigh((part) => {
    const shift = subtract(part.mean, mean);
    return add(part.variance, multiply(shift, shift));
  });
  return { mean, variance, count };
}

interface RunningStatistics {
  readonly mean: NetworkVariable;
  readonly variance: NetworkVariable;
}

/** Batch statistics of passes of this layer, made once for each set of passes that somebody asks for. */
function batchStatistics(tensors: readonly Tensor[], passes: readonly PassChoice[]) {
  const known = new Map<string, Statistics>();
  return function of(names: readonly string[]): Statistics {
    const key = names.join('\n');
    const found = known.get(key);
    if (found) return found;
    const [name, ...more] = names;
    const x = tensors[passes.findIndex((pass) => pass.name === name)];
    if (more.length === 0 && !x) throw new RangeError(`no pass is called ${name}`);
    const made =
      more.length === 0 && x
        ? { mean: channelMean(x), variance: channelVariance(x), count: channelCount(x.shape) }
        : merge(names.map((part) => of([part])));
    known.set(key, made);
    return made;
  };
}

function updateStatistics(
  { statisticsUpdates, updates }: JointForward,
  running: ReadonlyMap<Branch, RunningStatistics>,
  batch: (names: readonly string[]) => Statistics,
  momentum: number,
): void {
  const updated = new Map<Branch, { mean: Tensor; variance: Tensor }>();
  const blend = (old: Tensor, now: Tensor) => add(multiply(old, 1 - momentum), multiply(now, momentum));
  for (const { branch, from } of statisticsUpdates) {
    const variables = pick(running, branch, 'running statistics');
    // An update starts from the variable itself, whatever stands for it in the passes.
    const before = updated.get(branch) ?? {
      mean: variable(variables.mean),
      variance: variable(variables.variance),
    };
    const { mean, variance, count } = batch(from);
    if (count < 2)
      throw new InputError(
        `running statistics (NS ${branch}) cannot be updated by a batch of one value a channel, which has no variance: raise batchSize or use larger images`,
      );
    const unbiased = multiply(variance, count / (count - 1));
    updated.set(branch, { mean: blend(before.mean, mean), variance: blend(before.variance, unbiased) });
  }
  for (const [branch, value] of updated) {
    const variables = pick(running, branch, 'running statistics');
    updates.push({ variable: variables.mean, value: value.mean });
    updates.push({ variable: variables.variance, value: value.variance });
  }
}

/** A batch normalization of [N, channels, H, W], with the sets of NS and AP that the network has. */
export function batchNormalizationLayer(
  declare: Declare,
  layer: string,
  channels: number,
  sets: BranchSets,
  options: NormalizationOptions = plainNormalization,
): Layer {
  const affine = affineParameters(declare, layer, channels, sets, options);
  const running = byBranch(sets.statistics, (branch): RunningStatistics => {
    const make = (what: string, value: number) =>
      declare({
        name: nameIn(layer, sets.statistics, branch, what),
        shape: [channels],
        role: 'statistic',
        branch: ownerIn(sets.statistics, branch),
        initialization: { kind: 'constant', value },
      });
    return { mean: make('running_mean', 0), variance: make('running_var', 1) };
  });
  return (tensors, joint) => {
    const batch = batchStatistics(tensors, joint.passes);
    const outputs = joint.passes.map((pass, at) => {
      const x = tensors[at];
      if (!x) throw new RangeError(`pass ${pass.name} has no tensor`);
      return normalize(x, {
        ...statisticsOf(pass, running, batch, joint.read),
        ...affine(pass.affine, joint.read),
        epsilon: normalizationEpsilon,
      });
    });
    updateStatistics(joint, running, batch, options.momentum ?? defaultMomentum);
    return outputs;
  };
}

function statisticsOf(
  { statistics }: PassChoice,
  running: ReadonlyMap<Branch, RunningStatistics>,
  batch: (names: readonly string[]) => Statistics,
  read: ReadVariable,
): { mean: Tensor; variance: Tensor } {
  if ('running' in statistics) {
    const variables = pick(running, statistics.running, 'running statistics');
    return { mean: read(variables.mean), variance: read(variables.variance) };
  }
  const { mean, variance } = batch(statistics.batch);
  return { mean, variance };
}

/** A normalization layer of [N, channels, H, W] by each example's own statistics, with the AP of the passes. */
export function groupNormalizationLayer(
  declare: Declare,
  layer: string,
  channels: number,
  sets: BranchSets,
  options: NormalizationOptions,
): Layer {
  const groups = groupsOf(options, layer, channels);
  const affine = affineParameters(declare, layer, channels, sets, options);
  return each((x, read, pass) => {
    refuseOthersStatistics(pass, options);
    const y = normalizeGroups(x, groups);
    if (!options.affine) return y;
    const { gamma, beta } = affine(pass.affine, read);
    return channelAffine(y, gamma, beta);
  });
}

/** xhat of the formula at the head, [N, C, H, W]. */
export function normalizeGroups(x: Tensor, groups: number): Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  const values = (c / groups) * h * w;
  if (values < 2)
    throw new InputError(
      `a normalization of ${groups} groups of ${c} channels at ${h}x${w} pixels has one value a group, and no variance: use fewer groups or larger images`,
    );
  const rows = reshape(x, [1, n * groups, (c / groups) * h, w]);
  const flat = [n * groups];
  const normalized = normalize(rows, {
    mean: channelMean(rows),
    variance: channelVariance(rows),
    gamma: broadcast(constant(1), flat),
    beta: broadcast(constant(0), flat),
    epsilon: normalizationEpsilon,
  });
  return reshape(normalized, x.shape);
}

/** A mixture with other passes changes nothing here and may be asked for; the statistics of others alone cannot be had. */
function refuseOthersStatistics({ name, statistics }: PassChoice, { kind }: NormalizationOptions): void {
  if ('running' in statistics || statistics.batch.includes(name)) return;
  throw new InputError(
    `the regime normalizes its pass ${name} by the statistics of ${statistics.batch.join(', ')}, which ${kind} normalization cannot: it takes each image's own`,
    [{ where: 'network.normalization.kind', what: 'use batch, or another regime' }],
  );
}
