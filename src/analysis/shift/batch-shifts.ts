/**
 * The shifts of one batch of pairs, an image and the same image perturbed, at every normalization layer: both batches go through the
 * network, and what is needed of z(x') - z(x), z = (activation - mu) / sigma by running NS, leaves the graph summed, because the
 * activations themselves are many. Moves no variable of the network.
 */
import { batchShape, type Model, predictedClass } from '../../attacks/index.ts';
import type { Program } from '../../engines/index.ts';
import {
  add,
  broadcast,
  constant,
  input,
  makeStep,
  multiply,
  normalize,
  subtract,
  sum,
  type Tensor,
  variable,
} from '../../graph/index.ts';
import { type Branch, type Network, normalizationEpsilon, type StatisticsChoice } from '../../nn/index.ts';
import { layerInputs } from '../batch-statistics.ts';
import { placeOf, variablesOf } from '../branches.ts';
import { type LayerShifts, sumRows } from './moments.ts';

/** What normalizes the images that are compared. */
const statisticsBy = {
  running: (branch: Branch): StatisticsChoice => ({ running: branch }),
  batch: (_: Branch, pass: string): StatisticsChoice => ({ batch: [pass] }),
} as const;

export type NormalizedBy = keyof typeof statisticsBy;
export const normalizedByNames = ['running', 'batch'] as const satisfies readonly NormalizedBy[];

export interface BatchShifts {
  /** Of images [batchSize, C, H, W]: the sums of their shifts, in the network's order, and the predicted classes. */
  (
    clean: Float32Array,
    perturbed: Float32Array,
  ): Promise<{
    readonly layers: readonly LayerShifts[];
    readonly predicted: { readonly clean: readonly number[]; readonly perturbed: readonly number[] };
  }>;
  dispose(): Promise<void>;
}

/** Compile the passes. @throws InputError for a network without NS. */
export function batchShifts(
  { engine, network, cell }: Model,
  normalizedBy: NormalizedBy,
  batchSize: number,
): BatchShifts {
  const shape = batchShape(network, batchSize);
  const { statistics, ...ap } = cell;
  const through = (name: string) => {
    const images = input(name, shape);
    return layerInputs(network, {
      name,
      images,
      statistics: statisticsBy[normalizedBy](statistics, name),
      ...ap,
    });
  };
  const [clean, perturbed] = [through('clean'), through('perturbed')];
  const units = unitsOf(network, statistics);
  const layers = clean.layers.map(({ layer, x }, at) => {
    const inUnits = units(layer);
    return symbolicShifts(layer, inUnits(x), inUnits(perturbed.layers[at].x));
  });
  const outputs = layers.flatMap(({ layer, means, spreads, positions, squares }) => [
    [`${layer} means`, means] as const,
    [`${layer} spreads`, spreads] as const,
    [`${layer} positions`, positions] as const,
    [`${layer} squares`, squares] as const,
  ]);
  const step = makeStep('shifts', {
    outputs: { ...Object.fromEntries(outputs), clean: clean.logits, perturbed: perturbed.logits },
  });
  let program: Promise<Program> | undefined;

  const run = async (images: Float32Array, others: Float32Array) => {
    program ??= engine.compile(step);
    const values = await (await program).run({ clean: images, perturbed: others });
    const classesOf = (logits: Float32Array) =>
      Array.from({ length: batchSize }, (_, at) => predictedClass(logits, network.classes, at));
    return {
      layers: layers.map(({ layer, pixels }) => ({
        layer,
        pixels,
        means: sumRows(values[`${layer} means`], batchSize),
        spreads: sumRows(values[`${layer} spreads`], batchSize),
        positions: {
          count: batchSize,
          sum: Float64Array.from(values[`${layer} positions`]),
          squares: values[`${layer} squares`].reduce((total, value) => total + value, 0),
        },
      })),
      predicted: { clean: classesOf(values.clean), perturbed: classesOf(values.perturbed) },
    };
  };
  const dispose = async () => {
    (await program)?.dispose();
    program = undefined;
  };
  return Object.assign(run, { dispose });
}

/** Of a layer's z of both batches, [N, C, H, W]. */
function symbolicShifts(layer: string, clean: Tensor, perturbed: Tensor) {
  const [, , height = 1, width = 1] = clean.shape;
  const pixels = height * width;
  const shift = subtract(perturbed, clean);
  const overPixels = (x: Tensor) => multiply(sum(x, [2, 3]), 1 / pixels);
  return {
    layer,
    pixels,
    /** [N, C] */
    means: overPixels(shift),
    /** Of z^2, [N, C]; as a product, which loses fewer digits than a difference of squares. */
    spreads: overPixels(multiply(shift, add(clean, perturbed))),
    /** [C, H, W] */
    positions: sum(shift, [0]),
    /** |d_n|^2, [N] */
    squares: sum(multiply(shift, shift), [1, 2, 3]),
  };
}

/** z of a layer's activations, by the running NS of a branch. */
function unitsOf(network: Network, branch: Branch) {
  const byPlace = new Map(
    variablesOf(network, 'statistics', branch).map((each) => {
      const { layer, what } = placeOf(each);
      return [`${layer} ${what}`, each] as const;
    }),
  );
  return (layer: string) => {
    const [mean, variance] = ['running_mean', 'running_var'].map((what) => byPlace.get(`${layer} ${what}`));
    if (!mean || !variance) throw new RangeError(`${layer} has no running statistics`);
    return (x: Tensor) =>
      normalize(x, {
        mean: variable(mean),
        variance: variable(variance),
        gamma: broadcast(constant(1), mean.shape),
        beta: broadcast(constant(0), mean.shape),
        epsilon: normalizationEpsilon,
      });
  };
}
