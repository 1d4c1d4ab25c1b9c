/**
 * A trained cell of a run as an ONNX file of its own, weights inside, for any number of images: the classifier, or an attack
 * on it with all of its steps unrolled. A file is written only after it has passed its check (onnx-check.ts).
 */
import {
  ascentOptions,
  batchShape,
  namedAttack,
  type PgdOptions,
  perturb,
  type Model as Trained,
} from '../attacks/index.ts';
import type { Epsilon } from '../configuration/index.ts';
import { evaluationSubset, gather, type LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError, RunError } from '../errors.ts';
import { writeAtomically } from '../files/index.ts';
import { input, makeStep, type Step, simplify, type Tensor } from '../graph/index.ts';
import { type Cell, classify } from '../nn/index.ts';
import { encodeModel, type WriteOptions, writeGraph } from '../onnx/index.ts';
import { type CheckpointName, loadTrained, type Run } from '../runs/index.ts';
import { type CellRequest, cellText, chooseCell, refuseTaken, subjectOf } from './export-subject.ts';
import { checkAttackModel, checkClassifier, type OnnxCheck, onnxNames } from './onnx-check.ts';
import { openOnnxSession } from './onnx-session.ts';

export interface OnnxExportOptions extends LoadOptions {
  readonly checkpoint?: CheckpointName | undefined;
  readonly cell?: CellRequest;
  /** A number of images that the model takes, and no other; without it, any. */
  readonly batch?: number | undefined;
  /** An attack by name, to be exported in place of the classifier. */
  readonly attack?: { readonly name: string; readonly epsilon: Epsilon } | undefined;
}

export interface ExportedModel {
  readonly cell: Cell;
  readonly bytes: number;
  readonly check: OnnxCheck;
}

// Enough to see a wrong graph; more would only take longer.
const checkedImages = 8;

/**
 * Writes the model after it has passed its check: a file that is there is a file that works.
 *
 * @throws InputError where the file is there already or the run has no such checkpoint, cell or attack; RunError where
 *   ONNX Runtime finds something else than the program.
 */
export async function exportOnnx(
  run: Run,
  path: string,
  engine: Engine,
  { checkpoint = 'last', cell: request = {}, attack, batch, ...loading }: OnnxExportOptions = {},
): Promise<ExportedModel> {
  refuseTaken(path);
  const options = attack && ascentOptions(namedAttack(attack.name, attack.epsilon.value));
  const { network, test, epoch } = await loadTrained(run, engine, { checkpoint, ...loading });
  const cell = chooseCell(network, request);
  const model = { engine, network, cell };
  const metadata = {
    ...subjectOf(run, { checkpoint, epoch, classes: test.classes }),
    ...cellText(cell),
    ...(attack && { attack: attack.name, epsilon: attack.epsilon.text, stepSize: String(options?.stepSize) }),
  };
  const bytes = onnxModel(model, { attack: options, batch, metadata });
  const examples = gather(test, evaluationSubset(test, Math.min(batch ?? checkedImages, test.count)));
  if (batch !== undefined && examples.labels.length < batch)
    throw new InputError(`the model cannot be checked on ${batch} images: the test set has ${test.count}`);
  const session = await openOnnxSession(bytes, path, engine.describe().threads);
  const check = await (options
    ? checkAttackModel(model, session, options, examples)
    : checkClassifier(model, session, examples.images, batch)
  ).finally(() => session.dispose());
  await writeAtomically(path, bytes);
  return { cell, bytes: bytes.byteLength, check };
}

// Stands for any number of images while the graph is built: a prime that is no number of channels, classes or pixels.
const anyNumber = 65_521;

/** images [batch, C, H, W] in [0, 1] to logits [batch, K]. */
function classifierStep({ network, cell }: Trained, batch: number): Step {
  const images = input(onnxNames.images, batchShape(network, batch));
  return makeStep(`${network.name} classifier`, {
    outputs: { [onnxNames.logits]: classify(network, images, cell) },
  });
}

/**
 * images [batch, C, H, W], one-hot labels [batch, K], and start [batch, C, H, W], the first perturbation, to adversarial
 * images [batch, C, H, W].
 */
function attackStep({ network, cell }: Trained, options: PgdOptions, batch: number): Step {
  const images = input(onnxNames.images, batchShape(network, batch));
  const labels = input(onnxNames.labels, [batch, network.classes]);
  const start = input(onnxNames.start, batchShape(network, batch));
  const { loss, norm, epsilon, stepSize, steps } = options;
  const model = (at: Tensor) => classify(network, at, cell);
  const adversarial = perturb({ images, labels, model, loss, norm, epsilon, stepSize }, { start, steps });
  return makeStep(`${network.name} attack`, { outputs: { [onnxNames.adversarial]: adversarial } });
}

export interface OnnxModelOptions {
  /** Without it, the classifier. */
  readonly attack?: PgdOptions | undefined;
  /** A number of images that the model takes, and no other; without it, any. */
  readonly batch?: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of an ONNX file.
 *
 * @throws InputError for an attack that is no graph, and for a network that needs the number of images.
 */
export function onnxModel(trained: Trained, { attack, batch, metadata }: OnnxModelOptions): Uint8Array {
  const { engine } = trained;
  const size = batch ?? anyNumber;
  const step = simplify(attack ? attackStep(trained, attack, size) : classifierStep(trained, size));
  const constants = new Map(step.variables.map((variable) => [variable, engine.read(variable)]));
  const options = {
    constants,
    description: Object.entries(metadata)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
    metadata,
    ...(batch === undefined ? { batch: { size, name: 'batch' } } : {}),
  };
  const { model } = writeOrExplain(step, options);
  return encodeModel({ ...model, producer: { ...model.producer, version: metadata.dualbn ?? '' } });
}

/** A network that mixes the axis of images with several others cannot be written for any number of them. */
function writeOrExplain(step: Step, options: WriteOptions) {
  try {
    return writeGraph(step, options);
  } catch (error) {
    if (!(error instanceof RunError) || options.batch === undefined) throw error;
    throw new InputError(
      'this network can be exported only for one number of images at a time: give it with --batch N',
    );
  }
}
