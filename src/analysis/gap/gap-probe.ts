/**
 * The domain gap during training, at little cost: the same two small batches each time, attacked as in training through the
 * cell that the network's robustness is evaluated through. Programs are compiled once and kept; a measurement reads variables and
 * moves none, so a training with it gives the same bits as one without.
 *
 * Given are means over layers, by name:
 *
 *   mu.adv-clean.wasserstein          NS of the batch attacked against clean; noise-clean and clean-clean likewise (gap.ts)
 *   gamma.branches.clean-adv.cosine   AP of two branches, and mu and sigma of two running NS (affine.ts)
 */
import { attack, batchShape } from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { sizeOf } from '../../graph/index.ts';
import { affineDistances } from '../affine/affine.ts';
import { batchStatistics } from '../batch-statistics.ts';
import { apBranchOf } from '../branches.ts';
import { noisySamples, wholeBatches } from '../images.ts';
import { averageMeasures, type Measures, measureNames } from '../measures.ts';
import { batchPairNames, batchPairs, type GapOptions, gapStatisticNames, measureBatch } from './gap.ts';

export interface GapProbe {
  (): Promise<Readonly<Record<string, number>>>;
  dispose(): Promise<void>;
}

/**
 * Prepare a probe of `examples`, half of them attacked and the other half the yardstick.
 *
 * @throws InputError for fewer than four images, and for a network without NS.
 */
export function gapProbe(
  options: Pick<GapOptions, 'engine' | 'network' | 'examples' | 'attack' | 'evaluationCells' | 'seed'>,
): GapProbe {
  const { engine, network, attack: attackOptions, evaluationCells, seed = 0 } = options;
  const batchSize = Math.floor(options.examples.labels.length / 2);
  if (batchSize < 2) throw new InputError('the gap is measured on two batches of at least 2 images');
  const size = sizeOf(batchShape(network, batchSize));
  const examples = wholeBatches(network, options.examples, batchSize).examples;
  const half = {
    images: examples.images.subarray(0, size),
    labels: Array.from(examples.labels).slice(0, batchSize),
    indices: Array.from(examples.indices).slice(0, batchSize),
  };
  const other = examples.images.subarray(size);
  const noise = noisySamples(half, { attack: attackOptions, seed });
  const cell = evaluationCells.robust;
  const statistics = batchStatistics({ engine, network, ap: apBranchOf(cell) }, batchSize);
  const perturb = attack({ engine, network, cell }, attackOptions, { seed, batchSize });

  const measure = async () => {
    const { adversarial } = await perturb(half);
    const versions = {
      clean: await statistics(half.images),
      adv: await statistics(adversarial),
      noise: await statistics(noise),
      'clean-2': await statistics(other),
    };
    const gaps = batchPairNames.flatMap((pair) => {
      const [a, b] = batchPairs[pair];
      return gapStatisticNames.flatMap((statistic) =>
        named(`${statistic}.${pair}`, averageMeasures(measureBatch(versions[a], versions[b], statistic))),
      );
    });
    const branches = affineDistances({ engine, network }).distances.flatMap(
      ({ quantity, branches: [a, b], average }) => named(`${quantity}.branches.${a}-${b}`, average),
    );
    return Object.fromEntries([...gaps, ...branches]);
  };
  const dispose = async () => {
    await perturb.dispose();
    await statistics.dispose();
  };
  return Object.assign(measure, { dispose });
}

const named = (prefix: string, measures: Measures) =>
  measureNames.map((name) => [`${prefix}.${name}`, measures[name]] as const);
