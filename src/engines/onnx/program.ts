/** A step as a session of ONNX Runtime. Variables go in and come out once a run, whatever the step does with them. */
import type { InferenceSession } from 'onnxruntime-node';
import { InputError, RunError } from '../../errors.ts';
import type { Step } from '../../graph/step.ts';
import { type Shape, showShape, sizeOf, type Variable } from '../../graph/tensor.ts';
import type { WrittenGraph } from '../../onnx/index.ts';
import type { Program, Values } from '../engine.ts';
import type { Runtime } from './runtime.ts';

export interface ProgramParts {
  readonly step: Step;
  readonly written: WrittenGraph;
  readonly session: InferenceSession;
  readonly release: () => void;
  readonly runtime: Runtime;
  readonly read: (variable: Variable) => Float32Array;
  /** Takes the array as the variable's new value. */
  readonly move: (variable: Variable, values: Float32Array) => void;
  readonly turn: Turn;
}

/** Runs of an engine share its variables: one of them goes on at a time. */
export interface Turn {
  taken: boolean;
}

function checkInput(step: Step, name: string, shape: Shape, given: Float32Array | undefined): Float32Array {
  if (!given) throw new InputError(`step ${step.name}: the input ${name} ${showShape(shape)} is missing`);
  if (given.length !== sizeOf(shape))
    throw new InputError(
      `step ${step.name}: input ${name} ${showShape(shape)} needs ${sizeOf(shape)} values, not ${given.length}`,
    );
  return given;
}

/** Variables once broken stay so, and a loss may be finite beside them: of the last update, or of other branches. */
function checkFinite(step: Step, { name }: Variable, values: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] * 0;
  if (sum !== 0)
    throw new RunError(`step ${step.name}: the variable ${name} is no longer finite (NaN or infinity)`);
}

export function createProgram(parts: ProgramParts): Program {
  const { step, written, session, release, runtime, read, move, turn } = parts;
  const feeds = (values: Values): Record<string, Onnx> => {
    const given: Record<string, Onnx> = {};
    const add = (name: string, data: Float32Array, shape: Shape) => {
      given[name] = new runtime.Tensor('float32', data, shape);
    };
    for (const { attributes, shape } of step.inputs) {
      const data = checkInput(step, attributes.name, shape, values[attributes.name]);
      add(written.inputs.get(attributes.name) ?? attributes.name, data, shape);
    }
    for (const [variable, name] of written.variables) add(name, read(variable), variable.shape);
    return given;
  };

  const runOnce = async (values: Values): Promise<Values> => {
    const results = await session.run(feeds(values));
    const result = (name: string): Float32Array => {
      const data = results[name]?.data;
      if (!(data instanceof Float32Array))
        throw new RunError(`step ${step.name}: ONNX Runtime gave no ${name}`);
      return data;
    };
    const moved = [...written.updates].map(([variable, name]) => [variable, result(name)] as const);
    for (const [variable, data] of moved) checkFinite(step, variable, data);
    for (const [variable, data] of moved) move(variable, data);
    return Object.fromEntries([...written.outputs].map(([name, value]) => [name, result(value)]));
  };

  return {
    step,
    run: async (values) => {
      if (turn.taken)
        throw new Error(`step ${step.name}: another run of this engine is not over; await each`);
      turn.taken = true;
      try {
        return await runOnce(values);
      } finally {
        turn.taken = false;
      }
    },
    dispose: release,
  };
}

type Onnx = InstanceType<Runtime['Tensor']>;
