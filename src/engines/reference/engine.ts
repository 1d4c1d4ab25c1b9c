/**
 * The oracle: every operation in float64 by its definition, steps run as they are given, without simplification. It is
 * slow on purpose; what it is for is to be right.
 */
import { InputError } from '../../errors.ts';
import { makeStep, type Step } from '../../graph/step.ts';
import { showShape, sizeOf, type Tensor, type Variable } from '../../graph/tensor.ts';
import type { Engine, Program } from '../engine.ts';
import { type Evaluation, evaluateTensors } from './evaluate.ts';

export interface ReferenceEngine extends Engine {
  /** A copy of a variable's value, unrounded. */
  readExact(variable: Variable): Float64Array;
  /** The values of any tensors, given the inputs they are made of, in float64 throughout. */
  evaluate(tensors: readonly Tensor[], inputs?: Readonly<Record<string, ArrayLike<number>>>): Float64Array[];
}

export function createReferenceEngine(): ReferenceEngine {
  const variables = new Map<Variable, Float64Array>();
  let scratchBytes = 0;

  const variableValue = (variable: Variable) => {
    const value = variables.get(variable) ?? new Float64Array(sizeOf(variable.shape));
    variables.set(variable, value);
    return value;
  };

  // Arrays in `variables` are replaced, never written to: values of a run may share them.
  const setVariable = (variable: Variable, values: ArrayLike<number>) => {
    checkLength(`variable ${variable.name}`, variable.shape, values);
    variables.set(variable, Float64Array.from(values));
  };

  const run = (
    step: Step,
    inputs: Readonly<Record<string, ArrayLike<number>>>,
    wanted: readonly Tensor[],
  ) => {
    const given = new Map(
      step.inputs.map(({ attributes: { name }, shape }) => {
        const values = inputs[name];
        if (!values)
          throw new InputError(`step ${step.name}: the input ${name} ${showShape(shape)} is missing`);
        checkLength(`step ${step.name}: input ${name}`, shape, values);
        return [name, Float64Array.from(values)];
      }),
    );
    const evaluation: Evaluation = evaluateTensors(wanted, {
      input: (name) => given.get(name) ?? new Float64Array(),
      variable: variableValue,
    });
    scratchBytes = Math.max(scratchBytes, evaluation.peakBytes);
    return evaluation.values;
  };

  const compile = async (step: Step): Promise<Program> => {
    for (const variable of step.variables) variableValue(variable);
    const names = Object.keys(step.outputs);
    const wanted = [...Object.values(step.outputs), ...step.updates.map((update) => update.value)];
    return {
      step,
      run: async (inputs) => {
        const values = run(step, inputs, wanted);
        step.updates.forEach(({ variable }, at) => {
          setVariable(variable, values[names.length + at]);
        });
        return Object.fromEntries(names.map((name, at) => [name, new Float32Array(values[at])]));
      },
      dispose: () => {},
    };
  };

  return {
    describe: () => ({
      name: 'reference',
      version: '1',
      threads: 1,
      instructionSet: 'float64',
      settings: {},
    }),
    compile,
    read: (variable) => new Float32Array(variableValue(variable)),
    readExact: (variable) => variableValue(variable).slice(),
    write: setVariable,
    evaluate: (tensors, inputs = {}) => {
      const outputs = Object.fromEntries(tensors.map((tensor, at) => [`${at}`, tensor]));
      return run(makeStep('evaluate', { outputs }), inputs, tensors);
    },
    get peakBytes() {
      return [...variables.values()].reduce((total, value) => total + value.byteLength, scratchBytes);
    },
    dispose: () => variables.clear(),
  };
}

function checkLength(what: string, shape: readonly number[], values: ArrayLike<number>): void {
  const size = sizeOf(shape);
  if (values.length !== size)
    throw new InputError(`${what} ${showShape(shape)} needs ${size} values, not ${values.length}`);
}
