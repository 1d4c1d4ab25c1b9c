/**
 * The one training loop. It knows no files and prints nothing: it tells a listener what happened, and whoever owns the run
 * stores it. Everything random is keyed by (seed, epoch, example), and the position in the training is explicit, so that
 * a training that is cut and continued gives the same bits as one that is not.
 */
import { oneHot } from '../attacks/index.ts';
import { type Batch, batchCount, batches, imageSize } from '../data/index.ts';
import type { Engine, Program } from '../engines/engine.ts';
import { InputError, RunError } from '../errors.ts';
import type { Variable } from '../graph/index.ts';
import { initialValue } from '../nn/index.ts';
import { learningRateAt } from './schedule.ts';
import type { TrainingSetup } from './setup.ts';
import { type Parameter, parametersOf } from './sgd.ts';
import { sourceInputs } from './sources.ts';
import { trainingStep } from './step.ts';
import {
  type Averages,
  averages,
  count,
  emptyRunningMetrics,
  type RunningMetrics,
} from './running-metrics.ts';
import { type Validation, validator } from './validation.ts';

/** Where a training stands, between two steps. With the variables' values it is all that continuing needs. */
export interface Position {
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly batch: number;
  readonly runningMetrics: RunningMetrics;
}

export interface StepReport {
  /** Steps since the start of training, this one included, and of the whole training. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
}

export interface EpochReport {
  /** Epochs done. */
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly train: Averages;
  readonly validation?: Validation;
}

/** What the owner of a run wants to hear of; each is awaited. */
export interface Listener {
  onStep?(report: StepReport, position: Position): Promise<void> | void;
  onEpoch?(report: EpochReport, position: Position): Promise<void> | void;
}

export interface Outcome {
  /** 'interrupted' by the signal, after a whole step; the position says where to continue. */
  readonly ended: 'done' | 'interrupted';
  readonly position: Position;
}

/** A training in an engine. */
export interface Trainer {
  /** All state: the network's variables and the optimizer's. */
  readonly variables: readonly Variable[];
  readonly stepsPerEpoch: number;
  /** Before the first step. */
  readonly start: Position;
  /** Set every variable to its start: the value given under its name, else that of the seed. */
  initialize(given?: ReadonlyMap<string, Float32Array>): void;
  run(from?: Position, listener?: Listener, signal?: AbortSignal): Promise<Outcome>;
}

/** Make a trainer; compiles the training step of the first epoch. */
export async function createTrainer(setup: TrainingSetup, engine: Engine): Promise<Trainer> {
  const { network, dataset, train, batchSize, epochs, regime } = setup;
  const parameters = parametersOf(network.variables, regime.keeps);
  const stepsPerEpoch = batchCount(train.length, { batchSize, dropLast: true });
  if (stepsPerEpoch === 0)
    throw new InputError(
      `batch size ${batchSize} is larger than the ${train.length} training images of ${dataset.displayName}: lower batchSize or raise data.trainExamples`,
    );
  const programOf = await epochPrograms(setup, parameters, engine);
  const validate = setup.validation.length > 0 ? validator(setup, engine) : undefined;
  const passNames = regime.passes.map((pass) => pass.name);
  const epochStart = (epoch: number): Position => ({
    epoch,
    batch: 0,
    runningMetrics: emptyRunningMetrics(passNames),
  });

  const trainEpoch = async (from: Position, listener: Listener, signal?: AbortSignal): Promise<Position> => {
    const { epoch, runningMetrics } = from;
    let { batch: done } = from;
    const program = await programOf(epoch);
    const { seed, augmentation } = setup;
    const options = { batchSize, epoch, seed, shuffle: true, augmentation, dropLast: true, start: done };
    for (const batch of batches(dataset, train, options)) {
      if (signal?.aborted) break;
      const learningRate = rateAt(setup, epoch + done / stepsPerEpoch);
      const outputs = await program.run(stepInputs(setup, batch, epoch, learningRate));
      count(runningMetrics, outputs, batch.labels, network.classes);
      done += 1;
      const loss = outputs.loss?.[0] ?? Number.NaN;
      if (!Number.isFinite(loss)) throw notFinite(setup, engine, epoch, done, loss);
      const step = epoch * stepsPerEpoch + done;
      const report = { step, steps: epochs * stepsPerEpoch, epoch, learningRate, loss };
      await listener.onStep?.(report, { epoch, batch: done, runningMetrics });
    }
    return { epoch, batch: done, runningMetrics };
  };

  return {
    variables: [...network.variables, ...parameters.map(({ velocity }) => velocity)],
    stepsPerEpoch,
    start: epochStart(0),
    initialize(given) {
      for (const variable of network.variables)
        engine.write(variable, given?.get(variable.name) ?? initialValue(variable, setup.seed));
      for (const { velocity } of parameters)
        engine.write(velocity, new Float32Array(velocity.shape.reduce((size, length) => size * length, 1)));
    },
    async run(from = epochStart(0), listener = {}, signal) {
      let position = from;
      while (position.epoch < epochs) {
        const reached = await trainEpoch(position, listener, signal);
        if (reached.batch < stepsPerEpoch) return { ended: 'interrupted', position: reached };
        const epoch = position.epoch + 1;
        const due = epoch === epochs || epoch % setup.validate.everyEpochs === 0;
        const validation = due ? await validate?.() : undefined;
        const report: EpochReport = {
          epoch,
          step: epoch * stepsPerEpoch,
          learningRate: rateAt(setup, epoch - 1 / stepsPerEpoch),
          train: averages(reached.runningMetrics),
          ...(validation ? { validation } : {}),
        };
        position = epochStart(epoch);
        await listener.onEpoch?.(report, position);
        if (signal?.aborted && epoch < epochs) return { ended: 'interrupted', position };
      }
      return { ended: 'done', position };
    },
  };
}

/** The program of an epoch, made when it is first asked for; what an earlier epoch had is given back. */
async function epochPrograms(setup: TrainingSetup, parameters: readonly Parameter[], engine: Engine) {
  const { awp } = setup;
  const sizeIn = (epoch: number) => (awp && epoch >= awp.fromEpoch ? awp.gamma : undefined);
  const make = async (perturbWeights: number | undefined) => ({
    perturbWeights,
    program: await engine.compile(trainingStep({ ...setup, parameters, perturbWeights })),
  });
  let current = await make(sizeIn(0));
  return async function programOf(epoch: number): Promise<Program> {
    if (current.perturbWeights !== sizeIn(epoch)) {
      current.program.dispose();
      current = await make(sizeIn(epoch));
    }
    return current.program;
  };
}

const rateAt = ({ schedule, optimizer, epochs }: TrainingSetup, position: number) =>
  learningRateAt(schedule, optimizer.learningRate, epochs, position);

/** The inputs of the step for one batch: images, labels and rate, and what its sources draw. */
function stepInputs(
  { seed, network, attack, dataset, regime }: TrainingSetup,
  { images, labels, indices }: Batch,
  epoch: number,
  learningRate: number,
) {
  const keys = Array.from(indices, (example) => ({ seed, example, epoch }));
  return {
    images,
    labels: oneHot(labels, network.classes),
    learningRate: Float32Array.of(learningRate),
    ...sourceInputs(regime, attack, keys, imageSize(dataset)),
  };
}

/** A loss that is no number, with the first variable that is not finite either. */
function notFinite(
  { network, regime }: TrainingSetup,
  engine: Engine,
  epoch: number,
  batch: number,
  loss: number,
) {
  const broken = network.variables.find((variable) =>
    engine.read(variable).some((value) => !Number.isFinite(value)),
  );
  const where = broken ? `; the first variable that is not finite is ${broken.name} (${broken.role})` : '';
  return new RunError(
    `the loss of ${network.name} (${regime.summary}) is ${loss} in epoch ${epoch + 1}, batch ${batch}${where}. ` +
      'The last checkpoint is from before it: lower optimizer.learningRate and train again',
  );
}
