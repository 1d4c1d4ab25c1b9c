/**
 * Why the gap in NS is small: how much of what a perturbation does to activations is common to images. At every normalization layer,
 * the shift of what goes in, in the units of the running NS of the branch,
 *
 *   d_n = z(x_n + delta_n) - z(x_n)      z = (activation - mu) / sigma
 *
 * is taken of pairs of an image and the same image perturbed, before it is normalized there, and split into the part that is common
 * to images and each image's own (moments.ts). NS, which are means over images, see the common part alone. Three perturbations:
 *
 *   adv        each image's own, by the attack through the branch
 *   universal  one for all images (universal.ts): the positive control, common by construction where it enters
 *   noise      drawn for each image: the negative control
 *
 * Images are normalized by running NS, as in evaluation, or by those of their batch, as in training and as the gap measures it; then
 * the shift of a layer is what is left after the layers before took the common part out of theirs. Moves no variable of the network.
 */
import type { AttackOptions, Examples } from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import type { Branch, Network } from '../../nn/index.ts';
import {
  type ApBranch,
  apBranchesOf,
  apBranchLabel,
  type EvaluationCells,
  runningStatisticsOf,
} from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import { attackedSamples, noisySamples, type WholeBatches, wholeBatches } from '../images.ts';
import { type BatchShifts, batchShifts, type NormalizedBy } from './batch-shifts.ts';
import {
  averageOf,
  combineLayers,
  commonShareError,
  type LayerShifts,
  type ShiftShares,
  sharesOf,
} from './moments.ts';
import { universalPerturbation, withPerturbation } from './universal.ts';

export const perturbations = ['adv', 'universal', 'noise'] as const;
export type Perturbation = (typeof perturbations)[number];

export interface ShiftOptions {
  readonly engine: Engine;
  readonly network: Network;
  /** Images and labels. A last batch that is not whole is left out. */
  readonly examples: Examples;
  /** Images a batch (default 128); the error is the jackknife's over batches. */
  readonly batchSize?: number;
  /** Of the adversarial images; its norm and epsilon bound the other perturbations too. */
  readonly attack: AttackOptions;
  readonly evaluationCells: EvaluationCells;
  /** Default 'running'. */
  readonly normalizedBy?: NormalizedBy;
  /** Steps of the ascent that makes the universal perturbation (default 40). */
  readonly universalSteps?: number;
  /** Default every AP of the network. */
  readonly apBranches?: readonly ApBranch[];
  readonly seed?: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface BranchShift {
  readonly ap: ApBranch;
  /** The running NS that images were attacked through, and whose units shifts are in. */
  readonly runningStatistics: Branch;
  readonly perturbation: Perturbation;
  /** Shares of images that are classified right: as they are, and perturbed. */
  readonly cleanAccuracy: number;
  readonly accuracy: number;
  /** Over layers. */
  readonly average: ShiftShares;
  /** The standard error of the common share's average. */
  readonly error: number;
  readonly layers: readonly ({ readonly layer: string } & ShiftShares)[];
}

/** @throws InputError for fewer than two batches, an attack in L1, and a network without NS. */
export async function shift(options: ShiftOptions): Promise<BranchShift[]> {
  const { engine, network, attack, evaluationCells, seed = 0, batchSize = 128, signal } = options;
  const { universalSteps = 40, normalizedBy = 'running', onProgress } = options;
  const whole = wholeBatches(network, options.examples, batchSize);
  const { examples, count, batches } = whole;
  if (batches < 2)
    throw new InputError(
      `shifts need at least two batches of ${batchSize} images; there are ${options.examples.labels.length} images`,
    );
  const apBranches = options.apBranches ?? apBranchesOf(network);
  const phases = phasesOf(apBranches.length * (4 * count + universalSteps * batchSize), onProgress);
  const found: BranchShift[] = [];
  for (const ap of apBranches) {
    const runningStatistics = runningStatisticsOf(network, ap, evaluationCells);
    const model = { engine, network, cell: { statistics: runningStatistics, ...ap } };
    const label = apBranchLabel(ap);
    const settings = (onProgress: (done: number) => void) => ({
      ...{ batchSize, onProgress },
      ...(signal ? { signal } : {}),
    });
    const ascending = settings(phases(universalSteps * batchSize, `universal perturbation, AP ${label}`));
    const { norm, epsilon } = attack;
    const universal = await universalPerturbation(model, examples, {
      ...{ norm, epsilon, steps: universalSteps },
      ...ascending,
    });
    const attacking = settings(phases(count, `attacking, AP ${label}`));
    const images: Readonly<Record<Perturbation, Float32Array>> = {
      adv: await attackedSamples(model, examples, { attack, seed, ...attacking }),
      universal: withPerturbation(examples.images, universal),
      noise: noisySamples(examples, { attack, seed }),
    };
    const measure = batchShifts(model, normalizedBy, batchSize);
    try {
      for (const perturbation of perturbations) {
        const comparing = phases(count, `shifts of ${perturbation}, AP ${label}`);
        const measured = await measureBatches(measure, images[perturbation], whole, comparing, signal);
        found.push({ ap, runningStatistics, perturbation, ...measured });
      }
    } finally {
      await measure.dispose();
    }
  }
  return found;
}

async function measureBatches(
  measure: BatchShifts,
  perturbed: Float32Array,
  { examples: { images, labels }, count, batches }: WholeBatches,
  onProgress: (done: number) => void,
  signal: AbortSignal | undefined,
) {
  const [batchSize, size] = [count / batches, images.length / batches];
  const each: (readonly LayerShifts[])[] = [];
  let [right, cleanRight] = [0, 0];
  for (let batch = 0; batch < batches; batch += 1) {
    signal?.throwIfAborted();
    const of = (all: Float32Array) => all.subarray(batch * size, (batch + 1) * size);
    const { layers, predicted } = await measure(of(images), of(perturbed));
    each.push(layers);
    for (let at = 0; at < batchSize; at += 1) {
      const label = labels[batch * batchSize + at];
      if (predicted.clean[at] === label) cleanRight += 1;
      if (predicted.perturbed[at] === label) right += 1;
    }
    onProgress((batch + 1) * batchSize);
  }
  const all = each.reduce((total, layers) => combineLayers(total, layers));
  const layers = all.map((layer) => ({ layer: layer.layer, ...sharesOf(layer) }));
  return {
    cleanAccuracy: cleanRight / count,
    accuracy: right / count,
    average: averageOf(layers),
    error: commonShareError(each),
    layers,
  };
}
