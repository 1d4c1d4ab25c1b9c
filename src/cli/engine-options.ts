/** The options that choose an engine, for commands that are not told by a configuration. */
import { InvalidArgumentError, Option } from 'commander';
import type { EngineOptions } from '../engines/create.ts';
import { type Device, devices } from '../engines/device.ts';
import { engineNames } from '../engines/engine.ts';

export interface EngineChoice {
  readonly engine: EngineOptions['name'];
  readonly threads: EngineOptions['threads'];
  readonly convolution: EngineOptions['convolution'];
  readonly device: Device;
}

/** Reads a whole number from 1 on. */
export const wholeNumber = (option: string) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${option} takes a whole number from 1 on, not '${text}'.`);
  return value;
};

export function engineOptions(): Option[] {
  return [
    new Option('--engine <name>', 'what computes').choices(['auto', ...engineNames]).default('auto'),
    new Option('--device <name>', 'where ONNX Runtime computes').choices(devices).default('cpu'),
    new Option('--threads <number>', 'threads; auto is one a core')
      .default('auto')
      .argParser((text) => (text === 'auto' ? 'auto' : wholeNumber('--threads')(text))),
    new Option('--convolution <algorithm>', 'auto may use Winograd; direct never does')
      .choices(['auto', 'direct'])
      .default('auto'),
  ];
}
