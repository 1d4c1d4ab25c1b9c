/** An ONNX file in ONNX Runtime on the processor: float32 arrays in, float32 arrays out. Knows nothing of what it computes. */
import { loadRuntime } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import type { Shape } from '../graph/index.ts';

export interface Given {
  readonly values: Float32Array;
  readonly shape: Shape;
}

export interface OnnxSession {
  /** Outputs by name. */
  run(inputs: Readonly<Record<string, Given>>): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): Promise<void>;
}

/**
 * @param where What the bytes are, for messages: a file's name.
 * @throws InputError where the runtime is missing or refuses the model.
 */
export async function openOnnxSession(
  bytes: Uint8Array,
  where: string,
  threads: number,
): Promise<OnnxSession> {
  const runtime = loadRuntime();
  const said = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];
  const session = await runtime.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  }).catch((error: unknown) => {
    throw new InputError(`ONNX Runtime cannot load ${where}: ${said(error)}`);
  });
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { values, shape }]) => [
          name,
          new runtime.Tensor('float32', values, shape),
        ]),
      );
      const results = await session.run(feeds).catch((error: unknown) => {
        throw new InputError(`ONNX Runtime cannot run ${where}: ${said(error)}`);
      });
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => {
          if (data instanceof Float32Array) return [name, data];
          throw new InputError(`${where}: the output ${name} is not float32`);
        }),
      );
    },
    dispose: () => session.release(),
  };
}
