/**
 * An ONNX classifier as a function of our graph, so that it can be differentiated, compiled and attacked like any network:
 * images [N, C, H, W] to logits [N, K]. Weights become variables.
 *
 * The file's graph is walked once for every batch that is asked for; with the number of images known, everything that it
 * computes of shapes is a number (known.ts). The nodes that cannot be read are listed, all of them at once.
 */
import { InputError, type Problem } from '../../errors.ts';
import { GraphError, input, type Tensor, type Variable, variable } from '../../graph/index.ts';
import type { Model, Node } from '../model.ts';
import {
  Call,
  type CallContext,
  type Known,
  knownInts,
  ofTensor,
  type ReadValue,
  Unreadable,
} from './call.ts';
import { knownOperations } from './known.ts';
import { readNode } from './operations.ts';

export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What a file says of what goes in and comes out, without its graph being read. */
export interface Signature {
  /** Name of the input. */
  readonly input: string;
  readonly output: string;
  /** The number of images that it takes, where it takes no other. */
  readonly batch: number | undefined;
}

export interface ReadClassifier {
  readonly signature: Signature;
  readonly classes: number;
  readonly variables: ReadonlyMap<Variable, Float32Array>;
  /** Logits [N, K] of images [N, C, H, W]. */
  readonly logits: (images: Tensor) => Tensor;
  /** The file's last operations, where they were left out because attacks work on what goes into them. */
  readonly leftOut: LeftOut | undefined;
}

/** The file is a classifier, but its graph is not all known. */
export class UnknownOperations extends InputError {}

export interface ReadOptions {
  /** What becomes of a variable when it is made; it is used by identity. */
  readonly declare?: (variable: Variable) => Variable;
}

/**
 * The one input and the output of a classifier of such images.
 *
 * @throws InputError where the file has other inputs, or takes other images.
 */
export function signatureOf({ graph }: Model, where: string, images: ImageSize): Signature {
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
  const [only] = inputs;
  const [output] = graph.outputs;
  if (!only || inputs.length !== 1 || !output)
    throw new InputError(
      `${where} is no classifier: expected one input, images, and logits as output; found the inputs ${inputs.map(({ name }) => name).join(', ') || '(none)'}`,
    );
  const { name, type, shape = ['', '', '', ''] } = only;
  const expected = [images.channels, images.height, images.width];
  const fits =
    shape.length === 4 &&
    shape.slice(1).every((size, at) => typeof size !== 'number' || size <= 0 || size === expected[at]);
  if (type !== 'float32' || !fits)
    throw new InputError(
      `${where} takes ${type} [${shape.map((size) => size || '?').join(', ')}] as ${name}; the data set has images [N, ${expected.join(', ')}] of float32`,
    );
  const [batch] = shape;
  return {
    input: name,
    output: output.name,
    batch: typeof batch === 'number' && batch > 0 ? batch : undefined,
  };
}

/** Operations at the end whose result has the same largest class as their input, which are logits then, last one first. */
const onlyScale = {
  Softmax: ['Softmax'],
  LogSoftmax: ['LogSoftmax'],
  'Log of Softmax': ['Log', 'Softmax'],
} as const satisfies Record<string, readonly string[]>;

export type LeftOut = keyof typeof onlyScale;

/** What of the end of a graph only scales, and the name of the logits before it. */
function endOf(
  output: string,
  nodes: readonly Node[],
): { readonly leftOut?: LeftOut; readonly logits: string } {
  for (const leftOut of Object.keys(onlyScale) as LeftOut[]) {
    const logits = onlyScale[leftOut].reduce<string | undefined>((name, operation) => {
      const made = nodes.find(({ outputs }) => name !== undefined && outputs.includes(name));
      return made?.domain === '' && made.operation === operation ? made.inputs[0] : undefined;
    }, output);
    if (logits !== undefined) return { leftOut, logits };
  }
  return { logits: output };
}

/**
 * Reads a classifier of images of one size.
 *
 * @param where What it is, for messages: a file's name.
 * @throws UnknownOperations that lists every node that cannot be read, with its operation and its result; InputError
 *   where the file is no classifier of such images.
 */
export function readClassifier(
  model: Model,
  where: string,
  images: ImageSize,
  { declare = (variable) => variable }: ReadOptions = {},
): ReadClassifier {
  const signature = signatureOf(model, where, images);
  const { nodes, initializers } = model.graph;
  const version = model.operatorSets[''] ?? 1;
  const { leftOut, logits: wanted } = endOf(signature.output, nodes);
  const needed = nodesBefore(wanted, nodes);
  const variables = new Map<Variable, Float32Array>();
  const madeOf = new Map<string, Variable>();
  const variableFor = (name: string, { shape, values }: Known): Tensor => {
    const made: Variable = madeOf.get(name) ?? declare({ name, shape });
    if (!madeOf.has(name)) {
      madeOf.set(name, made);
      variables.set(made, Float32Array.from(values));
    }
    return variable(made);
  };

  const logits = (batch: Tensor): Tensor => {
    const [here = 0] = batch.shape;
    const context = { variable: variableFor, batch: { file: signature.batch, here }, version };
    const values = new Map<string, ReadValue>(
      initializers.map(({ name, ...known }) => [name, { kind: 'known', name, known }]),
    );
    values.set(signature.input, ofTensor(batch));
    const problems: Problem[] = [];
    for (const node of needed)
      try {
        for (const [at, value] of readValues(node, values, context).entries())
          values.set(node.outputs[at], value);
      } catch (error) {
        if (error instanceof MissingInput) continue;
        if (!(error instanceof Unreadable || error instanceof GraphError)) throw error;
        problems.push({ where: `${node.operation} (${node.outputs[0] ?? node.name})`, what: error.message });
      }
    if (problems.length > 0)
      throw new UnknownOperations(`${where} has operations that cannot be read:`, problems);
    const result = values.get(wanted);
    if (result?.kind !== 'tensor')
      throw new InputError(`${where}: the output ${signature.output} does not depend on the images`);
    const { shape } = result.tensor;
    if (shape.length !== 2 || shape[0] !== here)
      throw new InputError(
        `${where} is no classifier: of images [${batch.shape.join(', ')}] its output ${signature.output} is [${shape.join(', ')}], expected [${here}, classes]`,
      );
    return result.tensor;
  };

  // A batch that is neither one image nor any usual number of channels shows at once what cannot be read.
  const { channels, height, width } = images;
  const trial = logits(input('images', [7, channels, height, width]));
  return { signature, classes: trial.shape[1], variables, logits, leftOut };
}

/** A node whose input could not be read: it is not to blame. */
class MissingInput extends Error {}

function readValues(
  node: Node,
  values: ReadonlyMap<string, ReadValue>,
  context: CallContext,
): readonly ReadValue[] {
  const inputs = node.inputs.map((name) => {
    const value = values.get(name);
    if (name !== '' && !value) throw new MissingInput(name);
    return value;
  });
  const call = new Call(node, inputs, context);
  const nameOf = (known: Known): ReadValue => ({ kind: 'known', name: node.outputs[0], known });
  if (node.domain === '') {
    if (node.operation === 'Constant') return [nameOf(constantOf(call))];
    if (node.operation === 'Shape') return [nameOf(knownInts(shapeOf(call, inputs[0])))];
    const whole = inputs.every((value) => value === undefined || value.kind === 'known');
    if (whole && Object.hasOwn(knownOperations, node.operation))
      return [nameOf(knownOperations[node.operation](call))];
  }
  return readNode(call).map(ofTensor);
}

function shapeOf(call: Call, value: ReadValue | undefined): readonly number[] {
  const shape = value?.kind === 'known' ? value.known.shape : call.tensor(0).shape;
  const end = call.attribute('end');
  return shape.slice(call.int('start', 0), end?.kind === 'int' ? end.value : undefined);
}

function constantOf(call: Call): Known {
  const tensor = call.attribute('value');
  if (tensor?.kind === 'tensor') return tensor.value;
  const float = call.attribute('value_float') ?? call.attribute('value_floats');
  const int = call.attribute('value_int') ?? call.attribute('value_ints');
  for (const [attribute, type] of [
    [float, 'float32'],
    [int, 'int64'],
  ] as const) {
    if (attribute?.kind === 'float' || attribute?.kind === 'int')
      return { type, shape: [], values: Float64Array.of(attribute.value) };
    if (attribute?.kind === 'floats' || attribute?.kind === 'ints')
      return { type, shape: [attribute.value.length], values: Float64Array.from(attribute.value) };
  }
  throw new Unreadable('its value is of a kind that is not supported');
}

/** The nodes that a value is made of, in the order of the file. */
function nodesBefore(wanted: string, nodes: readonly Node[]): Node[] {
  const needed = new Set([wanted]);
  const kept = nodes.toReversed().filter(({ inputs, outputs }) => {
    const used = outputs.some((name) => needed.has(name));
    if (used) for (const name of inputs) needed.add(name);
    return used;
  });
  return kept.reverse();
}
