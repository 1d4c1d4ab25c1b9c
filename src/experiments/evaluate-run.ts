/** From a run to the evaluation of one of its checkpoints, on file in the run. Shows nothing: whoever calls is told how far it is. */
import type { EvaluationCells } from '../analysis/index.ts';
import { type AttackTable, type Examples, withRestarts } from '../attacks/index.ts';
import { type Configuration, type Epsilon, packageVersion, parseEpsilon } from '../configuration/index.ts';
import { type Dataset, evaluationSubset, gather } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import {
  type DocumentSubject,
  describeEvaluation,
  describeRequest,
  documentSubject,
  type EvaluationDocument,
  evaluateGrid,
  type FinishedStage,
  type GridEvaluation,
  type GridProgress,
  type OnImages,
  type PartialResults,
  partialResultsKey,
  planAttacks,
  type RequestDescription,
} from '../evaluation/index.ts';
import { type DocumentFrame, sealDocument, sha256 } from '../files/index.ts';
import { refuseUsedFolder, withImageFolder } from '../interop/index.ts';
import { type Cell, gridOf, sameCell } from '../nn/index.ts';
import {
  type CheckpointName,
  evaluationName,
  loadTrained,
  openPartialResults,
  type Run,
  refuseUnwritable,
  subjectOf,
  type Trained,
  type TrainedOptions,
  writeEvaluation,
} from '../runs/index.ts';
import { evaluationCells } from '../training/index.ts';

/** What is asked for; the run's configuration says the rest. */
export interface EvaluationRequest {
  readonly attacks?: readonly string[] | undefined;
  /** As written: 8/255. */
  readonly epsilon?: string | undefined;
  /** Starts of every attack that draws at random and says no number itself. */
  readonly restarts?: number | undefined;
  readonly examples?: number | 'all' | undefined;
  readonly batchSize?: number | undefined;
  readonly checkpoint?: CheckpointName | undefined;
}

/** A request with nothing left open. */
export interface EvaluationPlan {
  readonly attacks: readonly string[];
  readonly epsilon: Epsilon;
  readonly examples: number | 'all';
  readonly batchSize: number;
  readonly checkpoint: CheckpointName;
  readonly seed: number;
  /** Default every cell of the grid; `evaluation`: those that the regime's accuracies are of. */
  readonly cells?: 'evaluation' | undefined;
}

/**
 * Complete a request and check all of it that needs no data. Attacks are looked up in `attackTable`, by default in those that
 * are built in.
 *
 * @throws InputError that says which part is wrong; and where attacks of another norm than the run's own come without an epsilon, for
 *   8/255 in L2 bounds next to nothing, and looks robust.
 */
export function planEvaluation(
  { evaluation, seed }: Configuration,
  {
    attacks: asked = evaluation.attacks,
    restarts,
    epsilon,
    checkpoint = 'last',
    ...numbers
  }: EvaluationRequest,
  attackTable?: AttackTable,
): EvaluationPlan {
  const size = epsilon === undefined ? evaluation.epsilon : sizeOf('--epsilon', epsilon);
  const attacks = restarts === undefined ? asked : withRestarts(asked, restarts, attackTable);
  const { norm } = planAttacks(attacks, size.value, { attackTable });
  if (epsilon === undefined && asked !== evaluation.attacks) {
    const { norm: own } = planAttacks(evaluation.attacks, size.value, { attackTable });
    if (norm !== own)
      throw new InputError(
        `--epsilon is missing: ${attacks.join(', ')} ${attacks.length === 1 ? 'is' : 'are'} bounded in ${norm}, and the run's evaluation.epsilon, ${size.text}, in ${own}`,
      );
  }
  if (norm === 'linf') sizeOf(epsilon === undefined ? 'evaluation.epsilon' : '--epsilon', size.text, 1);
  const { examples = evaluation.examples, batchSize = evaluation.batchSize } = numbers;
  return { attacks, epsilon: size, examples, batchSize, checkpoint, seed };
}

function sizeOf(where: string, written: string, most = Number.POSITIVE_INFINITY): Epsilon {
  try {
    return parseEpsilon(written, most);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${where}: ${error.message}`);
    throw error;
  }
}

export interface EvaluatedRun {
  readonly document: EvaluationDocument & DocumentFrame;
  /** Where it was written. */
  readonly path: string;
}

export interface EvaluationSettings extends Omit<TrainedOptions, 'onProgress' | 'checkpoint'> {
  readonly onProgress?: (progress: GridProgress) => void;
  readonly onStage?: (finished: FinishedStage) => void;
  /** A new folder for the images that attacks found; see saved-images.ts. */
  readonly saveImages?: string | undefined;
  /** As for planEvaluation. */
  readonly attackTable?: AttackTable | undefined;
}

/** The test images of a plan. @throws InputError where there are not as many. */
export const testExamples = (test: Dataset, examples: EvaluationPlan['examples']): Required<Examples> =>
  gather(test, testIndices(test, examples));

function testIndices(test: Dataset, examples: EvaluationPlan['examples']): Uint32Array {
  const count = examples === 'all' ? test.count : examples;
  if (count > test.count)
    throw new InputError(
      `${count} examples were asked for; the test set of ${test.displayName} has ${test.count}`,
    );
  return evaluationSubset(test, count);
}

/** A plan as the document of its evaluation records it. @throws InputError as testExamples. */
export function evaluationRequest(
  { attacks, epsilon, examples, seed, cells }: EvaluationPlan,
  { network, regime, test }: Pick<Trained, 'network' | 'regime' | 'test'>,
  attackTable?: AttackTable,
): RequestDescription {
  const { asked, norm } = planAttacks(attacks, epsilon.value, { attackTable, classes: network.classes });
  const indices = Array.from(testIndices(test, examples));
  return describeRequest({
    ...{ asked, norm, attackTable, epsilon, seed, indices },
    cells: cells === 'evaluation' ? distinctCells(evaluationCells(regime)) : gridOf(network),
  });
}

const distinctCells = ({ clean, robust }: EvaluationCells): Cell[] =>
  sameCell(clean, robust) ? [robust] : [clean, robust];

/** A plan with the network, the data and the request that it comes to. */
export interface PreparedEvaluation {
  readonly network: Trained['network'];
  readonly test: Dataset;
  readonly subject: DocumentSubject;
  readonly request: RequestDescription;
  /** What the document's name begins with. */
  readonly stem: string;
  /** What the names of files begin with that are kept until the document is written. */
  readonly name: string;
}

/** Load what a plan is carried out on. @throws InputError where something is missing, or nothing can be written. */
export async function prepareEvaluation(
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  { onProgress: _, onStage: __, saveImages: ___, attackTable, ...loading }: EvaluationSettings,
): Promise<PreparedEvaluation> {
  const { epsilon, checkpoint } = plan;
  refuseUnwritable(run, 'evaluations');
  const trained = await loadTrained(run, engine, { checkpoint, ...loading });
  const { network, test } = trained;
  const subject = documentSubject(subjectOf(run, trained, engine));
  const request = evaluationRequest(plan, trained, attackTable);
  const stem = `${checkpoint}-${request.norm}-${epsilon.text.replaceAll('/', '-')}`;
  const name = evaluationName(stem, evaluationKey(packageVersion, subject, request));
  return { network, test, subject, request, stem, name };
}

/** All that results depend on: another version of this program may find others. */
export const evaluationKey = (
  version: string,
  subject: DocumentSubject,
  request: RequestDescription,
): string => sha256(`${version} ${partialResultsKey(subject, request)}`);

/** Evaluate a plan on some of the examples, of which some results may be known. */
export function evaluatePrepared(
  { network, request }: PreparedEvaluation,
  engine: Engine,
  { attacks, epsilon, batchSize, seed }: EvaluationPlan,
  examples: Required<Examples>,
  partialResults: PartialResults,
  {
    onProgress,
    onStage,
    onImages,
    attackTable,
    signal,
  }: EvaluationSettings & { readonly onImages?: OnImages | undefined },
): Promise<GridEvaluation> {
  return evaluateGrid({
    ...{ engine, network, examples, attacks, attackTable, batchSize, seed },
    cells: request.cells,
    epsilon: epsilon.value,
    epsilonText: epsilon.text,
    ...{ partialResults, onProgress, onStage, onImages, signal },
  });
}

/**
 * Carry a plan out. What attacks have found of single examples is kept in the run as it comes: an evaluation that was cut,
 * by the signal or by anything else, goes on from there when it is asked for again, to the same document.
 */
export async function evaluateRun(
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  settings: EvaluationSettings = {},
): Promise<EvaluatedRun> {
  const { saveImages } = settings;
  if (saveImages !== undefined) await refuseUsedFolder(saveImages);
  const prepared = await prepareEvaluation(run, engine, plan, settings);
  const { test, subject, request, stem, name } = prepared;
  const examples = testExamples(test, plan.examples);
  const partialResults = openPartialResults(run, name);
  let evaluation: GridEvaluation;
  try {
    evaluation = await withImageFolder(saveImages, test, async (folder) => {
      const found = await evaluatePrepared(prepared, engine, plan, examples, partialResults, {
        ...settings,
        onImages: folder?.add,
      });
      await folder?.finish({ subject, request });
      return found;
    });
  } catch (error) {
    partialResults.close();
    throw error;
  }
  const document = sealDocument(describeEvaluation(evaluation, subject));
  const path = await writeEvaluation(run, stem, document);
  partialResults.discard();
  return { document, path };
}
