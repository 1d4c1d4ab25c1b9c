/**
 * Normalization as oneDNN's batch normalization primitives, which take statistics and affine parameters apart:
 *
 *   batch   mean and variance are computed by the primitive that normalizes, where nobody needed them before
 *   given   mean and variance are arguments: running statistics, or those of other images
 *
 * With batch statistics, a ReLU that alone reads the result is part of the primitive, and its gradient is part of the
 * gradient's primitive, by a bit mask. The three gradients (for x, gamma, beta) from one dy are one primitive.
 */
import {
  exactKey,
  type OperationAttributes,
  type OperationName,
  type Tensor,
  type TensorOf,
} from '../../../graph/index.ts';
import { type Emitter, type Place, primitiveKernel } from '../emitter.ts';
import type { Layout } from '../library.ts';
import { workingLayout } from './linear.ts';
import { type ChannelVectors, reluKernel, spoilKernel, whereBroken } from './relu.ts';
import { lowerReduction } from './shapes.ts';

/** Normalizations whose ReLU was fused, by the ReLU's result: what the gradient needs. */
interface Fused {
  readonly x: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly mask: Place;
  /** All that decides whether a channel is one of numbers. */
  readonly vectors: ChannelVectors;
}

const fusedRelus = new WeakMap<Emitter, Map<Tensor, Fused>>();

function fusedBy(emitter: Emitter): Map<Tensor, Fused> {
  const known = fusedRelus.get(emitter) ?? new Map<Tensor, Fused>();
  fusedRelus.set(emitter, known);
  return known;
}

const isOperation = <Name extends OperationName>(
  tensor: Tensor,
  name: Name,
): tensor is Tensor & { operation: Name; attributes: OperationAttributes[Name] } => tensor.operation === name;

/** The other tensor that reads x alone and of which the primitive gives both: mean and variance. */
const statisticOf = (x: Tensor, name: 'channelMean' | 'channelVariance', emitter: Emitter) =>
  emitter.users(x).find((user) => user.operation === name);

const vector = (channels: number, { library }: Emitter) => library.plain([channels]);

function normalizationPrimitive(
  layout: Layout,
  epsilon: number,
  statistics: 'batch' | 'given',
  relu: boolean,
  emitter: Emitter,
) {
  const key = `normalization ${layout.id} ${exactKey(epsilon)} ${statistics} ${relu}`;
  return emitter.primitive(key, () => emitter.library.normalization({ layout, epsilon, statistics, relu }));
}

/** Mean and variance alone, of images that are not normalized by them (or later). */
export function lowerStatistic(
  node: TensorOf<'channelMean'> | TensorOf<'channelVariance'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const [x] = node.inputs;
  const layout = workingLayout(x, emitter);
  const channels = x.shape[1];
  const primitive = normalizationPrimitive(layout, 1, 'batch', false, emitter);
  const images = emitter.getAs(x, layout);
  const places = (['channelMean', 'channelVariance'] as const).map((name) => {
    const tensor = name === result.operation ? result : statisticOf(x, name, emitter);
    return tensor && !emitter.isPlaced(tensor)
      ? emitter.define(tensor, vector(channels, emitter))
      : emitter.temporary(vector(channels, emitter));
  });
  const one = emitter.filled(1, channels);
  emitter.emitPrimitive(
    'statistics',
    primitive,
    { x: images, scale: one, shift: emitter.filled(0, channels) },
    { y: emitter.temporary(layout), mean: places[0], variance: places[1] },
  );
}

/** The ReLU that is all that reads a tensor: it becomes part of what computes the tensor. */
function onlyRelu(tensor: Tensor, emitter: Emitter): Tensor | undefined {
  const [user, ...others] = emitter.users(tensor);
  return user?.operation === 'relu' && others.length === 0 && !emitter.isResult(tensor) ? user : undefined;
}

export function lowerNormalize(node: TensorOf<'normalize'>, result: Tensor, emitter: Emitter): void {
  const [x, mean, variance, gamma, beta] = node.inputs;
  const { epsilon } = node.attributes;
  const isOwn =
    mean.operation === 'channelMean' &&
    mean.inputs[0] === x &&
    variance.operation === 'channelVariance' &&
    variance.inputs[0] === x &&
    !emitter.isPlaced(mean) &&
    !emitter.isPlaced(variance);
  const relu = onlyRelu(result, emitter);
  const layout = workingLayout(x, emitter);
  const statistics = isOwn ? 'batch' : 'given';
  const isFused = isOwn && relu !== undefined;
  const primitive = normalizationPrimitive(layout, epsilon, statistics, isFused, emitter);
  const affine = {
    x: emitter.getAs(x, layout),
    scale: emitter.getPlain(gamma),
    shift: emitter.getPlain(beta),
  };
  if (!isOwn) {
    const given = { mean: emitter.getPlain(mean), variance: emitter.getPlain(variance) };
    const y = emitter.define(relu ?? result, layout);
    emitter.emitPrimitive('normalize given', primitive, { ...affine, ...given }, { y });
    if (relu) emitter.emit(reluKernel(y, y, emitter));
    return;
  }
  const channels = vector(x.shape[1], emitter);
  const computed = { mean: emitter.define(mean, channels), variance: emitter.define(variance, channels) };
  const y = emitter.define(relu ?? result, layout);
  const { workspace } = primitive.layouts;
  const mask = workspace && emitter.temporary(workspace);
  emitter.emitPrimitive('normalize batch', primitive, affine, {
    y,
    ...computed,
    ...(mask ? { workspace: mask } : {}),
  });
  if (!relu) return;
  const vectors = { ...computed, scale: affine.scale, shift: affine.shift, epsilon };
  const again = normalizationPrimitive(layout, epsilon, 'given', false, emitter);
  const reads = { ...affine, ...computed };
  emitter.emit(
    whereBroken(vectors, primitiveKernel(emitter.library, 'normalize given', again, reads, { y })),
  );
  emitter.emit(whereBroken(vectors, reluKernel(y, y, emitter)));
  if (mask) fusedBy(emitter).set(relu, { x, mean, variance, mask, vectors });
}

interface Gradients {
  readonly dx: Tensor | undefined;
  readonly dgamma: Tensor | undefined;
  readonly dbeta: Tensor | undefined;
}

const isChannelSum = (tensor: Tensor) =>
  tensor.operation === 'sum' &&
  tensor.attributes.axes.join() === '0,2,3' &&
  tensor.inputs[0].shape.length === 4;

/** All gradients of one normalization that are made of the same dy. */
function gradientsOf(
  dy: Tensor,
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  own: boolean,
  emitter: Emitter,
): Gradients {
  const same = ({ inputs: [, otherX, otherMean, otherVariance] }: Tensor) =>
    otherX === x && otherMean === mean && otherVariance === variance;
  const users = emitter.users(dy).filter((user) => user.inputs[0] === dy && !emitter.isPlaced(user));
  return {
    dx: own ? users.find((user) => user.operation === 'batchNormInputGradient' && same(user)) : undefined,
    dgamma: users.find((user) => user.operation === 'normalizeScaleGradient' && same(user)),
    dbeta: users.find((user) => isChannelSum(user) && user.shape.length === 1),
  };
}

/** dy before the ReLU that was fused into this normalization, if nobody else needs it after. */
function throughFusedRelu(
  dy: Tensor,
  gradients: Gradients,
  emitter: Emitter,
): { dy: Tensor; mask: Place; vectors: ChannelVectors } | undefined {
  if (dy.operation !== 'reluGradient' || emitter.isPlaced(dy) || emitter.isResult(dy)) return undefined;
  const fused = fusedBy(emitter).get(dy.inputs[1]);
  const [, x, mean, variance] = gradients.dx?.inputs ?? [];
  if (!fused || fused.x !== x || fused.mean !== mean || fused.variance !== variance) return undefined;
  const family: (Tensor | undefined)[] = [gradients.dx, gradients.dgamma, gradients.dbeta];
  if (!emitter.users(dy).every((user) => family.includes(user))) return undefined;
  return { dy: dy.inputs[0], mask: fused.mask, vectors: fused.vectors };
}

export function lowerNormalizationGradients(
  node: TensorOf<'batchNormInputGradient'> | TensorOf<'normalizeScaleGradient'>,
  _result: Tensor,
  emitter: Emitter,
): void {
  const [dy, x, mean, variance] = node.inputs;
  const found = gradientsOf(dy, x, mean, variance, true, emitter);
  const gamma = found.dx?.inputs[4];
  const statistics = found.dx ? 'batch' : 'given';
  const through = throughFusedRelu(dy, found, emitter);
  const layout = workingLayout(x, emitter);
  const channels = x.shape[1];
  const { epsilon } = node.attributes;
  const key = `normalizationGradient ${layout.id} ${exactKey(epsilon)} ${statistics} ${through !== undefined}`;
  const primitive = emitter.primitive(key, () =>
    emitter.library.normalizationGradient({ layout, epsilon, statistics, relu: through !== undefined }),
  );
  const reads = {
    dy: emitter.getAs(through?.dy ?? dy, layout),
    x: emitter.getAs(x, layout),
    mean: emitter.getPlain(mean),
    variance: emitter.getPlain(variance),
    scale: gamma ? emitter.getPlain(gamma) : emitter.filled(1, channels),
    shift: emitter.filled(0, channels),
    ...(through ? { workspace: through.mask } : {}),
  };
  const target = (tensor: Tensor | undefined, as: Layout) =>
    tensor ? emitter.define(tensor, as) : emitter.temporary(as);
  const writes = {
    dx: target(found.dx, layout),
    dscale: target(found.dgamma, vector(channels, emitter)),
    dshift: target(found.dbeta, vector(channels, emitter)),
  };
  emitter.emitPrimitive(`normalizationGradient ${statistics}`, primitive, reads, writes);
  // The mask knows no NaN; and what is NaN in one channel of the images is soon so in all.
  if (through) emitter.emit(whereBroken(through.vectors, spoilKernel(Object.values(writes))));
}

/** A sum over pixels may be a normalization's gradient for beta; else it is a sum like others. */
export function lowerSum(node: TensorOf<'sum'>, result: Tensor, emitter: Emitter): void {
  const relative = isChannelSum(result)
    ? emitter
        .users(node.inputs[0])
        .find(
          (user) =>
            user.inputs[0] === node.inputs[0] &&
            (isOperation(user, 'batchNormInputGradient') || isOperation(user, 'normalizeScaleGradient')),
        )
    : undefined;
  if (relative && !emitter.isPlaced(relative)) emitter.get(relative);
  if (!emitter.isPlaced(result)) lowerReduction(node, result, emitter);
}

/** x scale + shift per channel: normalization by mean 0 and variance 1. */
export function lowerChannelAffine(
  { inputs: [x, scale, shift] }: TensorOf<'channelAffine'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const layout = workingLayout(x, emitter);
  const channels = x.shape[1];
  const primitive = normalizationPrimitive(layout, 0, 'given', false, emitter);
  const reads = {
    x: emitter.getAs(x, layout),
    scale: emitter.getPlain(scale),
    shift: emitter.getPlain(shift),
    mean: emitter.filled(0, channels),
    variance: emitter.filled(1, channels),
  };
  emitter.emitPrimitive('channelAffine', primitive, reads, { y: emitter.define(result, layout) });
}
