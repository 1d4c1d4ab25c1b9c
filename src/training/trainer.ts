/**
 * The one training loop. It knows no files and prints nothing: it tells callbacks what happened, and whoever owns the run
 * stores it. Everything random is keyed by (seed, epoch, example), and the position in the training is explicit, so that
 * a training that is cut and continued gives the same bits as one that is not.
 */
import { checkAttack, oneHot } from '../attacks/index.ts';
import { type Batch, batchCount, batches, imageSize } from '../data/index.ts';
import type { Engine, Program } from '../engines/index.ts';
import { InputError, RunError } from '../errors.ts';
import { sizeOf, type Variable } from '../graph/index.ts';
import { initialValue } from '../nn/index.ts';
import {
  type Callback,
  type CallbackHost,
  callbackHost,
  type EpochReport,
  type Outcome,
  type Position,
} from './callbacks.ts';
import { averages, count, emptyRunningMetrics, validator } from './metrics.ts';
import { optimizerOf, type Parameter, parametersOf } from './optimizers.ts';
import { learningRateAt } from './schedules.ts';
import type { TrainingSetup } from './setup.ts';
import { sourceInputs } from './sources.ts';
import { trainingStep } from './step.ts';

export interface TrainOptions {
  /** Where to begin (default: before the first step). */
  readonly from?: Position;
  /** Told in this order. */
  readonly callbacks?: readonly Callback[];
  /** Ends the training between two steps, of training or of the validation's attack. */
  readonly signal?: AbortSignal | undefined;
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
  run(options?: TrainOptions): Promise<Outcome>;
}

/** Make a trainer; compiles the training step of the first epoch. */
export async function createTrainer(setup: TrainingSetup, engine: Engine): Promise<Trainer> {
  const { network, dataset, train, batchSize, epochs, regime } = setup;
  const parameters = parametersOf(network.variables, optimizerOf(setup.optimizer), regime.frozen);
  const state = parameters.flatMap((parameter) => parameter.state);
  const stepsPerEpoch = batchCount(train.length, { batchSize, dropLast: true });
  if (stepsPerEpoch === 0)
    throw new InputError(
      `batch size ${batchSize} is larger than the ${train.length} training images of ${dataset.displayName}: lower batchSize or raise data.trainExamples`,
    );
  checkAttack(setup.validate.attack);
  const programOf = await epochPrograms(setup, parameters, engine);
  const passNames = regime.passes.map((pass) => pass.name);
  const epochStart = (epoch: number): Position => ({
    epoch,
    batch: 0,
    runningMetrics: emptyRunningMetrics(passNames),
  });

  /** Train to the end of an epoch, or to where the signal or a callback ends it. */
  const trainEpoch = async (from: Position, host: CallbackHost, signal?: AbortSignal): Promise<Position> => {
    const { epoch, runningMetrics } = from;
    let { batch: done } = from;
    const program = await programOf(epoch);
    const { seed, augmentation } = setup;
    const options = { batchSize, epoch, seed, shuffle: true, augmentation, dropLast: true, start: done };
    for (const batch of batches(dataset, train, options)) {
      if (signal?.aborted || host.stopped !== undefined) break;
      const learningRate = rateAt(setup, epoch + done / stepsPerEpoch);
      done += 1;
      const inputs = stepInputs(setup, batch, epoch, learningRate);
      const outputs = await program.run(inputs).catch((error: unknown) => {
        throw placed(error, setup, epoch, done);
      });
      count(runningMetrics, outputs, batch.labels, network.classes);
      const loss = outputs.loss?.[0] ?? Number.NaN;
      if (!Number.isFinite(loss)) throw notFinite(`the loss is ${loss}`, setup, epoch, done);
      const step = epoch * stepsPerEpoch + done;
      const report = { step, steps: epochs * stepsPerEpoch, epoch, learningRate, loss };
      const position = { epoch, batch: done, runningMetrics };
      await host.tell({ epoch, step, position }, (callback, context) => callback.onStep?.(report, context));
    }
    return { epoch, batch: done, runningMetrics };
  };

  const trainFrom = async (from: Position, host: CallbackHost, signal?: AbortSignal): Promise<Outcome> => {
    const { length } = setup.validation;
    const validate = length > 0 ? validator(setup, engine, signal) : undefined;
    const end = (ended: Outcome['ended'], position: Position): Outcome => ({
      ended: host.stopped === undefined ? ended : 'stopped',
      ...(host.stopped === undefined ? {} : { reason: host.stopped }),
      position: host.complete(position),
    });
    let position = from;
    try {
      while (position.epoch < epochs && host.stopped === undefined) {
        position = await trainEpoch(position, host, signal);
        if (position.batch < stepsPerEpoch || host.stopped !== undefined) break;
        const epoch = position.epoch + 1;
        const step = epoch * stepsPerEpoch;
        const moment = { epoch: position.epoch, step, position: epochStart(epoch) };
        const due = epoch === epochs || epoch % setup.validate.everyEpochs === 0;
        const validation = due ? await validate?.run() : undefined;
        if (validation === 'interrupted') break;
        if (validation) {
          const report = { epoch, step, validation };
          await host.tell(moment, (callback, context) => callback.onEvaluation?.(report, context));
        }
        const report: EpochReport = {
          epoch,
          step,
          learningRate: rateAt(setup, epoch - 1 / stepsPerEpoch),
          train: averages(position.runningMetrics),
          ...(validation ? { validation } : {}),
        };
        position = moment.position;
        await host.tell(moment, (callback, context) => callback.onEpoch?.(report, context));
        if (signal?.aborted) break;
      }
    } finally {
      await validate?.dispose();
    }
    return end(position.epoch < epochs ? 'interrupted' : 'done', position);
  };

  return {
    variables: [...network.variables, ...state],
    stepsPerEpoch,
    start: epochStart(0),
    initialize(given) {
      for (const variable of network.variables)
        engine.write(variable, given?.get(variable.name) ?? initialValue(variable, setup.seed));
      for (const remembered of state) engine.write(remembered, new Float32Array(sizeOf(remembered.shape)));
    },
    async run({ from = epochStart(0), callbacks = [], signal } = {}) {
      const host = callbackHost(callbacks, { engine, network }, from);
      const moment = (position: Position) => ({
        epoch: Math.min(position.epoch, epochs - 1),
        step: position.epoch * stepsPerEpoch + position.batch,
        position,
      });
      try {
        await host.tell(moment(from), (callback, context) => callback.onStart?.(context));
        const outcome = await trainFrom(from, host, signal);
        await host.tell(moment(outcome.position), (callback, context) => callback.onEnd?.(outcome, context));
        return outcome;
      } catch (error) {
        const end = { ended: 'failed', error } as const;
        await host.tell(moment(from), (callback, context) => callback.onEnd?.(end, context));
        throw error;
      }
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

/** What is not finite, and where in the training. */
function notFinite(what: string, { network, regime }: TrainingSetup, epoch: number, batch: number): RunError {
  return new RunError(
    `${what} in epoch ${epoch + 1}, batch ${batch}, of training ${network.name} (${regime.summary}). ` +
      'The last checkpoint is from before it: lower optimizer.learningRate and train again',
    { code: 'not-finite' },
  );
}

/** The engine names a variable that is no longer finite, an update's gradient having been so; it knows no epoch. */
const placed = (error: unknown, setup: TrainingSetup, epoch: number, batch: number): unknown =>
  error instanceof RunError && error.code === 'not-finite'
    ? notFinite(error.message, setup, epoch, batch)
    : error;
