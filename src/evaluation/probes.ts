/**
 * Probes: small runs that every evaluation makes beside the attacks that were asked for, so that sanity checks have something to
 * look at whatever was asked. They decide no accuracy. What they found is in the document; what it means is said by the rules of
 * probe-checks.ts.
 *
 *   output   the first clean images, five times: does the network answer the same, and are these logits?
 *   attacks  PGD-10 on the first images that are right as they are, with a radius that allows any image (Carlini et al. 2019, arXiv
 *            1902.06705: must leave none), with two epsilon, and, where that leaves more than one, with half; and one point of
 *            noise for some images that the attacks along gradients left right
 *
 * How many images depends on how many are evaluated, and on nothing else, so that probes cost a few percent of an evaluation.
 */
import {
  attack,
  batchShape,
  type Classifier,
  type Examples,
  examplesAt,
  type NormName,
  namedAttack,
  type Predictor,
  predictedClass,
  predictor,
  startImage,
} from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { Cell } from '../nn/index.ts';
import type { AttackPlan } from './attack-plan.ts';
import type { CellEvaluation } from './cell.ts';

const passes = 5;

export const outputKinds = ['logits', 'probabilities', 'log-probabilities'] as const;

/** What the network answers to the same clean images, time and again. */
export interface OutputProbe {
  readonly examples: number;
  /** Images classified right, in each pass. */
  readonly right: readonly number[];
  /** The largest L2 distance between the logits of one image in two passes, each divided by its length. */
  readonly difference: number;
  readonly kind: (typeof outputKinds)[number];
}

export const probeKinds = ['any-image', 'double-epsilon', 'half-epsilon', 'noise'] as const;

/** A small attack, and how many of the examples it left right. */
export interface AttackProbe {
  readonly kind: (typeof probeKinds)[number];
  readonly attack: string;
  readonly epsilon: number;
  readonly examples: number;
  readonly left: number;
}

export interface CellProbes {
  readonly cell: Cell;
  readonly output: OutputProbe;
  /** None without an attack along gradients, or without a bound. */
  readonly attacks: readonly AttackProbe[];
}

export interface ProbeSettings {
  readonly epsilon: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** A share of the examples, from the least to the most that there may be. */
const some = (share: number, count: number, least: number, most: number) =>
  Math.min(count, most, Math.max(least, Math.ceil(share * count)));

interface Probing {
  readonly name: string;
  readonly wholeRadius: (values: number) => number;
}

/** Of each norm that PGD is defined in: its name, and the radius at which any image may become any other. */
const probing: Partial<Record<NormName, Probing>> = {
  linf: { name: 'pgd-10', wholeRadius: () => 1 },
  l2: { name: 'pgd-10-l2', wholeRadius: Math.sqrt },
};

/** Probe a cell that was evaluated. Moves no variable of the network. */
export async function probeCell(
  model: Classifier,
  examples: Required<Examples>,
  found: CellEvaluation,
  plan: AttackPlan,
  settings: ProbeSettings,
): Promise<CellProbes> {
  const { cell } = model;
  const { epsilon, batchSize, signal } = settings;
  const count = found.clean.length;
  const seen = some(0.02, count, 2, 100);
  const along = plan.asked.filter(({ stages }) =>
    stages.some(({ run, options }) => run.asks === 'gradients' && options.steps > 1),
  );
  const probe = probing[plan.norm];
  // Few images, and so a program for few: a wide one would take its time for all of its width.
  const predict = predictor(model, Math.min(batchSize, seen));
  try {
    signal?.throwIfAborted();
    const output = await probeOutput(predict, model, examples, seen);
    if (!probe || along.length === 0 || epsilon === 0) return { cell, output, attacks: [] };
    const right = [...found.clean.keys()].filter((at) => found.clean[at] === 1);
    const standing = right
      .filter((at) => along.every(({ name }) => found.robust[name][at] === 1))
      .slice(0, some(0.1, count, 20, 1000));
    const first = right.slice(0, some(0.005, count, 2, 20));
    signal?.throwIfAborted();
    const noise = await probeNoise(predict, model, examples, standing, { ...settings, norm: plan.norm });
    const attacks = await probeAttacks(model, examples, first, probe, settings);
    return { cell, output, attacks: [...attacks, ...noise] };
  } finally {
    await predict.dispose();
  }
}

/** How many of some examples PGD leaves right at each of several bounds. */
async function probeAttacks(
  model: Classifier,
  examples: Required<Examples>,
  which: readonly number[],
  { name, wholeRadius }: Probing,
  { epsilon, seed, batchSize, signal }: ProbeSettings,
): Promise<AttackProbe[]> {
  if (which.length === 0) return [];
  const whole = wholeRadius(sizeOf(batchShape(model.network, 1)));
  const given = examplesAt(examples, which);
  const run = attack(model, namedAttack(name, epsilon), { seed, batchSize, signal, earlyStop: true });
  try {
    const probeAt = async (kind: AttackProbe['kind'], bound: number): Promise<AttackProbe> => {
      const { firstMisclassified } = await run(given, { ...namedAttack(name, bound) });
      const left = firstMisclassified.filter((step) => step === -1).length;
      return { kind, attack: name, epsilon: bound, examples: which.length, left };
    };
    const anyImage = await probeAt('any-image', whole);
    const double = await probeAt('double-epsilon', Math.min(2 * epsilon, Math.max(whole, epsilon)));
    // The dearest, as least is broken; and of no use where there is nothing that half of it could break more of.
    return double.left > 1
      ? [anyImage, double, await probeAt('half-epsilon', epsilon / 2)]
      : [anyImage, double];
  } finally {
    await run.dispose();
  }
}

/** One point of the ball for each of some examples, drawn otherwise than the starts of attacks, which these have stood already. */
async function probeNoise(
  predict: Predictor,
  { network }: Classifier,
  examples: Required<Examples>,
  which: readonly number[],
  { norm, epsilon, seed }: ProbeSettings & { readonly norm: NormName },
): Promise<AttackProbe[]> {
  if (which.length === 0) return [];
  const size = sizeOf(batchShape(network, 1));
  const { images, labels, indices } = examplesAt(examples, which);
  const noisy = new Float32Array(images.length);
  for (let at = 0; at < which.length; at += 1) {
    const key = { seed: seed + 1, example: indices[at], restart: 0 };
    const part = [at * size, (at + 1) * size] as const;
    const options = { norm, epsilon, start: { kind: 'uniform' } } as const;
    startImage(options, key, images.subarray(...part), noisy.subarray(...part));
  }
  const left = rightIn(await predict(noisy), labels, network.classes);
  return [{ kind: 'noise', attack: 'noise', epsilon, examples: which.length, left }];
}

async function probeOutput(
  predict: Predictor,
  { network }: Classifier,
  { images, labels }: Examples,
  count: number,
): Promise<OutputProbe> {
  const { classes } = network;
  const given = images.subarray(0, count * sizeOf(batchShape(network, 1)));
  const seen: Float32Array[] = [];
  // A model from elsewhere may write its next answer where its last one was.
  while (seen.length < passes) seen.push((await predict(given)).slice());
  return {
    examples: count,
    right: seen.map((logits) => rightIn(logits, labels, classes)),
    difference: largestDifference(seen, classes),
    kind: kindOf(seen[0], classes),
  };
}

/** How many rows of logits are of their labels' classes. */
function rightIn(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  const rows = Array.from({ length: logits.length / classes }, (_, at) => at);
  return rows.filter((at) => predictedClass(logits, classes, at) === labels[at]).length;
}

const rowsOf = (values: Float32Array, classes: number) =>
  Array.from({ length: values.length / classes }, (_, at) =>
    Array.from(values.subarray(at * classes, (at + 1) * classes)),
  );

/** Over all pairs of passes; rows that are not finite say nothing here. */
function largestDifference(seen: readonly Float32Array[], classes: number): number {
  const units = seen.map((values) =>
    rowsOf(values, classes).map((row) => {
      const length = Math.hypot(...row) + 1e-10;
      return row.map((value) => value / length);
    }),
  );
  let largest = 0;
  for (const [at, one] of units.entries())
    for (const other of units.slice(at + 1))
      for (const [i, row] of one.entries()) {
        const distance = Math.hypot(...row.map((value, k) => value - other[i][k]));
        if (distance > largest) largest = distance;
      }
  return largest;
}

// Of AutoAttack's checks.
const tolerance = 1e-5;

/** What the rows are, by their values alone. */
export function kindOf(values: Float32Array, classes: number): OutputProbe['kind'] {
  const rows = rowsOf(values, classes);
  const addUpTo1 = (row: readonly number[]) =>
    Math.abs(row.reduce((total, value) => total + value, 0) - 1) <= tolerance;
  const within = (low: number, high: number) => rows.flat().every((value) => value > low && value < high);
  if (within(-tolerance, 1 + tolerance) && rows.every(addUpTo1)) return 'probabilities';
  const isLog = rows.every((row) => addUpTo1(row.map(Math.exp)));
  return isLog && rows.flat().every((value) => value <= tolerance) ? 'log-probabilities' : 'logits';
}
