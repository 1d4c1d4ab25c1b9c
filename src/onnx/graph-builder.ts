/**
 * Collects the nodes and constants of an ONNX graph under names of its own. Knows what a node is, not what any operation
 * means: that is told by lowerings, whose form is here, too. The same constant, and the same operation on the same inputs, is
 * made once.
 */
import type { OperationName, Shape, TensorOf } from '../graph/index.ts';
import type { Attribute, ElementType, Node, TensorValue } from './model.ts';

/** The name of a value in the graph. */
export type Value = string;

/** Attributes as they are given: whole numbers are ints, unless written as `{ float: x }`. */
export type GivenAttributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

function asAttribute(given: GivenAttributes[string]): Attribute {
  if (typeof given === 'number') return { kind: 'int', value: given };
  if (typeof given === 'string') return { kind: 'string', value: given };
  return 'float' in given ? { kind: 'float', value: given.float } : { kind: 'ints', value: given };
}

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly constants: TensorValue[] = [];
  /** Domains that nodes are of, besides ONNX's own. */
  readonly domains = new Set<string>();
  readonly #taken = new Set<string>();
  readonly #made = new Map<string, Value>();

  /** A name that nothing else has: `wanted`, or that with a number. */
  name(wanted: string): Value {
    let name = wanted;
    for (let at = 2; this.#taken.has(name); at += 1) name = `${wanted}.${at}`;
    this.#taken.add(name);
    return name;
  }

  /** A node with one result. Trailing inputs that are left out are not listed; others are ''. */
  node(operation: string, inputs: readonly Value[], given: GivenAttributes = {}, domain = ''): Value {
    const key = JSON.stringify([domain, operation, inputs, given]);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const [made] = this.several(1, operation, inputs, given, domain);
    this.#made.set(key, made);
    return made;
  }

  /** A node with `count` results. */
  several(
    count: number,
    operation: string,
    inputs: readonly Value[],
    given: GivenAttributes = {},
    domain = '',
  ): readonly Value[] {
    const outputs = Array.from({ length: count }, () => this.name(`_${this.#taken.size}`));
    if (domain !== '') this.domains.add(domain);
    this.nodes.push({
      operation,
      domain,
      name: `${operation}${outputs[0]}`,
      inputs,
      outputs,
      attributes: Object.fromEntries(Object.entries(given).map(([key, value]) => [key, asAttribute(value)])),
    });
    return outputs;
  }

  /** A float32 constant; shape [] for a number. */
  floats(shape: readonly number[], values: readonly number[]): Value {
    return this.#constant('float32', shape, Float32Array.from(values));
  }

  scalar(value: number): Value {
    return this.floats([], [value]);
  }

  /** A vector of int64: axes, sizes, starts. */
  ints(values: readonly number[]): Value {
    return this.#constant('int64', [values.length], Float64Array.from(values));
  }

  #constant(type: ElementType, shape: readonly number[], values: Float32Array | Float64Array): Value {
    const shown = Array.from(values, (value) => (Object.is(value, -0) ? '-0' : value));
    const key = `${type} ${shape} ${shown}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const name = this.name(`_${this.#taken.size}`);
    this.constants.push({ name, type, shape, values });
    this.#made.set(key, name);
    return name;
  }
}

/** What a lowering is given. */
export interface Context {
  readonly graph: GraphBuilder;
  /** The vector that Reshape takes to go from one shape to the other; a free batch never becomes a number in it. */
  readonly reshaped: (from: Shape, to: Shape) => Value;
  /** The same for Expand. */
  readonly expanded: (from: Shape, to: Shape) => Value;
}

/** Adds what computes `node` to the graph; the result is the value that holds it. */
export type Lowering<Name extends OperationName> = (
  node: TensorOf<Name>,
  inputs: readonly Value[],
  context: Context,
) => Value;

export type Lowerings = { readonly [Name in OperationName]: Lowering<Name> };
