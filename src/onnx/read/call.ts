/**
 * One node of an ONNX graph as its reader sees it: inputs and attributes by place and name, each checked when asked for. And
 * what the names of a graph stand for while it is read: a tensor of our graph, or numbers that are known.
 */
import { constant, type Tensor } from '../../graph/index.ts';
import type { Attribute, Node, TensorValue } from '../model.ts';

export type Known = Pick<TensorValue, 'type' | 'shape' | 'values'>;

export type ReadValue =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  /** A weight, or the result of a computation on shapes. `name` is the file's. */
  | { readonly kind: 'known'; readonly name: string; readonly known: Known };

/** Why a node cannot be read; read-classifier.ts adds which. Not for anyone else. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export const ofTensor = (tensor: Tensor): ReadValue => ({ kind: 'tensor', tensor });

/** A vector of whole numbers. */
export const knownInts = (values: readonly number[]): Known => ({
  type: 'int64',
  shape: [values.length],
  values: Float64Array.from(values),
});

export interface CallContext {
  /** The variable that holds a weight of the file. */
  readonly variable: (name: string, known: Known) => Tensor;
  /** The number of images that the file was made for, where it takes no other; and how many there are. */
  readonly batch: { readonly file: number | undefined; readonly here: number };
  /** Version of ONNX's own operations. */
  readonly version: number;
}

export class Call {
  readonly node: Node;
  readonly context: CallContext;
  readonly #inputs: readonly (ReadValue | undefined)[];

  constructor(node: Node, inputs: readonly (ReadValue | undefined)[], context: CallContext) {
    this.node = node;
    this.context = context;
    this.#inputs = inputs;
  }

  get count(): number {
    return this.#inputs.length;
  }

  has(at: number): boolean {
    return this.#inputs[at] !== undefined;
  }

  /** An input as a tensor; a known one becomes a variable, a single number a constant. */
  tensor(at: number): Tensor {
    const value = this.#inputs[at];
    if (!value) throw new Unreadable(`its input ${at} is missing`);
    if (value.kind === 'tensor') return value.tensor;
    const { known, name } = value;
    if (known.type !== 'float32' && known.type !== 'float64' && known.type !== 'float16')
      throw new Unreadable(`its input ${at}, ${name}, is of the type ${known.type}`);
    return known.shape.length === 0 ? constant(known.values[0]) : this.context.variable(name, known);
  }

  /** An input whose numbers have to be known now. */
  known(at: number): Known {
    const value = this.#inputs[at];
    if (!value) throw new Unreadable(`its input ${at} is missing`);
    if (value.kind === 'known') return value.known;
    throw new Unreadable(
      `its input ${at}, ${this.node.inputs[at]}, depends on the images, which is not supported`,
    );
  }

  ints(at: number): number[] {
    return [...this.known(at).values];
  }

  number(at: number): number {
    const { values } = this.known(at);
    if (values.length !== 1) throw new Unreadable(`its input ${at} has ${values.length} values, not one`);
    return values[0];
  }

  /** Whole numbers that older versions give as an attribute and newer ones as an input. */
  intsFrom(at: number, attribute: string): number[] | undefined {
    return this.has(at) ? this.ints(at) : this.intList(attribute);
  }

  numberFrom(at: number, attribute: string, otherwise: number): number {
    return this.has(at) ? this.number(at) : this.float(attribute, otherwise);
  }

  int(name: string, otherwise: number): number {
    const found = this.node.attributes[name];
    return found === undefined ? otherwise : found.kind === 'int' ? found.value : wrongKind(name, found);
  }

  float(name: string, otherwise: number): number {
    const found = this.node.attributes[name];
    return found === undefined ? otherwise : found.kind === 'float' ? found.value : wrongKind(name, found);
  }

  text(name: string, otherwise: string): string {
    const found = this.node.attributes[name];
    return found === undefined ? otherwise : found.kind === 'string' ? found.value : wrongKind(name, found);
  }

  intList(name: string): number[] | undefined {
    const found = this.node.attributes[name];
    return found === undefined ? found : found.kind === 'ints' ? [...found.value] : wrongKind(name, found);
  }

  attribute(name: string): Attribute | undefined {
    return this.node.attributes[name];
  }
}

/** Reads a node of one kind into a tensor of ours. */
export type TensorReader = (call: Call) => Tensor;

function wrongKind(name: string, found: Attribute): never {
  throw new Unreadable(`its attribute ${name} is of the kind ${found.kind}, which is not expected`);
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) throw new Unreadable(`there is no axis ${axis} among ${rank}`);
  return at;
}
