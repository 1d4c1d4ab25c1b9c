/**
 * A classifier from elsewhere, an ONNX file, as a model that can be evaluated. Where all of its operations are known it is
 * a network in our engine, with gradients; else ONNX Runtime runs it, and only attacks by logits remain.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Classifier, type LogitModel, type Model, predictor } from '../attacks/index.ts';
import type { Engine } from '../engines/engine.ts';
import { InputError, RunError } from '../errors.ts';
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
import { decodeModel } from '../onnx/index.ts';
import {
  type LeftOut,
  type ReadClassifier,
  readClassifier,
  type Signature,
  signatureOf,
  weightsOf,
} from '../onnx/read/index.ts';
import { type OnnxSession, openOnnxSession } from './onnx-session.ts';

export interface ForeignFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly model: ReturnType<typeof decodeModel>;
}

export interface ForeignModel {
  readonly classifier: Classifier;
  /** What was done, or could not be, a sentence each. */
  readonly notes: readonly string[];
  dispose(): Promise<void>;
}

/** The one cell of a model without branches. */
export const onlyCell: Cell = { statistics: shared, affine: shared };

/** @throws InputError where the file is missing or no ONNX model, or as refuseUnusableValues. */
export async function readForeignFile(path: string): Promise<ForeignFile> {
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
export async function foreignNetwork(
  file: ForeignFile,
  expected: Expected,
  engine: Engine,
): Promise<ForeignModel> {
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
  { path }: ForeignFile,
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
export async function foreignFunction(
  file: ForeignFile,
  expected: Expected,
  threads: number,
): Promise<ForeignModel> {
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

const sizeOfImage = ({ channels, height, width }: ImageShape) => channels * height * width;

function checkClasses({ path }: ForeignFile, found: number, { classes }: Expected): void {
  if (found !== classes)
    throw new InputError(`${path} gives ${found} logits an image; the data set has ${classes} classes`);
}

/** What ONNX Runtime finds is what the file says; no other reading of it can be better. */
function refuseNaN({ path }: ForeignFile, logits: Float32Array): void {
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

/** Of the largest logit, or of 1. */
const tolerance = 1e-3;

/** What was read may still be read wrongly; the other reader of the file says. */
async function compareWithRuntime(
  file: ForeignFile,
  expected: Expected,
  model: Model,
  leftOut: LeftOut | undefined,
): Promise<void> {
  const { classes, sample, images } = expected;
  const predict = predictor(model, sample.length / sizeOfImage(images));
  const logits = await predict(sample).finally(() => predict.dispose());
  const runtime = await foreignFunction(file, expected, model.engine.describe().threads);
  const found = await predictor(runtime.classifier, sample.length)(sample).finally(() => runtime.dispose());
  const { own: ours, runtime: ofRuntime } = comparedAs[leftOut ?? 'nothing'];
  const [own, theirs] = [ours(logits, classes), ofRuntime(found)];
  const finite = theirs.filter(Number.isFinite);
  const scale = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const difference = own.reduce((most, value, at) => {
    // Infinities of one sign agree: of probabilities that are 0, or classes that are masked.
    const apart = value === theirs[at] ? 0 : Math.abs(value - theirs[at]);
    return Math.max(most, apart);
  }, 0);
  // Written so that NaN on one side fails, too.
  if (!(difference <= tolerance * scale))
    throw new RunError(
      `${file.path} was read wrongly: its logits differ by ${difference} from those of ONNX Runtime; this is a fault of dualbn. Attacks by logits alone work: --attack square-1000`,
    );
}

interface Compared {
  readonly own: (logits: Float32Array, classes: number) => Float32Array;
  readonly runtime: (output: Float32Array) => Float32Array;
}

const asItIs = (values: Float32Array) => values;

/** What of both sides is compared where our graph ends before the file's. */
const comparedAs: Readonly<Record<LeftOut | 'nothing', Compared>> = {
  nothing: { own: asItIs, runtime: asItIs },
  LogSoftmax: { own: logSoftmax, runtime: asItIs },
  Softmax: { own: softmax, runtime: asItIs },
  // Where float32 has no smaller probability than 0 its logarithm is -Infinity, so that probabilities are compared.
  'Log of Softmax': { own: softmax, runtime: (output) => output.map(Math.exp) },
};

function logSoftmax(logits: Float32Array, classes: number): Float32Array {
  return logits.map((value, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes);
    const most = Math.max(...row);
    return value - most - Math.log(row.reduce((sum, other) => sum + Math.exp(other - most), 0));
  });
}

function softmax(logits: Float32Array, classes: number): Float32Array {
  return logSoftmax(logits, classes).map(Math.exp);
}
