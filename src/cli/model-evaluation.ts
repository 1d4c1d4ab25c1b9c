/** `dualbn evaluate MODEL.onnx`: a classifier from elsewhere, by the attacks that can be run on it. */
import { basename } from 'node:path';
import { resolveConfiguration } from '../configuration/index.ts';
import { createEngine, type EngineOptions } from '../engines/create.ts';
import { InputError } from '../errors.ts';
import {
  type DocumentSubject,
  describeEvaluation,
  type EvaluationDocument,
  engineSubject,
  evaluateModels,
  groupAttacks,
} from '../evaluation/index.ts';
import {
  type Expected,
  type ForeignFile,
  type ForeignModel,
  foreignFunction,
  foreignNetwork,
  readForeignFile,
  UnknownOperations,
} from '../exchange/index.ts';
import { type EvaluationRequest, planEvaluation, testExamples } from '../experiments/evaluate-run.ts';
import { sealDocument, sha256 } from '../files/index.ts';
import { loadData } from '../runs/index.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';
import { loadingOf } from './training-session.ts';

export interface ModelEvaluation {
  /** Left out, what the file says of itself. */
  readonly dataset?: string | undefined;
  readonly data?: string | undefined;
  readonly engine: EngineOptions['name'];
}

// Enough to see that a file was read as it was meant.
const sampled = 4;

/**
 * Evaluate an ONNX classifier on the test images of a data set.
 *
 * @throws InputError for a file that is none, or does not fit the data; for an attack along gradients where operations of
 *   the file are not known, listing them.
 */
export async function evaluateModelFile(
  io: Io,
  path: string,
  request: EvaluationRequest,
  { dataset, data, engine: name }: ModelEvaluation,
): Promise<EvaluationDocument> {
  const file = await readForeignFile(path);
  const { metadata, producer } = file.model;
  const meant = dataset ?? metadata.dataset;
  if (meant === undefined)
    throw new InputError(
      `${path} does not say what it classifies: give --dataset, a name of \`dualbn data list\``,
    );
  const { configuration } = resolveConfiguration({ overrides: [`data.dataset=${meant}`] });
  const plan = planEvaluation(configuration, request);
  const test = await loadData(configuration, 'test', loadingOf(io, data));
  const examples = testExamples(test, plan.examples);
  const { channels, height, width } = test;
  const size = channels * height * width;
  const expected: Expected = {
    images: { channels, height, width },
    classes: test.classes.length,
    sample: examples.images.subarray(0, sampled * size),
  };
  const engine = await createEngine({
    name,
    threads: 'auto',
    convolution: 'auto',
    announce: (line) => io.stderr.write(`${line}\n`),
  });
  const progress = createProgress(io.stderr, { label: `evaluating ${path}`, unit: 'images' });
  let model: ForeignModel | undefined;
  try {
    const gradients = groupAttacks(plan.attacks, plan.epsilon.value).some(({ asks }) => asks === 'gradients');
    model = await openModel(file, expected, engine, gradients);
    for (const note of model.notes) io.stderr.write(`${path}: ${note}\n`);
    const { classifier } = model;
    const evaluation = await evaluateModels(classifier.network, [classifier], {
      examples,
      attacks: plan.attacks,
      epsilon: plan.epsilon.value,
      epsilonText: plan.epsilon.text,
      batchSize: plan.batchSize,
      seed: plan.seed,
      signal: io.signal,
      onProgress: ({ done, total }) => progress.update({ done, total }),
    }).finally(() => progress.finish());
    const described = describeEvaluation(evaluation, {
      run: basename(path),
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
    });
    return sealDocument(described);
  } finally {
    await model?.dispose();
    engine.dispose();
  }
}

/** ONNX Runtime, where it runs the file itself. */
async function runtimeSubject(threads: number): Promise<DocumentSubject['engine']> {
  const { env } = await import('onnxruntime-node');
  const version = env.versions.node ?? '';
  return { name: 'onnxruntime', version, threads, device: 'cpu', instructionSet: '', settings: {} };
}

/** With gradients where they can be had; without them where they are not asked for. */
async function openModel(
  file: ForeignFile,
  expected: Expected,
  engine: Parameters<typeof foreignNetwork>[2],
  gradients: boolean,
): Promise<ForeignModel> {
  try {
    return await foreignNetwork(file, expected, engine);
  } catch (error) {
    if (!(error instanceof UnknownOperations)) throw error;
    if (gradients)
      throw new InputError(
        `${error.message}\nAttacks that need only logits remain, as ONNX Runtime runs it: --attack square-1000 noise gaussian-noise`,
      );
    const model = await foreignFunction(file, expected, engine.describe().threads);
    const unknown = `${error.message.split('\n').length - 1} operations cannot be read, so ONNX Runtime runs it, without gradients`;
    return { ...model, notes: [...model.notes, unknown] };
  }
}
