/**
 * Normalization of each example by itself: group, instance and layer normalization (normalization-options.ts).
 *
 *   xhat = (x - mu_ng) / sqrt(sigma_ng^2 + 1e-5)      mu, sigma^2 over group g of the channels of example n
 *
 * It is the same in training and in evaluation, there are no running NS to update. No operation of its own:
 * [N, C, H, W] read as [1, N G, C/G H, W] has the statistics asked for as those of its channels.
 */
import { InputError } from '../errors.ts';
import {
  broadcast,
  channelAffine,
  channelMean,
  channelVariance,
  constant,
  normalize,
  reshape,
  type Tensor,
} from '../graph/index.ts';
import { affineParameters } from './affine.ts';
import type { BranchSets } from './cell.ts';
import { groupsOf, type NormalizationOptions, normalizationEpsilon } from './normalization-options.ts';
import { each, type Layer, type PassChoice } from './pass.ts';
import type { Declare } from './variables.ts';

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
