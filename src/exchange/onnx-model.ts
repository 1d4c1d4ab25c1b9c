/**
 * A trained cell as an ONNX model of its own, weights inside, for any number of images: the classifier, or an attack on it
 * with all of its steps unrolled.
 */
import { batchShape, type PgdOptions, perturb, type Model as Trained } from '../attacks/index.ts';
import { InputError, RunError } from '../errors.ts';
import { input, makeStep, type Step, type Tensor } from '../graph/index.ts';
import { simplify } from '../graph/simplify/index.ts';
import { classify } from '../nn/index.ts';
import { encodeModel, type WriteOptions, writeGraph } from '../onnx/index.ts';

/** Names of the inputs and outputs of exported models. */
export const onnxNames = {
  images: 'images',
  logits: 'logits',
  labels: 'labels',
  start: 'start',
  adversarial: 'adversarial',
} as const;

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
