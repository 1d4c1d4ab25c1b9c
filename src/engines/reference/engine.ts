/**
 * The oracle: every operation in float64 by its definition, steps run as they are given, without simplification. It is
 * slow on purpose; what it is for is to be right.
 */

import {
  makeStep,
  type OperationName,
  reachable,
  type Step,
  sizeOf,
  type Tensor,
  type TensorOf,
  type Variable,
} from '../../graph/index.ts';
import { checked, checkInputs, createPrograms } from '../checks.ts';
import type { Engine, Program } from '../engine.ts';
import type { Kernel, Leaves } from './kernels/elementwise.ts';
import { kernels } from './kernels/table.ts';

export interface ReferenceEngine extends Engine {
  /** A copy of a variable's value, unrounded. */
  readExact(variable: Variable): Float64Array;
  /** The values of any tensors, given the inputs they are made of, in float64 throughout. */
  evaluate(tensors: readonly Tensor[], inputs?: Readonly<Record<string, ArrayLike<number>>>): Float64Array[];
}

export function createReferenceEngine(): ReferenceEngine {
  const variables = new Map<Variable, Float64Array>();
  const programs = createPrograms();
  let scratchBytes = 0;
  let peakBytes = 0;

  const notePeak = () => {
    const held = [...variables.values()].reduce((total, value) => total + value.byteLength, scratchBytes);
    peakBytes = Math.max(peakBytes, held);
  };
  const variableValue = (variable: Variable) => {
    const value = variables.get(variable) ?? new Float64Array(sizeOf(variable.shape));
    variables.set(variable, value);
    return value;
  };
  // Arrays in `variables` are replaced, never written to: values of a run may share them.
  const setVariable = (variable: Variable, values: ArrayLike<number>) => {
    variables.set(variable, Float64Array.from(values));
    notePeak();
  };

  const evaluate = (inputs: Readonly<Record<string, ArrayLike<number>>>, wanted: readonly Tensor[]) => {
    const evaluation: Evaluation = evaluateTensors(wanted, {
      input: (name) => Float64Array.from(inputs[name]),
      variable: variableValue,
    });
    scratchBytes = Math.max(scratchBytes, evaluation.peakBytes);
    notePeak();
    return evaluation.values;
  };

  return checked<Omit<ReferenceEngine, typeof Symbol.asyncDispose>>(programs, {
    describe: () => ({
      name: 'reference' as const,
      version: '1',
      threads: 1,
      instructionSet: 'float64',
      settings: {},
    }),
    compile: async (step: Step): Promise<Program> => {
      programs.checkOpen();
      for (const variable of step.variables) variableValue(variable);
      const names = Object.keys(step.outputs);
      const wanted = [...Object.values(step.outputs), ...step.updates.map((update) => update.value)];
      return programs.add(step, {
        run: async (inputs, check) => {
          const values = evaluate(inputs, wanted);
          const updated = step.updates.map(
            ({ variable }, at) => [variable, values[names.length + at]] as const,
          );
          for (const [variable, value] of updated) check(variable, value);
          for (const [variable, value] of updated) setVariable(variable, value);
          return Object.fromEntries(names.map((name, at) => [name, new Float32Array(values[at])]));
        },
        dispose: () => {},
      });
    },
    read: (variable) => new Float32Array(variableValue(variable)),
    readExact: (variable: Variable) => variableValue(variable).slice(),
    write: setVariable,
    free: (variable) => void variables.delete(variable),
    evaluate: (tensors: readonly Tensor[], inputs: Readonly<Record<string, ArrayLike<number>>> = {}) => {
      const outputs = Object.fromEntries(tensors.map((tensor, at) => [`${at}`, tensor]));
      checkInputs(makeStep('evaluate', { outputs }), inputs);
      return evaluate(inputs, tensors);
    },
    get peakBytes() {
      return peakBytes;
    },
    dispose: async () => variables.clear(),
  });
}

// Runs tensors in order of making, one kernel each, and forgets a value after its last use. Knows no steps.
export interface Evaluation {
  readonly values: Float64Array[];
  /** Bytes of values alive at the most. */
  readonly peakBytes: number;
}

/** The values of `wanted`, in their order. */
export function evaluateTensors(wanted: readonly Tensor[], leaves: Leaves): Evaluation {
  const order = reachable(wanted);
  const uses = new Map<Tensor, number>();
  for (const tensor of [...order.flatMap((each) => each.inputs), ...wanted])
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  const values = new Map<Tensor, Float64Array>();
  let bytes = 0;
  let peakBytes = 0;
  for (const tensor of order) {
    const inputs = tensor.inputs.map((each) => known(values, each));
    const value = run(tensor, inputs, leaves);
    values.set(tensor, value);
    bytes += value.byteLength;
    peakBytes = Math.max(peakBytes, bytes);
    for (const each of tensor.inputs) {
      const left = (uses.get(each) ?? 0) - 1;
      uses.set(each, left);
      if (left > 0) continue;
      bytes -= known(values, each).byteLength;
      values.delete(each);
    }
  }
  return { values: wanted.map((tensor) => known(values, tensor).slice()), peakBytes };
}

function known(values: ReadonlyMap<Tensor, Float64Array>, tensor: Tensor): Float64Array {
  const value = values.get(tensor);
  // Ids are a topological order, so this is a bug of whoever made the graph by other means than apply().
  if (!value) throw new Error(`${tensor.operation} ${tensor.id} is used before it is made`);
  return value;
}

function run(tensor: Tensor, inputs: readonly Float64Array[], leaves: Leaves): Float64Array {
  // The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
  const kernel = kernels[tensor.operation] as Kernel<OperationName>;
  return kernel(tensor as TensorOf<OperationName>, inputs, leaves);
}
