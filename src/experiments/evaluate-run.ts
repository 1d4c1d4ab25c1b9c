/** From a run to the evaluation of one of its checkpoints, on file in the run. Shows nothing: whoever calls is told how far it is. */
import type { AttackTable, Examples } from '../attacks/index.ts';
import { type Configuration, type Epsilon, packageVersion, parseEpsilon } from '../configuration/index.ts';
import { type Dataset, evaluationSubset, gather } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import {
  describeEvaluation,
  describeRequest,
  documentSubject,
  type EvaluationDocument,
  evaluateGrid,
  type FinishedStage,
  type GridEvaluation,
  type GridProgress,
  partialResultsKey,
  planAttacks,
  type RequestDescription,
} from '../evaluation/index.ts';
import { type DocumentFrame, sealDocument, sha256 } from '../files/index.ts';
import { refuseUsedFolder, withImageFolder } from '../interop/index.ts';
import { gridOf } from '../nn/index.ts';
import {
  type CheckpointName,
  loadTrained,
  openPartialResults,
  type Run,
  refuseUnwritable,
  subjectOf,
  type Trained,
  type TrainedOptions,
  writeEvaluation,
} from '../runs/index.ts';

/** What is asked for; the run's configuration says the rest. */
export interface EvaluationRequest {
  readonly attacks?: readonly string[] | undefined;
  /** As written: 8/255. */
  readonly epsilon?: string | undefined;
  readonly examples?: number | undefined;
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
}

/**
 * Complete a request and check all of it that needs no data. Attacks are looked up in `attackTable`, by default in those that
 * are built in.
 *
 * @throws InputError that says which part is wrong.
 */
export function planEvaluation(
  { evaluation, seed }: Configuration,
  { attacks = evaluation.attacks, epsilon, checkpoint = 'last', ...numbers }: EvaluationRequest,
  attackTable?: AttackTable,
): EvaluationPlan {
  const size = epsilon === undefined ? evaluation.epsilon : sizeOf('--epsilon', epsilon);
  const { norm } = planAttacks(attacks, size.value, { attackTable });
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
  { attacks, epsilon, examples, seed }: EvaluationPlan,
  { network, test }: Pick<Trained, 'network' | 'test'>,
  attackTable?: AttackTable,
): RequestDescription {
  const { asked, norm } = planAttacks(attacks, epsilon.value, { attackTable, classes: network.classes });
  const indices = Array.from(testIndices(test, examples));
  return describeRequest({
    ...{ asked, norm, attackTable, epsilon, seed, indices },
    cells: gridOf(network),
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
  { onProgress, onStage, saveImages, attackTable, ...loading }: EvaluationSettings = {},
): Promise<EvaluatedRun> {
  const { attacks, epsilon, examples, batchSize, checkpoint, seed } = plan;
  refuseUnwritable(run, 'evaluations');
  if (saveImages !== undefined) await refuseUsedFolder(saveImages);
  const trained = await loadTrained(run, engine, { checkpoint, ...loading });
  const { network, test } = trained;
  const subject = documentSubject(subjectOf(run, trained, engine));
  const request = evaluationRequest(plan, trained, attackTable);
  const stem = `${checkpoint}-${request.norm}-${epsilon.text.replaceAll('/', '-')}`;
  const given = testExamples(test, examples);
  const { cells } = request;
  const partialResults = openPartialResults(run, stem, keyOf(partialResultsKey(subject, request)));
  let evaluation: GridEvaluation;
  try {
    evaluation = await withImageFolder(saveImages, test, async (folder) => {
      const found = await evaluateGrid({
        ...{ engine, network, examples: given, cells, attacks, attackTable, batchSize, seed },
        epsilon: epsilon.value,
        epsilonText: epsilon.text,
        ...{ partialResults, onProgress, onStage, onImages: folder?.add, signal: loading.signal },
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

/** Another version of this program may find other results. */
const keyOf = (key: string): string => sha256(`${packageVersion} ${key}`);
