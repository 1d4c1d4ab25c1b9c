/**
 * The domain gap during training: every so many steps, on two fixed batches of training images, as records of kind `gap` in
 * the metrics. It reads the network and writes nothing, so that the training has the same bits with it and without.
 */
import { gapProbe } from '../analysis/index.ts';
import type { Configuration } from '../configuration/index.ts';
import { gather } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { permutation } from '../random/index.ts';
import { type Callback, evaluationCells, type TrainingSetup } from '../training/index.ts';

/**
 * The callback that a configuration asks for, undefined where it asks for none.
 *
 * @throws InputError where the gap cannot be measured: too few images, or a network without NS.
 */
export function gapCallback(
  { analysis: { gapEverySteps, gapBatchSize } }: Pick<Configuration, 'analysis'>,
  { seed, dataset, train, network, attack, regime }: TrainingSetup,
): Callback | undefined {
  if (gapEverySteps === 0) return undefined;
  if (2 * gapBatchSize > train.length)
    throw new InputError(
      `analysis.gapBatchSize asks for two batches of ${gapBatchSize} training images; there are ${train.length}`,
    );
  if (!network.variables.some(({ role }) => role === 'statistic'))
    throw new InputError(
      'analysis.gapEverySteps: this network has no normalization statistics (NS); set it to 0',
    );
  let probe: ReturnType<typeof gapProbe> | undefined;
  return {
    onStart({ engine }) {
      const order = permutation({ seed, purpose: 'shuffle' }, train.length).slice(0, 2 * gapBatchSize);
      const examples = gather(
        dataset,
        order.map((at) => train[at]),
      );
      const cells = evaluationCells(regime);
      probe = gapProbe({ engine, network, examples, attack, evaluationCells: cells, seed });
    },
    async onStep({ step }, { record }) {
      if (probe && step % gapEverySteps === 0) record('gap', await probe());
    },
    async onEnd() {
      await probe?.dispose();
      probe = undefined;
    },
  };
}
