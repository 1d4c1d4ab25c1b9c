/** Engines by name. Each is loaded only when it is asked for, so that none costs the others anything. */
import { availableParallelism } from 'node:os';
import { InputError } from '../errors.ts';
import type { Device } from './device.ts';
import type { Engine, EngineName } from './engine.ts';

export interface EngineOptions {
  /** 'auto' is the fastest one there is. */
  readonly name: EngineName | 'auto';
  readonly threads: number | 'auto';
  readonly convolution: 'auto' | 'direct';
  /** What computes; only ONNX Runtime knows others than the processor. */
  readonly device?: Device;
  /** Told in a line what 'auto' did without, and how to get it. */
  readonly announce?: (line: string) => void;
}

interface MadeOptions {
  readonly threads: number;
  readonly convolution: 'auto' | 'direct';
  readonly device: Device;
}

const engines: Readonly<Record<EngineName, (options: MadeOptions) => Promise<Engine>>> = {
  onednn: async (options) => (await import('./onednn/index.ts')).createOnednnEngine(options),
  onnx: async (options) => (await import('./onnx/index.ts')).createOnnxEngine(options),
  reference: async () => (await import('./reference/index.ts')).createReferenceEngine(),
};

/** The command that brings the faster engine, for messages. */
export const fasterEngine = 'apt-get install -y libdnnl2';

/** oneDNN where its library is found, else ONNX Runtime; the reference is exact, and too slow for work. */
async function automaticEngine(options: MadeOptions, announce: (line: string) => void): Promise<Engine> {
  try {
    return await engines.onednn(options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const engine = await engines.onnx(options);
    announce(`engine: ONNX Runtime, as oneDNN was not found; it is about twice as fast: ${fasterEngine}`);
    return engine;
  }
}

/** @throws InputError where a library or device that it needs is missing, naming what brings it. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { name, threads, convolution, device = 'cpu', announce = () => {} } = options;
  const made = {
    threads: threads === 'auto' ? availableParallelism() : threads,
    convolution,
    device,
  };
  if (name === 'auto') return device === 'cpu' ? automaticEngine(made, announce) : engines.onnx(made);
  if (device !== 'cpu' && name !== 'onnx')
    throw new InputError(`engine ${name}: runs on the processor only; for ${device} use the engine onnx`);
  return engines[name](made);
}
