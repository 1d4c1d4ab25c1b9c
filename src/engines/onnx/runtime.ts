/**
 * ONNX Runtime, loaded when an engine is made: what it can run on, what to do where it is missing, and a step as one of its
 * sessions.
 */

import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import type * as Onnx from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { RunError } from '../../errors.ts';
import type { Shape, Step, Variable } from '../../graph/index.ts';
import type { WrittenGraph } from '../../onnx/index.ts';
import type { ProgramCore } from '../checks.ts';
import { type Device, devices, EngineUnavailable, type Values } from '../engine.ts';

export type Runtime = typeof Onnx;

let loaded: Runtime | undefined;

/** @throws EngineUnavailable where the package or its binary for this machine is missing. */
export function loadRuntime(): Runtime {
  try {
    if (loaded) return loaded;
    loaded = createRequire(import.meta.url)('onnxruntime-node') as Runtime;
    // What fails is thrown as well; the runtime's own lines would only stand beside it.
    loaded.env.logLevel = 'fatal';
    return loaded;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new EngineUnavailable(
      `engine onnx: ONNX Runtime cannot be loaded on ${platform} ${arch} (${reason}); install the package ` +
        'onnxruntime-node, which has binaries for Linux, macOS and Windows on x64 and arm64, or use another engine',
      { why: 'cannot be loaded' },
    );
  }
}

/** The devices that the installed runtime was built for. Whether the hardware is there shows when it is used. */
export function offeredDevices(runtime: Runtime): readonly Device[] {
  const offered = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  return devices.filter((device) => offered.has(device));
}

/** @throws EngineUnavailable with the list of devices, where the runtime does not offer this one. */
export function checkDevice(runtime: Runtime, device: Device): void {
  const offered = offeredDevices(runtime);
  if (!offered.includes(device))
    throw new EngineUnavailable(
      `engine onnx: the installed ONNX Runtime does not offer the device ${device}; it offers ${offered.join(', ')}`,
      { why: `does not offer the device ${device}` },
    );
}

// A step as a session of ONNX Runtime. Variables that it moves go in and come out once a run; the others may be on the device.
export interface ProgramParts {
  readonly step: Step;
  readonly written: WrittenGraph;
  readonly session: InferenceSession;
  readonly release: () => void;
  readonly runtime: Runtime;
  readonly read: (variable: Variable) => Float32Array;
  /** Where the device can keep variables that the step does not move: their tensors there, of the values of now. */
  readonly onDevice?: (variables: readonly Variable[]) => Promise<ReadonlyMap<Variable, Onnx.Tensor>>;
  /** Takes the array as the variable's new value. */
  readonly move: (variable: Variable, values: Float32Array) => void;
}

export function programCore(parts: ProgramParts): ProgramCore {
  const { step, written, session, release, runtime, read, move, onDevice } = parts;
  const unmoved = [...written.variables.keys()].filter((variable) => !written.updates.has(variable));
  const feeds = async (values: Values): Promise<Record<string, Onnx.Tensor>> => {
    const there = await onDevice?.(unmoved);
    const given: Record<string, Onnx.Tensor> = {};
    const add = (name: string, data: Float32Array, shape: Shape) => {
      given[name] = new runtime.Tensor('float32', data, shape);
    };
    for (const { attributes, shape } of step.inputs)
      add(written.inputs.get(attributes.name) ?? attributes.name, values[attributes.name], shape);
    for (const [variable, name] of written.variables) {
      const tensor = there?.get(variable);
      if (tensor) given[name] = tensor;
      else add(name, read(variable), variable.shape);
    }
    return given;
  };

  return {
    run: async (values, check) => {
      const results = await session.run(await feeds(values));
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
