/**
 * Copies of variables in a GPU's memory. What a step does not move, such as the weights in an attack, goes there once and not at every
 * run: for ResNet-18 that is 45 MB a run. What a step moves comes back to the host, which checks it and may read it at any time.
 *
 * Only WebGPU: the runtime's binding for Node places tensors of no other device. It cannot read a tensor back either, so a copy only
 * ever goes up, through a session whose output is its input.
 */
import type * as Onnx from 'onnxruntime-node';
import { makeStep, type Shape, showShape, type Variable, variable } from '../../graph/index.ts';
import { encodeModel, standardLowerings, writeGraph } from '../../onnx/index.ts';

export interface DeviceCopies {
  /** Tensors on the device that hold the values of now. */
  readonly of: (variables: readonly Variable[]) => Promise<ReadonlyMap<Variable, Onnx.Tensor>>;
  readonly forget: (each: Variable) => void;
  readonly dispose: () => Promise<void>;
}

interface Copy {
  /** An array of values is replaced, never written to: another array is another value. */
  readonly values: Float32Array;
  readonly tensor: Onnx.Tensor;
}

interface Upload {
  readonly session: Onnx.InferenceSession;
  readonly from: string;
  readonly to: string;
}

export interface CopyParts {
  readonly read: (each: Variable) => Float32Array;
  readonly tensor: (values: Float32Array, shape: Shape) => Onnx.Tensor;
  readonly createSession: (
    model: Uint8Array,
    options: Onnx.InferenceSession.SessionOptions,
  ) => Promise<Onnx.InferenceSession>;
}

export function createDeviceCopies({ read, tensor, createSession }: CopyParts): DeviceCopies {
  const copies = new Map<Variable, Copy>();
  const uploads = new Map<string, Promise<Upload>>();
  /** Given up, and perhaps still read by a run that is under way: disposed of before the next. */
  const givenUp: Onnx.Tensor[] = [];

  const forget = (each: Variable) => {
    const copy = copies.get(each);
    if (copy) givenUp.push(copy.tensor);
    copies.delete(each);
  };

  const uploadFor = (shape: Shape): Promise<Upload> => {
    const key = showShape(shape);
    const made = uploads.get(key) ?? makeUpload(shape, createSession);
    uploads.set(key, made);
    return made;
  };

  const copied = async (each: Variable): Promise<Onnx.Tensor> => {
    const values = read(each);
    const known = copies.get(each);
    if (known?.values === values) return known.tensor;
    const { session, from, to } = await uploadFor(each.shape);
    const results = await session.run({ [from]: tensor(values, each.shape) });
    forget(each);
    copies.set(each, { values, tensor: results[to] });
    return results[to];
  };

  const disposeGivenUp = () => {
    for (const each of givenUp.splice(0)) each.dispose();
  };

  return {
    of: async (variables) => {
      disposeGivenUp();
      const tensors = new Map<Variable, Onnx.Tensor>();
      for (const each of variables) tensors.set(each, await copied(each));
      return tensors;
    },
    forget,
    dispose: async () => {
      for (const each of [...copies.keys()]) forget(each);
      disposeGivenUp();
      const made = await Promise.all(uploads.values());
      uploads.clear();
      await Promise.all(made.map(({ session }) => session.release()));
    },
  };
}

/** A session whose output is its input, in the device's memory. */
async function makeUpload(shape: Shape, createSession: CopyParts['createSession']): Promise<Upload> {
  const any: Variable = { name: 'values', shape };
  const step = makeStep('upload', { outputs: { copy: variable(any) } });
  const { model, variables, outputs } = writeGraph(step, { lowerings: standardLowerings });
  const [from, to] = [variables.get(any), outputs.get('copy')];
  if (from === undefined || to === undefined) throw new Error('the upload of a variable has lost its name');
  const session = await createSession(encodeModel(model), {
    preferredOutputLocation: { [to]: 'gpu-buffer' },
  });
  return { session, from, to };
}
