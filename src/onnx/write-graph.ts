/**
 * A step as an ONNX model. Inputs and variables of the step are inputs of the model, or variables are constants in it;
 * outputs, and the new values of updated variables, are its outputs. The step is written as it stands: simplify first.
 */
import { RunError } from '../errors.ts';
import type { OperationName, Shape, Tensor, Variable } from '../graph/index.ts';
import { type Step, stepTensors } from '../graph/index.ts';
import type { Context, Lowering, Lowerings } from './graph-builder.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';
import { standardLowerings } from './lowering/table.ts';
import type { Model, Node, TensorValue, ValueInfo } from './model.ts';

/** ReduceMean takes its axes as an input from 18 on; ONNX Runtime reads it since 1.14 (2023). */
const OPERATOR_SET = 18;
const IR_VERSION = 8;

export interface WriteOptions {
  /** The values of variables that become constants of the model; all others are inputs. */
  readonly constants?: ReadonlyMap<Variable, Float32Array>;
  /**
   * The step was built for batches of `size`; the model takes any, and calls the size `name`. Every leading axis of
   * this size counts as the batch: choose one that is no number of channels or classes.
   */
  readonly batch?: { readonly size: number; readonly name: string };
  readonly lowerings?: Lowerings;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The model, and what it calls the inputs, variables, outputs and updates of the step: their own names where free. */
export interface WrittenGraph {
  readonly model: Model;
  readonly inputs: ReadonlyMap<string, Value>;
  /** Those that are inputs of the model. */
  readonly variables: ReadonlyMap<Variable, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  readonly updates: ReadonlyMap<Variable, Value>;
}

const infoOf = (name: string, shape: readonly (number | string)[]): ValueInfo => ({
  name,
  type: 'float32',
  shape,
});

const sizesOf = (shape: Shape, batch: WriteOptions['batch']) =>
  shape.map((size, axis) => (axis === 0 && size === batch?.size ? batch.name : size));

/**
 * Sizes that follow the batch are its multiples: normalizations by image have an axis of images times groups.
 *
 * @param batched An input whose first axis is the batch.
 */
function contextOf(graph: GraphBuilder, batch: WriteOptions['batch'], batched: Value | undefined): Context {
  const following = (shape: Shape) =>
    batch === undefined ? [] : [...shape.keys()].filter((axis) => shape[axis] % batch.size === 0);
  return {
    graph,
    // -1 is the axis that takes what is left.
    reshaped: (from, to) => {
      const axes = following(to);
      if (axes.length === 0 && following(from).length === 0) return graph.ints(to);
      if (axes.length === 1) return graph.ints(to.map((size, axis) => (axes.includes(axis) ? -1 : size)));
      throw new RunError(
        `a reshape from [${from}] to [${to}] cannot be written for a batch of any size (${batch?.size} here)`,
      );
    },
    // Expand broadcasts both ways: 1 keeps an axis of the input that is longer.
    expanded: (from, to) => {
      const [axis] = following(to);
      if (batch === undefined || axis === undefined) return graph.ints(to);
      if (from.length === to.length && from[axis] === to[axis]) return graph.ints(to.with(axis, 1));
      if (batched === undefined) throw new RunError(`no input of the step has a batch of ${batch.size}`);
      const images = graph.node('Shape', [batched], { start: 0, end: 1 });
      const size = graph.node('Mul', [images, graph.ints([to[axis] / batch.size])]);
      return graph.node('Concat', [graph.ints(to.slice(0, axis)), size, graph.ints(to.slice(axis + 1))], {
        axis: 0,
      });
    },
  };
}

/** The step's inputs and variables, as inputs or constants of the model. */
function placeLeaves(
  step: Step,
  graph: GraphBuilder,
  { constants = new Map(), batch }: WriteOptions,
): {
  readonly values: Map<Tensor, Value>;
  readonly inputs: ReadonlyMap<string, Value>;
  readonly variables: ReadonlyMap<Variable, Value>;
  readonly infos: readonly ValueInfo[];
  readonly weights: readonly TensorValue[];
} {
  const values = new Map<Tensor, Value>();
  const inputs = new Map<string, Value>();
  const variables = new Map<Variable, Value>();
  const infos: ValueInfo[] = [];
  const weights: TensorValue[] = [];
  for (const tensor of step.inputs) {
    const name = graph.name(tensor.attributes.name);
    values.set(tensor as Tensor, name);
    inputs.set(tensor.attributes.name, name);
    infos.push(infoOf(name, sizesOf(tensor.shape, batch)));
  }
  for (const tensor of stepTensors(step)) {
    if (tensor.operation !== 'variable') continue;
    const { variable } = tensor.attributes;
    const name = graph.name(variable.name);
    const constant = constants.get(variable);
    values.set(tensor, name);
    if (constant) weights.push({ name, type: 'float32', shape: variable.shape, values: constant });
    else {
      infos.push(infoOf(name, variable.shape));
      variables.set(variable, name);
    }
  }
  return { values, inputs, variables, infos, weights };
}

/**
 * Outputs of the model under names of their own. A result of a node takes the name; anything else (an input, a constant,
 * a result that has a name already) is copied.
 */
function nameResults(graph: GraphBuilder, batch: WriteOptions['batch']) {
  const results = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const names = new Map<Value, string>();
  const copies: Node[] = [];
  const infos: ValueInfo[] = [];
  const rename = (value: Value) => names.get(value) ?? value;
  return {
    infos,
    give: (value: Value, shape: Shape, wanted: string): string => {
      const name = graph.name(wanted);
      infos.push(infoOf(name, sizesOf(shape, batch)));
      if (results.delete(value)) names.set(value, name);
      else copies.push(copyNode(value, name));
      return name;
    },
    nodes: (): Node[] =>
      [...graph.nodes, ...copies].map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
  };
}

const copyNode = (from: Value, to: string): Node => ({
  operation: 'Identity',
  domain: '',
  name: `copy ${to}`,
  inputs: [from],
  outputs: [to],
  attributes: {},
});

/** @throws RunError where a batch of free size is asked for, and the step cannot be written without the number. */
export function writeGraph(step: Step, options: WriteOptions = {}): WrittenGraph {
  const { batch, lowerings = standardLowerings, description = '', metadata = {} } = options;
  const graph = new GraphBuilder();
  const { values, inputs, variables, infos, weights } = placeLeaves(step, graph, options);
  const find = (tensor: Tensor): Value => {
    const value = values.get(tensor);
    if (value === undefined) throw new Error(`${tensor.operation} ${tensor.id} is used before it is made`);
    return value;
  };
  const batched = step.inputs.find(({ shape }) => shape[0] === batch?.size);
  const context = contextOf(graph, batch, batched && find(batched as Tensor));
  for (const tensor of stepTensors(step)) {
    if (values.has(tensor)) continue;
    // The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
    const lower = lowerings[tensor.operation] as Lowering<OperationName>;
    values.set(tensor, lower(tensor, tensor.inputs.map(find), context));
  }
  const results = nameResults(graph, batch);
  const outputs = new Map(
    Object.entries(step.outputs).map(([name, tensor]) => [
      name,
      results.give(find(tensor), tensor.shape, name),
    ]),
  );
  const updates = new Map(
    step.updates.map(({ variable, value }) => [
      variable,
      results.give(find(value), value.shape, `${variable.name}.next`),
    ]),
  );
  const domains = [...graph.domains].map((domain) => [domain, 1] as const);
  return {
    model: {
      irVersion: IR_VERSION,
      producer: { name: 'dualbn', version: '' },
      description,
      operatorSets: { '': OPERATOR_SET, ...Object.fromEntries(domains) },
      graph: {
        name: step.name,
        nodes: results.nodes(),
        inputs: infos,
        outputs: results.infos,
        initializers: [...weights, ...graph.constants],
      },
      metadata,
    },
    inputs,
    variables,
    outputs,
    updates,
  };
}
