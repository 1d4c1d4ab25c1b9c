/** A step as a session of ONNX Runtime. Variables go in and come out once a run, whatever the step does with them. */
import type { InferenceSession } from 'onnxruntime-node';
import { RunError } from '../../errors.ts';
import type { Shape, Step, Variable } from '../../graph/index.ts';
import type { WrittenGraph } from '../../onnx/index.ts';
import type { ProgramCore } from '../checks.ts';
import type { Values } from '../engine.ts';
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
}

export function programCore(parts: ProgramParts): ProgramCore {
  const { step, written, session, release, runtime, read, move } = parts;
  const feeds = (values: Values): Record<string, Onnx> => {
    const given: Record<string, Onnx> = {};
    const add = (name: string, data: Float32Array, shape: Shape) => {
      given[name] = new runtime.Tensor('float32', data, shape);
    };
    for (const { attributes, shape } of step.inputs)
      add(written.inputs.get(attributes.name) ?? attributes.name, values[attributes.name], shape);
    for (const [variable, name] of written.variables) add(name, read(variable), variable.shape);
    return given;
  };

  return {
    run: async (values, check) => {
      const results = await session.run(feeds(values));
      const result = (name: string): Float32Array => {
        const data = results[name]?.data;
        if (!(data instanceof Float32Array))
          throw new RunError(`step ${step.name}: ONNX Runtime gave no ${name}`);
        return data;
      };
      const updated = [...written.updates].map(([variable, name]) => [variable, result(name)] as const);
      for (const [variable, data] of updated) check(variable, data);
      for (const [variable, data] of updated) move(variable, data);
      return Object.fromEntries([...written.outputs].map(([name, value]) => [name, result(value)]));
    },
    dispose: release,
  };
}

type Onnx = InstanceType<Runtime['Tensor']>;
