/**
 * From an ONNX classifier to its evaluation on the test images of a data set, which is given back and not kept. Shows nothing:
 * whoever calls is told how far it is, and what was done to the file.
 */
import { basename } from 'node:path';
import { resolveConfiguration } from '../configuration/index.ts';
import type { Dataset, LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import {
  type DocumentSubject,
  describeEvaluation,
  type EvaluationDocument,
  engineSubject,
  evaluateModels,
  type FinishedStage,
  type GridProgress,
  planAttacks,
} from '../evaluation/index.ts';
import { sealDocument, sha256 } from '../files/index.ts';
import {
  type Expected,
  type ExternalFile,
  openExternalModel,
  readExternalFile,
  refuseUsedFolder,
  withImageFolder,
} from '../interop/index.ts';
import { loadData } from '../runs/index.ts';
import { type EvaluationPlan, type EvaluationRequest, planEvaluation, testExamples } from './evaluate-run.ts';

export interface ModelPlan extends EvaluationPlan {
  readonly file: ExternalFile;
  readonly test: Dataset;
}

/**
 * Complete a request, read the file and load the data set.
 *
 * @param dataset Left out, what the file says of itself.
 * @throws InputError for a file that is no classifier, and for a request or a data set that is wrong.
 */
export async function planModelEvaluation(
  path: string,
  request: EvaluationRequest,
  { dataset, ...loading }: LoadOptions & { readonly dataset?: string | undefined } = {},
): Promise<ModelPlan> {
  const file = await readExternalFile(path);
  const meant = dataset ?? file.model.metadata.dataset;
  if (meant === undefined)
    throw new InputError(
      `${path} does not say what it classifies: give --dataset, a name of \`dualbn data list\``,
    );
  const { configuration } = resolveConfiguration({ overrides: [`data.dataset=${meant}`] });
  const plan = planEvaluation(configuration, request);
  return { ...plan, file, test: await loadData(configuration, 'test', loading) };
}

export interface ModelEvaluationSettings {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GridProgress) => void;
  readonly onStage?: (finished: FinishedStage) => void;
  /** As of a run. */
  readonly saveImages?: string | undefined;
  /** What was done to the file, or could not be, a sentence each, before anything is evaluated. */
  readonly onNote?: (note: string) => void;
}

// Enough to see that a file was read as it was meant.
const sampled = 4;

/**
 * Carry a plan out. Where the engine cannot take the file's graph, ONNX Runtime runs it, if all attacks need only logits.
 *
 * @throws InputError for a file that does not fit the data; for an attack along gradients where operations of the file are
 *   not known, listing them.
 */
export async function evaluateModelFile(
  { file, test, attacks, epsilon, examples: count, batchSize, seed }: ModelPlan,
  engine: Engine,
  { onNote, saveImages, ...settings }: ModelEvaluationSettings = {},
): Promise<EvaluationDocument> {
  if (saveImages !== undefined) await refuseUsedFolder(saveImages);
  const { metadata, producer } = file.model;
  const examples = testExamples(test, count);
  const { channels, height, width } = test;
  const expected: Expected = {
    images: { channels, height, width },
    classes: test.classes.length,
    sample: examples.images.subarray(0, sampled * channels * height * width),
  };
  const { attackRuns } = planAttacks(attacks, epsilon.value);
  const gradients = attackRuns.some(({ asks }) => asks === 'gradients');
  const model = await openExternalModel(file, expected, engine, gradients);
  try {
    for (const note of model.notes) onNote?.(note);
    const { classifier } = model;
    const subject: DocumentSubject = {
      run: basename(file.path),
      configuration: null,
      regime: null,
      seed: null,
      network: metadata.network ?? `onnx, by ${producer.name} ${producer.version}`.trim(),
      checkpoint: {
        name: 'file',
        epoch: /^\d{1,9}$/.test(metadata.epoch ?? '') ? Number(metadata.epoch) : 0,
        step: 0,
        digest: sha256(file.bytes),
      },
      dataset: { name: test.name, checksum: test.checksum },
      engine:
        'engine' in classifier
          ? engineSubject(classifier.engine.describe())
          : await runtimeSubject(engine.describe().threads),
    };
    return await withImageFolder(saveImages, test, async (folder) => {
      const evaluation = await evaluateModels(classifier.network, [classifier], {
        examples,
        attacks,
        epsilon: epsilon.value,
        epsilonText: epsilon.text,
        batchSize,
        seed,
        onImages: folder?.add,
        ...settings,
      });
      const document = sealDocument(describeEvaluation(evaluation, subject));
      await folder?.finish(document);
      return document;
    });
  } finally {
    await model.dispose();
  }
}

/** ONNX Runtime, where it runs the file itself. */
async function runtimeSubject(threads: number): Promise<DocumentSubject['engine']> {
  const { env } = await import('onnxruntime-node');
  const version = env.versions.node ?? '';
  return { name: 'onnxruntime', version, threads, device: 'cpu', instructionSet: '', settings: {} };
}
