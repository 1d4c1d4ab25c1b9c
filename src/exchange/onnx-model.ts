/**
 * A trained cell as an ONNX model of its own, weights inside, for any number of images: the classifier, or an attack on it
 * with all of its steps unrolled.
 */
import { type AttackOptions, batchShape, perturb, type Model as Trained } from '../attacks/index.ts';
import { InputError } from '../errors.ts';
import { input, makeStep, type Step, type Tensor } from '../graph/index.ts';
import { simplify } from '../graph/simplify/index.ts';
import { classify } from '../nn/index.ts';
import { encodeModel, writeGraph } from '../onnx/index.ts';

/** Names of the inputs and outputs of exported models. */
export const onnxNames = {
  images: 'images',
  logits: 'logits',
  labels: 'labels',
  start: 'start',
  adversarial: 'adversarial',
} as const;

// Stands for any number of images while the graph is built: a prime that is no number of channels, classes or pixels.
const anyBatch = 65_521;

/** images [batch, C, H, W] in [0, 1] to logits [batch, K]. */
function classifierStep({ network, cell }: Trained): Step {
  const images = input(onnxNames.images, batchShape(network, anyBatch));
  return makeStep(`${network.name} classifier`, {
    outputs: { [onnxNames.logits]: classify(network, images, cell) },
  });
}

/**
 * images [batch, C, H, W], one-hot labels [batch, K], and start [batch, C, H, W], the first perturbation, to adversarial
 * images [batch, C, H, W].
 */
function attackStep({ network, cell }: Trained, options: AttackOptions): Step {
  if (options.search)
    throw new InputError('a search by logits is no graph, and cannot be exported: use pgd-<N>');
  const images = input(onnxNames.images, batchShape(network, anyBatch));
  const labels = input(onnxNames.labels, [anyBatch, network.classes]);
  const start = input(onnxNames.start, batchShape(network, anyBatch));
  const { loss, norm, epsilon, stepSize, steps } = options;
  const model = (at: Tensor) => classify(network, at, cell);
  const adversarial = perturb({ images, labels, model, loss, norm, epsilon, stepSize }, { start, steps });
  return makeStep(`${network.name} attack`, { outputs: { [onnxNames.adversarial]: adversarial } });
}

/** The bytes of an ONNX file. With attack options the attack, without them the classifier. */
export function onnxModel(
  trained: Trained,
  {
    attack,
    metadata,
  }: { readonly attack?: AttackOptions | undefined; readonly metadata: Readonly<Record<string, string>> },
): Uint8Array {
  const { engine } = trained;
  const step = simplify(attack ? attackStep(trained, attack) : classifierStep(trained));
  const constants = new Map(step.variables.map((variable) => [variable, engine.read(variable)]));
  const { model } = writeGraph(step, {
    constants,
    batch: { size: anyBatch, name: 'batch' },
    description: Object.entries(metadata)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
    metadata,
  });
  return encodeModel({ ...model, producer: { ...model.producer, version: metadata.dualbn ?? '' } });
}
