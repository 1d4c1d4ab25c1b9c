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
  predictedClass,
  predictor,
} from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { Cell } from '../nn/index.ts';
import type { AttackPlan, AttackRun, PlannedStage } from './attack-plan.ts';
import type { ExampleResult, PartialResults } from './attack-runs.ts';
import { type RunExamples, runExamples } from './run-examples.ts';
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

export interface CellSettings {
  readonly batchSize: number;
  readonly seed: number;
  readonly partialResults?: PartialResults | undefined;
  /** What an example costs a run; see Tally. */
  readonly work: (run: AttackRun) => number;
  readonly onProgress: (progress: CellProgress) => void;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
}

/** Evaluate one cell. Moves no variable of the network. */
export async function evaluateCell(
  model: Classifier,
  examples: Required<Examples>,
  plan: AttackPlan,
  { work, onProgress, ...settings }: CellSettings,
): Promise<CellEvaluation> {
  const count = examples.labels.length;
  const tally = tallyOf(plan, count, work);
  const report = (under: Pick<CellProgress, 'attack' | 'stage'>) =>
    onProgress({ done: tally.done, total: tally.total, ...under });
  const { clean, notFinite } = await classifyClean(model, examples, settings, (done) => {
    tally.classified(done);
    report({});
  });
  const right = [...clean.keys()].filter((at) => clean[at] === 1);
  tally.attacking(right.length);
  const runs = runExamples(model, examples, settings);
  const robust: Record<string, Flags> = {};
  const brokenBy: Record<string, Uint8Array> = {};
  for (const [at, { name, stages }] of plan.asked.entries()) {
    const broken = new Uint8Array(count);
    await throughStages(runs, stages, right, broken, {
      begins: (stage, standing) => tally.stage(at, stage, standing),
      found: ({ stage, run }, done) => {
        tally.found(run, done);
        report({ attack: name, stage });
      },
    });
    brokenBy[name] = broken;
    robust[name] = clean.map((flag, example) => (broken[example] === 0 ? flag : 0));
  }
  const attackRuns = plan.attackRuns.map((run) => signsOf(run, [...runs.all(run).values()]));
  return { cell: model.cell, clean, robust, brokenBy, notFinite, attackRuns };
}

/** Give each stage what those before it left; write into `broken` which of them broke an example. */
async function throughStages(
  runs: RunExamples,
  stages: readonly PlannedStage[],
  right: readonly number[],
  broken: Uint8Array,
  on: {
    readonly begins: (stage: number, standing: number) => void;
    readonly found: (stage: PlannedStage, done: number) => void;
  },
): Promise<void> {
  let standing = right;
  for (const [at, stage] of stages.entries()) {
    on.begins(at, standing.length);
    const results = await runs.of(stage.run, standing, (done) => on.found(stage, done));
    for (const [i, example] of standing.entries()) if (breaks(stage, results[i])) broken[example] = at + 1;
    standing = standing.filter((example) => broken[example] === 0);
  }
}

const breaks = ({ options }: PlannedStage, { firstMisclassified }: ExampleResult): boolean =>
  firstMisclassified !== -1 && firstMisclassified <= options.steps;

async function classifyClean(
  model: Classifier,
  { images, labels }: Examples,
  { batchSize, signal }: Pick<CellSettings, 'batchSize' | 'signal'>,
  onProgress: (done: number) => void,
): Promise<{ clean: Flags; notFinite: number }> {
  const { classes } = model.network;
  const size = sizeOf(batchShape(model.network, 1));
  const clean = new Uint8Array(labels.length);
  let notFinite = 0;
  const predict = predictor(model, Math.min(batchSize, labels.length));
  try {
    for (let start = 0; start < labels.length; start += batchSize) {
      signal?.throwIfAborted();
      const end = Math.min(labels.length, start + batchSize);
      const logits = await predict(images.subarray(start * size, end * size));
      for (let at = start; at < end; at += 1) {
        const predicted = predictedClass(logits, classes, at - start);
        if (predicted === -1) notFinite += 1;
        clean[at] = predicted === labels[at] ? 1 : 0;
      }
      onProgress(end);
    }
  } finally {
    await predict.dispose();
  }
  return { clean, notFinite };
}

function signsOf(attackRun: AttackRun, results: readonly ExampleResult[]): AttackRunSigns {
  const most = (of: (result: ExampleResult) => number) =>
    results.reduce((most, each) => Math.max(most, of(each)), 0);
  const count = (is: (result: ExampleResult) => boolean) => results.filter(is).length;
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
  };
}
