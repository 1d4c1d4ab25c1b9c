/**
 * The evaluation of a network: every cell of its grid NS x AP, each in evaluation mode and attacked white-box through
 * itself. What it finds is numbers; files, tables and JSON are made of them elsewhere.
 */
import {
  type AttackTable,
  type Classifier,
  checkAttack,
  checkExamples,
  type Examples,
  type NormName,
  type Subject,
  type SuiteTable,
} from '../attacks/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { type Cell, gridOf, type Network } from '../nn/index.ts';
import { type AskedAttack, type AttackRun, planAttacks } from './attack-plan.ts';
import type { PartialResults } from './attack-runs.ts';
import type { OnImages } from './attacked-images.ts';
import { type CellEvaluation, type CellProgress, evaluateCell, type FinishedStage } from './cell.ts';
import { type CellProbes, probeCell } from './probes.ts';
import { type FailedCheck, runSanityChecks } from './sanity-checks.ts';
import { describeRequest, type RequestDescription } from './subject.ts';
import { type Amount, workOf } from './tally.ts';

export interface GridProgress {
  /**
   * Images done of all: each counts once a cell as it is, and once a cell and attack run that it is given to. How many those will be
   * is known in the end, so the total may fall.
   */
  readonly done: number;
  readonly total: number;
  /** The same in passes through the network, of which one stage of a suite takes many more than another. */
  readonly work: { readonly done: number; readonly total: number };
  readonly cell: Cell;
  /** What is under way; none while images are classified as they are. */
  readonly attack?: string;
  /** Of a suite, which of its stages. */
  readonly stage?: string;
}

export interface EvaluationOptions {
  readonly examples: Examples;
  /** Names of attacks and suites, all of one norm; see attackForms and suiteForms. */
  readonly attacks: readonly string[];
  readonly epsilon: number;
  /** Epsilon as it was written, for documents (default as a decimal number). */
  readonly epsilonText?: string | undefined;
  /** Images at once (default 100). Changes the speed and the memory, not the result. */
  readonly batchSize?: number;
  /** Of the random starts (default 0). */
  readonly seed?: number;
  /** Where results are kept, and were before: the evaluation goes on from there, to the same result. */
  readonly partialResults?: PartialResults | undefined;
  readonly onProgress?: ((progress: GridProgress) => void) | undefined;
  /** Called with each stage of a cell as it is finished; an attack that is no suite is one stage. */
  readonly onStage?: ((finished: FinishedStage) => void) | undefined;
  /** Called with the images of each attack in each cell; see attacked-images.ts. What it returns is waited for. */
  readonly onImages?: OnImages | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The attacks that names are looked up in; default those that are built in. */
  readonly attackTable?: AttackTable | undefined;
  /** The same for suites. */
  readonly suites?: SuiteTable | undefined;
}

export interface GridOptions extends EvaluationOptions {
  /** Holds the network's values. */
  readonly engine: Engine;
  readonly network: Network;
  /** Default the whole grid of the network. */
  readonly cells?: readonly Cell[];
}

export interface GridEvaluation {
  /** The names of the attacks, in the order they were asked for, each once. */
  readonly attacks: readonly string[];
  readonly norm: NormName;
  readonly epsilon: number;
  readonly seed: number;
  /** Index in the data set of each example, [N]. */
  readonly indices: readonly number[];
  /** What the names stand for. */
  readonly asked: readonly AskedAttack[];
  readonly attackRuns: readonly AttackRun[];
  /** All that decides the result, for documents. */
  readonly request: RequestDescription;
  readonly cells: readonly CellEvaluation[];
  /** Of each cell, what small runs beside the attacks found; see probes.ts. */
  readonly probes: readonly CellProbes[];
  readonly failedChecks: readonly FailedCheck[];
}

/**
 * Evaluate a network. Moves none of its variables.
 *
 * @throws InputError for no or misshapen examples, and for attacks that do not exist or cannot be run together. With a
 *   signal that is aborted, its reason.
 */
export async function evaluateGrid({
  engine,
  network,
  cells = gridOf(network),
  ...options
}: GridOptions): Promise<GridEvaluation> {
  const models = cells.map((cell) => ({ engine, network, cell }));
  return evaluateModels(network, models, options);
}

/**
 * Evaluate models of the same images and classes, such as the cells of a network, or one that came from elsewhere.
 *
 * @throws as evaluateGrid; InputError too for an attack along gradients on a model that has none.
 */
export async function evaluateModels(
  subject: Subject,
  models: readonly Classifier[],
  options: EvaluationOptions,
): Promise<GridEvaluation> {
  const { epsilon, batchSize = 100, seed = 0, partialResults, onProgress, signal, attackTable } = options;
  const { classes } = subject;
  const plan = planAttacks(options.attacks, epsilon, { attackTable, suites: options.suites, classes });
  const { asked, attackRuns, norm } = plan;
  for (const attackRun of attackRuns) checkAttack(attackRun.options, attackTable);
  const { images, labels } = options.examples;
  const count = labels.length;
  if (count === 0) throw new InputError('there are no examples to evaluate');
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`batch size ${batchSize}: expected a whole number of at least 1`);
  checkExamples(subject, options.examples);
  const indices = Array.from(options.examples.indices ?? Array.from({ length: count }, (_, at) => at));
  const given = { images, labels, indices };

  const costs = new Map(attackRuns.map((run) => [run, workOf(run, subject, attackTable)]));
  const work = (run: AttackRun) => costs.get(run) ?? 0;
  const whole = attackRuns.reduce(
    (sum, run) => ({ images: sum.images + count, work: sum.work + count * work(run) }),
    { images: count, work: count },
  );
  const found: CellEvaluation[] = [];
  const probes: CellProbes[] = [];
  let before: Amount = { images: 0, work: 0 };
  for (const [at, model] of models.entries()) {
    const left = models.length - at - 1;
    let here: Amount = before;
    const report = ({ done, total, attack, stage }: CellProgress) => {
      here = plus(before, done);
      const all = plus(plus(before, total), whole, left);
      onProgress?.({
        ...{ done: here.images, total: all.images, work: { done: here.work, total: all.work } },
        cell: model.cell,
        ...(attack === undefined ? {} : { attack }),
        ...(stage === undefined || stage === attack ? {} : { stage }),
      });
    };
    found.push(
      await evaluateCell(model, given, plan, {
        ...{ batchSize, seed, partialResults, work, signal, attackTable },
        onProgress: report,
        onStage: options.onStage,
        onImages: options.onImages,
      }),
    );
    probes.push(await probeCell(model, given, found[at], plan, { epsilon, batchSize, seed, signal }));
    before = here;
  }
  const request = describeRequest({
    ...{ asked, norm, attackTable, seed, indices },
    epsilon: { text: options.epsilonText ?? String(epsilon), value: epsilon },
    cells: models.map(({ cell }) => cell),
  });
  return {
    attacks: asked.map(({ name }) => name),
    ...{ norm, epsilon, seed, indices, asked, attackRuns, request },
    cells: found,
    probes,
    failedChecks: found.flatMap((cell, at) =>
      runSanityChecks({ ...cell, classes, asked, probes: probes[at] }),
    ),
  };
}

const plus = (a: Amount, b: Amount, times = 1): Amount => ({
  images: a.images + times * b.images,
  work: a.work + times * b.work,
});
