/**
 * What a training tells others, and what they may ask of it. Loggers, early stopping, probes and whoever stores the run are all
 * callbacks: a list of them is handed to the trainer, which awaits each in turn.
 *
 * A callback looks at the engine's values and never writes them, so that a training gives the same bits with any callbacks.
 */
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import type { Network } from '../nn/index.ts';
import type { Averages, RunningMetrics, Validation } from './metrics.ts';

/** What JSON can say: the state that a callback has stored with a checkpoint. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** How far a training is, between two steps. With the variables' values it is all that continuing needs; it is plain JSON. */
export interface Position {
  readonly epoch: number;
  /** Batches of this epoch that are done; all of them where the validation after them was interrupted. */
  readonly batch: number;
  readonly runningMetrics: RunningMetrics;
  /** Why a callback ended the training here. */
  readonly stopped?: string | undefined;
  /** The state of callbacks that have a name and a state, by name. */
  readonly callbacks?: Record<string, Json> | undefined;
}

export interface StepReport {
  /** Steps since the start of training, this one included, and of the whole training. */
  readonly step: number;
  readonly steps: number;
  /** Counted from 0. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly loss: number;
}

export interface EvaluationReport {
  /** Epochs done. */
  readonly epoch: number;
  readonly step: number;
  readonly validation: Validation;
}

export interface EpochReport {
  /** Epochs done. */
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly train: Averages;
  readonly validation?: Validation;
}

/** Numbers that a callback adds to the metrics. */
export interface CallbackRecord {
  readonly kind: string;
  /** The epoch they belong to, counted from 0. */
  readonly epoch: number;
  /** Steps done. */
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface Outcome {
  /**
   * 'done': all epochs. 'stopped': a callback asked for it, for `reason`. 'interrupted': by the signal, between two steps of
   * training or of the validation's attack; the position says where to continue.
   */
  readonly ended: 'done' | 'stopped' | 'interrupted';
  readonly reason?: string;
  readonly position: Position;
}

/** The end as callbacks hear of it: an error, too, is one. */
export type End = Outcome | { readonly ended: 'failed'; readonly error: unknown };

/** What a callback is given besides the report. */
export interface CallbackContext {
  readonly engine: Engine;
  readonly network: Network;
  /** Where a training continues that is stored now. */
  readonly position: Position;
  /** End the training as if it were complete, once all callbacks have heard this report. The first reason counts. */
  stop(reason: string): void;
  /** Add numbers to the metrics; every callback's `onRecord` hears of them as soon as this one returns. */
  record(kind: string, values: Readonly<Record<string, number>>): void;
}

type Told = Promise<void> | void;

export interface Callback {
  /** Needed for a `state`: the key under which it is stored. */
  readonly name?: string;
  /** Before the first step, of a resumed training too. */
  onStart?(context: CallbackContext): Told;
  onStep?(report: StepReport, context: CallbackContext): Told;
  /** A validation is done; the report of its epoch follows. */
  onEvaluation?(report: EvaluationReport, context: CallbackContext): Told;
  onEpoch?(report: EpochReport, context: CallbackContext): Told;
  onRecord?(record: CallbackRecord): Told;
  /** Always called, however the training ends: what was prepared can be given back. */
  onEnd?(end: End, context: CallbackContext): Told;
  /** What it needs to go on in a resumed training; stored with every checkpoint. */
  state?(): Json;
  /** Take the stored state back, before `onStart`. */
  restore?(state: Json): void;
}

/** Something that happened, and where the training was. */
export interface Moment {
  readonly epoch: number;
  readonly step: number;
  readonly position: Position;
}

/** The callbacks of one training, as the trainer uses them. */
export interface CallbackHost {
  /** Why the training is to end, once somebody has asked for it. */
  readonly stopped: string | undefined;
  /** A position with the callbacks' own state. */
  complete(position: Position): Position;
  /** Let each callback hear of something, one after another. */
  tell(moment: Moment, call: (callback: Callback, context: CallbackContext) => Told): Promise<void>;
}

/** @throws InputError for a state without a name, or two of one name. */
export function callbackHost(
  callbacks: readonly Callback[],
  { engine, network }: Pick<CallbackContext, 'engine' | 'network'>,
  from: Position,
): CallbackHost {
  const stateful = callbacks.filter(({ state }) => state !== undefined);
  for (const { name, restore } of stateful) {
    if (name === undefined || stateful.filter((other) => other.name === name).length > 1)
      throw new InputError(
        `a callback with a state needs a name of its own, by which it is stored; found ${name ?? 'none'}`,
      );
    const stored = from.callbacks?.[name];
    if (stored !== undefined) restore?.(stored);
  }
  let stopped = from.stopped;
  const complete = ({ stopped: _, callbacks: __, ...position }: Position): Position => ({
    ...position,
    ...(stopped === undefined ? {} : { stopped }),
    ...(stateful.length === 0
      ? {}
      : { callbacks: Object.fromEntries(stateful.map(({ name = '', state }) => [name, state?.() ?? null])) }),
  });
  return {
    get stopped() {
      return stopped;
    },
    complete,
    async tell({ epoch, step, position }, call) {
      for (const callback of callbacks) {
        const records: CallbackRecord[] = [];
        await call(callback, {
          engine,
          network,
          position: complete(position),
          stop: (reason) => {
            stopped ??= reason;
          },
          record: (kind, values) => records.push({ kind, epoch, step, values }),
        });
        for (const record of records) for (const each of callbacks) await each.onRecord?.(record);
      }
    },
  };
}

export interface EarlyStoppingOptions {
  /** What is to improve: an accuracy of the validation, the training loss, or a number of your own. */
  readonly metric?: 'robust' | 'clean' | 'loss' | ((report: EpochReport) => number | undefined);
  /** Whether more is better; so it is unless the metric is 'loss'. */
  readonly mode?: 'max' | 'min';
  /** Epochs with that metric, and without an improvement, after which training ends. */
  readonly patience: number;
  /** How much better than the best so far counts as an improvement (default 0: any). */
  readonly minDelta?: number;
}

/** End a training that no longer improves. Epochs without a validation do not count where the metric is one of it. */
export function earlyStopping(options: EarlyStoppingOptions): Callback {
  const { metric = 'robust', patience, minDelta = 0 } = options;
  const { mode = metric === 'loss' ? 'min' : 'max' } = options;
  if (!(Number.isInteger(patience) && patience >= 1))
    throw new InputError(`patience ${patience}: expected a whole number of epochs, at least 1`);
  if (!(minDelta >= 0)) throw new InputError(`minDelta ${minDelta}: expected a number of at least 0`);
  const sign = mode === 'max' ? 1 : -1;
  const label = typeof metric === 'string' ? metric : 'the metric';
  const measure = (report: EpochReport) => {
    if (typeof metric === 'function') return metric(report);
    return metric === 'loss' ? report.train.loss : report.validation?.[metric];
  };
  let best: number | undefined;
  let waited = 0;
  return {
    name: 'early-stopping',
    onEpoch(report, { stop }) {
      const value = measure(report);
      if (value === undefined) return;
      if (best === undefined || sign * (value - best) > minDelta) {
        best = value;
        waited = 0;
        return;
      }
      waited += 1;
      if (waited >= patience)
        stop(`${label} has not improved on ${best} for ${waited} ${waited === 1 ? 'epoch' : 'epochs'}`);
    },
    state: () => ({ best: best ?? null, waited }),
    restore(state) {
      if (typeof state !== 'object' || state === null || !('waited' in state)) return;
      best = typeof state.best === 'number' ? state.best : undefined;
      waited = Number(state.waited);
    },
  };
}
