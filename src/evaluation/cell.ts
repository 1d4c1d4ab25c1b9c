/**
 * One cell of the grid NS x AP: clean accuracy, and robust accuracy under attacks through that same cell.
 *
 * An example is robust under an attack if the clean image is classified right, and so is every iterate of the attack from
 * its start to its last step. Images that are misclassified as they are need no attack, and get none.
 */
import {
  type AttackTable,
  attack,
  batchShape,
  type Classifier,
  type Examples,
  predictedClass,
  predictor,
} from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { Cell } from '../nn/index.ts';
import {
  type AttackRun,
  type ExampleResult,
  exampleResultOf,
  type PartialResults,
  runName,
} from './attack-runs.ts';

/** 1 for each example that is classified right, [N]. */
export type Flags = Uint8Array;

export const countOf = (flags: Flags) => flags.reduce((total, flag) => total + flag, 0);

/** What an attack run did, as far as sanity checks look at it. */
export interface AttackRunSigns {
  readonly attackRun: AttackRun;
  /** Examples attacked: those whose clean image is classified right. */
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
  /** Clean images with a logit that is NaN or infinite. */
  readonly notFinite: number;
  readonly attackRuns: readonly AttackRunSigns[];
}

export interface CellSettings {
  readonly batchSize: number;
  readonly seed: number;
  readonly partialResults?: PartialResults | undefined;
  /** Counts images: each once as it is, and once an attack run. */
  readonly onProgress: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
}

/** Evaluate one cell. Moves no variable of the network. */
export async function evaluateCell(
  model: Classifier,
  examples: Required<Examples>,
  attackRuns: readonly AttackRun[],
  settings: CellSettings,
): Promise<CellEvaluation> {
  const { onProgress } = settings;
  const count = examples.labels.length;
  const { clean, notFinite } = await classifyClean(model, examples, settings);
  const right = [...clean.keys()].filter((at) => clean[at] === 1);
  const imageSize = sizeOf(batchShape(model.network, 1));
  const robust: Record<string, Flags> = {};
  const signs: AttackRunSigns[] = [];
  for (const [at, attackRun] of attackRuns.entries()) {
    const before = count * (at + 1) + (count - right.length);
    const results = await findAll(model, chosen(examples, right, imageSize), attackRun, {
      ...settings,
      onProgress: (done) => onProgress(before + done),
    });
    for (const { name, steps } of attackRun.reported) {
      const flags = new Uint8Array(count);
      for (const [i, example] of right.entries()) {
        const { firstMisclassified } = results[i];
        flags[example] = firstMisclassified === -1 || firstMisclassified > steps ? 1 : 0;
      }
      robust[name] = flags;
    }
    signs.push(signsOf(attackRun, results));
  }
  return { cell: model.cell, clean, robust, notFinite, attackRuns: signs };
}

/** What a run finds of each example: those of which no result is known are attacked. */
async function findAll(
  model: Classifier,
  examples: Required<Examples>,
  attackRun: AttackRun,
  { batchSize, seed, partialResults, onProgress, signal, attackTable }: CellSettings,
): Promise<ExampleResult[]> {
  const { cell, network } = model;
  const name = runName(attackRun);
  const results = new Map(partialResults?.known(cell, name));
  const indices = Array.from(examples.indices);
  const missing = [...indices.keys()].filter((at) => !results.has(indices[at]));
  const before = indices.length - missing.length;
  onProgress(before);
  const size = sizeOf(batchShape(network, 1));
  // Usually nothing was found before, and images of a large data set are not worth a second copy.
  const left = before === 0 ? examples : chosen(examples, missing, size);
  const run = attack(model, attackRun.options, {
    seed,
    batchSize,
    earlyStop: true,
    onProgress: (done) => onProgress(before + done),
    onExample(example) {
      const { at } = example;
      const result = exampleResultOf(attackRun, left.images.subarray(at * size, (at + 1) * size), example);
      results.set(left.indices[at], result);
      partialResults?.add(cell, name, left.indices[at], result);
    },
    signal,
    attackTable,
  });
  try {
    await run(left);
  } finally {
    await run.dispose();
  }
  return indices.flatMap((index) => results.get(index) ?? []);
}

async function classifyClean(
  model: Classifier,
  { images, labels }: Examples,
  { batchSize, signal, onProgress }: CellSettings,
): Promise<{ clean: Flags; notFinite: number }> {
  const { classes } = model.network;
  const size = sizeOf(batchShape(model.network, 1));
  const clean = new Uint8Array(labels.length);
  let notFinite = 0;
  const predict = predictor(model, Math.min(batchSize, labels.length));
  try {
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
  } finally {
    await predict.dispose();
  }
  return { clean, notFinite };
}

/** Some of the examples, in the given order. */
function chosen(examples: Required<Examples>, which: readonly number[], size: number): Required<Examples> {
  const images = new Float32Array(which.length * size);
  for (const [at, example] of which.entries())
    images.set(examples.images.subarray(example * size, (example + 1) * size), at * size);
  return {
    images,
    labels: which.map((example) => examples.labels[example]),
    indices: which.map((example) => examples.indices[example]),
  };
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
