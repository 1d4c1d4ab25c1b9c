/** Engines by name. Each is loaded only when it is asked for, so that none costs the others anything. */
import { availableParallelism } from 'node:os';
import { InputError } from '../errors.ts';
import { checkThreads } from './checks.ts';
import {
  type Device,
  devices,
  type Engine,
  type EngineName,
  EngineUnavailable,
  engineNames,
} from './engine.ts';

export interface EngineOptions {
  /** 'auto', the default, is the fastest one there is. */
  readonly name?: EngineName | 'auto' | undefined;
  /** 'auto', the default, is one a core. */
  readonly threads?: number | 'auto' | undefined;
  /** 'auto', the default, may use Winograd, which rounds a little more; 'direct' never does. */
  readonly convolution?: 'auto' | 'direct' | undefined;
  /** What computes; only ONNX Runtime knows others than the processor. */
  readonly device?: Device | undefined;
  /** Told in a line what 'auto' did without, and how to get it. */
  readonly announce?: ((line: string) => void) | undefined;
}

interface MadeOptions {
  readonly threads: number;
  readonly convolution: 'auto' | 'direct';
  readonly device: Device;
}

const engines: Readonly<Record<EngineName, (options: MadeOptions) => Promise<Engine>>> = {
  onednn: async (options) => (await import('./onednn/engine.ts')).createOnednnEngine(options),
  onnx: async (options) => (await import('./onnx/engine.ts')).createOnnxEngine(options),
  reference: async () => (await import('./reference/engine.ts')).createReferenceEngine(),
};

/** The command that brings the faster engine, for messages. */
export const fasterEngine = 'apt-get install -y libdnnl2';

/** oneDNN where it can be had, else ONNX Runtime; the reference is exact, and too slow for work. */
async function automaticEngine(options: MadeOptions, announce: (line: string) => void): Promise<Engine> {
  try {
    return await engines.onednn(options);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    const engine = await engines.onnx(options);
    announce(
      `engine: ONNX Runtime, as oneDNN ${error.why}; it is about twice as fast: ${error.remedy ?? fasterEngine}`,
    );
    return engine;
  }
}

function checkOneOf<Name extends string>(what: string, given: Name, known: readonly Name[]): void {
  if (!known.includes(given))
    throw new InputError(`engine: ${what} must be one of ${known.join(', ')}, not ${given}`);
}

/**
 * @throws EngineUnavailable (an InputError) where a library, device or address space that it needs is missing, naming
 * what brings it; InputError where an option is wrong, before anything is tried.
 */
export async function createEngine({
  name = 'auto',
  threads = 'auto',
  convolution = 'auto',
  device = 'cpu',
  announce = () => {},
}: EngineOptions = {}): Promise<Engine> {
  checkOneOf('its name', name, ['auto', ...engineNames]);
  checkOneOf('convolution', convolution, ['auto', 'direct']);
  checkOneOf('the device', device, devices);
  const made = { threads: threads === 'auto' ? availableParallelism() : threads, convolution, device };
  checkThreads(made.threads);
  if (name === 'auto') return device === 'cpu' ? automaticEngine(made, announce) : engines.onnx(made);
  if (device !== 'cpu' && name !== 'onnx')
    throw new InputError(`engine ${name}: runs on the processor only; for ${device} use the engine onnx`);
  return engines[name](made);
}
