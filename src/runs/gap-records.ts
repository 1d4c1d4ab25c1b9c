/** The domain gap in metrics.jsonl: every so many steps, on two fixed batches of training images. */
import { gapProbe } from '../analysis/index.ts';
import type { Configuration } from '../configuration/index.ts';
import { gather } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import { InputError } from '../errors.ts';
import { permutation } from '../random/index.ts';
import { evaluationCells, type StepReport, type TrainingSetup } from '../training/index.ts';

export interface GapRecords {
  /** The numbers that are due after a step, if any are. */
  after(step: Pick<StepReport, 'step'>): Promise<Readonly<Record<string, number>> | undefined>;
  dispose(): Promise<void>;
}

type Asked = Pick<Configuration, 'analysis'>;

/** @throws InputError where the gap is asked for and cannot be measured: too few images, or a network without NS. */
export function refuseGap(
  { analysis: { gapEverySteps, gapBatchSize } }: Asked,
  { train, network }: TrainingSetup,
): void {
  if (gapEverySteps === 0) return;
  if (2 * gapBatchSize > train.length)
    throw new InputError(
      `analysis.gapBatchSize asks for two batches of ${gapBatchSize} training images; there are ${train.length}`,
    );
  if (!network.variables.some(({ role }) => role === 'statistic'))
    throw new InputError(
      'analysis.gapEverySteps: this network has no normalization statistics (NS); set it to 0',
    );
}

/** Prepare the records of a training that was not refused. */
export function gapRecords(
  { analysis: { gapEverySteps, gapBatchSize } }: Asked,
  { seed, dataset, train, network, attack, regime }: TrainingSetup,
  engine: Engine,
): GapRecords {
  if (gapEverySteps === 0) return { after: async () => undefined, dispose: async () => {} };
  const order = permutation({ seed, purpose: 'shuffle' }, train.length).slice(0, 2 * gapBatchSize);
  const examples = gather(
    dataset,
    order.map((at) => train[at]),
  );
  const probe = gapProbe({
    engine,
    network,
    examples,
    attack,
    evaluationCells: evaluationCells(regime),
    seed,
  });
  return {
    after: async ({ step }) => (step % gapEverySteps === 0 ? await probe() : undefined),
    dispose: () => probe.dispose(),
  };
}
