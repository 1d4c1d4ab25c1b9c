/**
 * A classifier from elsewhere, an ONNX file, as a model that can be evaluated. Where all of its operations are known it is
 * a network in our engine, with gradients; else ONNX Runtime runs it, and only attacks by logits remain.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Classifier, type LogitModel, type Model, predictor } from '../attacks/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { fileError } from '../files/index.ts';
import {
  type Cell,
  faultsOf,
  type ImageShape,
  type Network,
  type NetworkVariable,
  refuseUnusableValues,
  shared,
} from '../nn/index.ts';
import {
  decodeModel,
  type LeftOut,
  type ReadClassifier,
  readClassifier,
  type Signature,
  signatureOf,
  UnknownOperations,
  weightsOf,
} from '../onnx/index.ts';
import { checkReading } from './onnx-check.ts';
import { type OnnxSession, openOnnxSession } from './onnx-session.ts';

export interface ExternalFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly model: ReturnType<typeof decodeModel>;
}

export interface ExternalModel {
  readonly classifier: Classifier;
  /** What was done, or could not be, a sentence each. */
  readonly notes: readonly string[];
  dispose(): Promise<void>;
}

/** The one cell of a model without branches. */
export const onlyCell: Cell = { statistics: shared, affine: shared };

/** @throws InputError where the file is missing or no ONNX model, or as refuseUnusableValues. */
export async function readExternalFile(path: string): Promise<ExternalFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  const model = decodeModel(bytes, path);
  refuseUnusableValues(
    path,
    weightsOf(model).map(({ name, values, uses }) => ({
      name,
      values,
      refused: [...new Set(uses.flatMap((use) => faultsOf[use]))],
    })),
  );
  return { path, bytes, model };
}

/** What a classifier is to be: images of a data set, real ones of them to try it on, and the number of classes. */
export interface Expected {
  readonly images: ImageShape;
  readonly classes: number;
  /** A few images [N, C, H, W]. */
  readonly sample: Float32Array;
}

/**
 * A file as a network with gradients, whose logits were compared with ONNX Runtime's.
 *
 * @throws InputError that lists every operation that cannot be read; RunError where the logits differ.
 */
export async function externalNetwork(
  file: ExternalFile,
  expected: Expected,
  engine: Engine,
): Promise<ExternalModel> {
  const declared: NetworkVariable[] = [];
  const read = readClassifier(file.model, file.path, expected.images, {
    declare: (variable) => {
      const made = {
        ...variable,
        role: 'weight',
        branch: shared,
        initialization: { kind: 'constant', value: 0 },
      } as const satisfies NetworkVariable;
      declared.push(made);
      return made;
    },
  });
  checkClasses(file, read.classes, expected);
  for (const [variable, values] of read.variables) engine.write(variable, values);
  const network = networkOf(file, read, declared, expected.images);
  const model: Model = { engine, network, cell: onlyCell };
  await compareWithRuntime(file, expected, model, read.leftOut);
  const notes = read.leftOut ? [`the ${read.leftOut} at its end is left out: attacks work on logits`] : [];
  return { classifier: model, notes, dispose: async () => {} };
}

function networkOf(
  { path }: ExternalFile,
  { classes, logits }: ReadClassifier,
  variables: readonly NetworkVariable[],
  images: ImageShape,
): Network {
  return {
    name: basename(path),
    classes,
    images,
    sets: { statistics: [shared], affine: [shared] },
    variables,
    forward: (passes) => ({
      logits: Object.fromEntries(passes.map(({ name, images: batch }) => [name, logits(batch)])),
      updates: [],
    }),
  };
}

/** A file as a function of images, run by ONNX Runtime. @throws InputError */
export async function externalFunction(
  file: ExternalFile,
  expected: Expected,
  threads: number,
): Promise<ExternalModel> {
  const signature = signatureOf(file.model, file.path, expected.images);
  const session = await openOnnxSession(file.bytes, file.path, threads);
  const { images, classes, sample } = expected;
  const classifier: LogitModel = {
    network: { name: basename(file.path), classes, images },
    cell: onlyCell,
    logits: (batch) => runInBatches(session, signature, images, batch),
  };
  try {
    const logits = await classifier.logits(sample);
    checkClasses(file, logits.length / (sample.length / sizeOfImage(images)), expected);
    refuseNaN(file, logits);
  } catch (error) {
    await session.dispose();
    throw error;
  }
  return { classifier, notes: [], dispose: () => session.dispose() };
}

/**
 * A file as a model: with gradients where its graph can be read, and where it cannot, without, if none are needed.
 *
 * @throws InputError as externalNetwork and externalFunction.
 */
export async function openExternalModel(
  file: ExternalFile,
  expected: Expected,
  engine: Engine,
  gradients: boolean,
): Promise<ExternalModel> {
  try {
    return await externalNetwork(file, expected, engine);
  } catch (error) {
    if (!(error instanceof UnknownOperations)) throw error;
    if (gradients)
      throw new InputError(
        `${error.message}\nAttacks that need only logits remain, as ONNX Runtime runs it: --attack square-1000 noise gaussian-noise`,
      );
    const model = await externalFunction(file, expected, engine.describe().threads);
    const unknown = `${error.problems.length} operations cannot be read, so ONNX Runtime runs it, without gradients`;
    return { ...model, notes: [...model.notes, unknown] };
  }
}

const sizeOfImage = ({ channels, height, width }: ImageShape) => channels * height * width;

function checkClasses({ path }: ExternalFile, found: number, { classes }: Expected): void {
  if (found !== classes)
    throw new InputError(`${path} gives ${found} logits an image; the data set has ${classes} classes`);
}

/** What ONNX Runtime finds is what the file says; no other reading of it can be better. */
function refuseNaN({ path }: ExternalFile, logits: Float32Array): void {
  const count = logits.filter(Number.isNaN).length;
  if (count > 0)
    throw new InputError(
      `${path} gives NaN for ${count} of ${logits.length} logits of test images, in ONNX Runtime, too: a number becomes too large, or is divided by 0, inside the model; there is nothing to evaluate`,
    );
}

/** All images at once, or as many at a time as the file insists on, the last batch filled up with zeros. */
async function runInBatches(
  session: OnnxSession,
  { input, output, batch }: Signature,
  images: ImageShape,
  values: Float32Array,
): Promise<Float32Array> {
  const { channels, height, width } = images;
  const size = sizeOfImage(images);
  const count = values.length / size;
  const step = batch ?? Math.max(count, 1);
  const parts: Float32Array[] = [];
  for (let start = 0; start < count; start += step) {
    const given = new Float32Array(step * size);
    given.set(values.subarray(start * size, (start + step) * size));
    const { [output]: rows } = await session.run({
      [input]: { values: given, shape: [step, channels, height, width] },
    });
    parts.push(rows.subarray(0, (rows.length / step) * Math.min(step, count - start)));
  }
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  parts.reduce((at, part) => {
    all.set(part, at);
    return at + part.length;
  }, 0);
  return all;
}

/** What was read may still be read wrongly; the other reader of the file says. */
async function compareWithRuntime(
  file: ExternalFile,
  expected: Expected,
  model: Model,
  leftOut: LeftOut | undefined,
): Promise<void> {
  const { classes, sample, images } = expected;
  const predict = predictor(model, sample.length / sizeOfImage(images));
  const own = await predict(sample).finally(() => predict.dispose());
  const runtime = await externalFunction(file, expected, model.engine.describe().threads);
  const theirs = await predictor(runtime.classifier, sample.length)(sample).finally(() => runtime.dispose());
  checkReading(file.path, { own, theirs, classes, leftOut });
}
