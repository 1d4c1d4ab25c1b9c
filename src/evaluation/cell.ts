/**
 * One cell of the grid NS x AP: clean accuracy, and robust accuracy under attacks through that same cell.
 *
 * An example is robust under an attack if the clean image is classified right, and so is every iterate of the attack from
 * its start to its last step; under a suite if it is robust under all of its stages. Images that are misclassified as they are need
 * no attack, and get none; nor does what an earlier stage of a suite broke.
 */
import {
  type AttackTable,
  batchShape,
  type Classifier,
  type Examples,
  type Predictor,
  predictedClass,
  predictor,
} from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { Cell } from '../nn/index.ts';
import type { AttackPlan, AttackRun } from './attack-plan.ts';
import { type ExampleResult, type Fault, isBroken, type PartialResults } from './attack-runs.ts';
import { attackedImages, type OnImages } from './attacked-images.ts';
import { runExamples } from './run-examples.ts';
import { type Amount, tallyOf } from './tally.ts';

/** 1 for each example that is classified right, [N]. */
export type Flags = Uint8Array;

export const countOf = (flags: Flags) => flags.reduce((total, flag) => total + flag, 0);

/** What an attack run did, as far as sanity checks look at it. */
export interface AttackRunSigns {
  readonly attackRun: AttackRun;
  /** Examples attacked: those whose clean image is classified right, and that stood when their stage began. */
  readonly attacked: number;
  /** Of these, how many met a gradient of nothing but zeros. */
  readonly zeroGradients: number;
  /** Of these, how many ended because something was NaN or infinite. */
  readonly notFinite: { readonly logits: number; readonly gradients: number };
  /** How far a perturbation is larger than epsilon at the most; 0 where none is. */
  readonly beyondEpsilon: number;
  /** How far a pixel is outside [0, 1] at the most. */
  readonly beyondRange: number;
  /** Examples, by their index in the data set, of which the returned image is not as it must be. */
  readonly faults: Readonly<Record<Fault, readonly number[]>>;
}

export interface CellEvaluation {
  readonly cell: Cell;
  readonly clean: Flags;
  /** By the name of the attack. */
  readonly robust: Readonly<Record<string, Flags>>;
  /** By the name of the attack, which of its stages broke each example, counted from 1; 0 where none did. */
  readonly brokenBy: Readonly<Record<string, Uint8Array>>;
  /** Clean images with a logit that is NaN or infinite. */
  readonly notFinite: number;
  readonly attackRuns: readonly AttackRunSigns[];
}

export interface CellProgress {
  readonly done: Amount;
  readonly total: Amount;
  /** What is under way; none while images are classified as they are. */
  readonly attack?: string;
  readonly stage?: string;
}

/** A stage that is finished; an attack that is no suite is one. */
export interface FinishedStage {
  readonly cell: Cell;
  readonly attack: string;
  /** Its name, its place from 1, and how many there are. */
  readonly stage: string;
  readonly place: number;
  readonly places: number;
  /** Examples that it attacked, and that were not known before. */
  readonly attacked: number;
  /** Examples that stand after it, of all. */
  readonly left: number;
  readonly count: number;
}

export interface CellSettings {
  readonly batchSize: number;
  readonly seed: number;
  readonly partialResults?: PartialResults | undefined;
  /** What an example costs a run; see Tally. */
  readonly work: (run: AttackRun) => number;
  readonly onProgress: (progress: CellProgress) => void;
  readonly onStage?: ((finished: FinishedStage) => void) | undefined;
  readonly onImages?: OnImages | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
}

/** Evaluate one cell. Moves no variable of the network. */
export async function evaluateCell(
  model: Classifier,
  examples: Required<Examples>,
  plan: AttackPlan,
  settings: CellSettings,
): Promise<CellEvaluation> {
  const predict = predictor(model, Math.min(settings.batchSize, examples.labels.length));
  try {
    return await evaluateWith(predict, model, examples, plan, settings);
  } finally {
    await predict.dispose();
  }
}

async function evaluateWith(
  predict: Predictor,
  model: Classifier,
  examples: Required<Examples>,
  plan: AttackPlan,
  { work, onProgress, onStage, onImages, ...settings }: CellSettings,
): Promise<CellEvaluation> {
  const { cell } = model;
  const count = examples.labels.length;
  const tally = tallyOf(plan, count, work);
  const report = (under: Pick<CellProgress, 'attack' | 'stage'>) =>
    onProgress({ done: tally.done, total: tally.total, ...under });
  const { clean, notFinite } = await classifyClean(predict, model, examples, settings, (done) => {
    tally.classified(done);
    report({});
  });
  const right = [...clean.keys()].filter((at) => clean[at] === 1);
  tally.attacking(right.length);
  const runs = runExamples(model, examples, { ...settings, predict, keepImages: onImages !== undefined });
  const robust: Record<string, Flags> = {};
  const brokenBy: Record<string, Uint8Array> = {};
  for (const [at, { name, stages }] of plan.asked.entries()) {
    const broken = new Uint8Array(count);
    let standing = right;
    for (const [place, { stage, run, options }] of stages.entries()) {
      tally.stage(at, place, standing.length);
      const { results, attacked } = await runs.of(run, standing, (done) => {
        tally.found(run, done);
        report({ attack: name, stage });
      });
      for (const [i, example] of standing.entries())
        if (isBroken(results[i], options.steps)) broken[example] = place + 1;
      standing = standing.filter((example) => broken[example] === 0);
      const of = { attack: name, stage, place: place + 1, places: stages.length };
      onStage?.({ cell, ...of, attacked, left: standing.length, count });
    }
    brokenBy[name] = broken;
    robust[name] = clean.map((flag, example) => (broken[example] === 0 ? flag : 0));
    if (onImages) {
      const { norm, epsilon } = stages[0].options;
      const found = { cell, attack: name, norm, epsilon, cleanCorrect: clean, brokenBy: broken };
      const imageOf = (place: number, at: number) =>
        runs.imageOf(stages[place - 1].run, examples.indices[at]);
      await onImages(await attackedImages(predict, model.network.classes, examples, found, imageOf));
    }
  }
  const attackRuns = plan.attackRuns.map((run) => signsOf(run, runs.all(run)));
  return { cell, clean, robust, brokenBy, notFinite, attackRuns };
}

async function classifyClean(
  predict: Predictor,
  model: Classifier,
  { images, labels }: Examples,
  { signal }: Pick<CellSettings, 'signal'>,
  onProgress: (done: number) => void,
): Promise<{ clean: Flags; notFinite: number }> {
  const { classes } = model.network;
  const size = sizeOf(batchShape(model.network, 1));
  const clean = new Uint8Array(labels.length);
  let notFinite = 0;
  for (let start = 0; start < labels.length; start += predict.width) {
    signal?.throwIfAborted();
    const end = Math.min(labels.length, start + predict.width);
    const logits = await predict(images.subarray(start * size, end * size));
    for (let at = start; at < end; at += 1) {
      const predicted = predictedClass(logits, classes, at - start);
      if (predicted === -1) notFinite += 1;
      clean[at] = predicted === labels[at] ? 1 : 0;
    }
    onProgress(end);
  }
  return { clean, notFinite };
}

function signsOf(attackRun: AttackRun, byIndex: ReadonlyMap<number, ExampleResult>): AttackRunSigns {
  const results = [...byIndex.values()];
  const most = (of: (result: ExampleResult) => number) =>
    results.reduce((most, each) => Math.max(most, of(each)), 0);
  const count = (is: (result: ExampleResult) => boolean) => results.filter(is).length;
  const withFault = (fault: Fault) =>
    [...byIndex]
      .filter(([, result]) => result.fault === fault)
      .map(([index]) => index)
      .sort((a, b) => a - b);
  return {
    attackRun,
    attacked: results.length,
    zeroGradients: count(({ zeroGradient }) => zeroGradient),
    notFinite: {
      logits: count(({ notFinite }) => notFinite === 'logits'),
      gradients: count(({ notFinite }) => notFinite === 'gradients'),
    },
    beyondEpsilon: most(({ beyondEpsilon }) => beyondEpsilon),
    beyondRange: most(({ beyondRange }) => beyondRange),
    faults: {
      'image-not-finite': withFault('image-not-finite'),
      'beyond-range': withFault('beyond-range'),
      'beyond-epsilon': withFault('beyond-epsilon'),
      'not-misclassified': withFault('not-misclassified'),
    },
  };
}
