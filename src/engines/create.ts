/** Engines by name. Each is loaded only when it is asked for, so that none costs the others anything. */
import { availableParallelism } from 'node:os';
import type { Engine, EngineName } from './engine.ts';

export interface EngineOptions {
  /** 'auto' is the fastest one there is. */
  readonly name: EngineName | 'auto';
  readonly threads: number | 'auto';
  readonly convolution: 'auto' | 'direct';
}

interface ThreadedOptions {
  readonly threads: number;
  readonly convolution: 'auto' | 'direct';
}

const engines: Readonly<Record<EngineName, (options: ThreadedOptions) => Promise<Engine>>> = {
  onednn: async (options) => (await import('./onednn/index.ts')).createOnednnEngine(options),
  onnx: async (options) => (await import('./onnx/index.ts')).createOnnxEngine(options),
  reference: async () => (await import('./reference/index.ts')).createReferenceEngine(),
};

// The reference is exact and very slow: nobody who asks for 'auto' wants it.
const automatic: EngineName = 'onednn';

/** @throws InputError where the library it needs is missing, naming the package that brings it. */
export async function createEngine({ name, threads, convolution }: EngineOptions): Promise<Engine> {
  const count = threads === 'auto' ? availableParallelism() : threads;
  return engines[name === 'auto' ? automatic : name]({ threads: count, convolution });
}
