/** Options that several commands share. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Device, devices, type EngineOptions, engineNames } from '../engines/index.ts';
import type { Io } from './io.ts';

/** `--set key=value`, as often as one likes. */
export function setOption(): Option {
  return new Option('--set <key=value>', 'override a key of the configuration; may be given more than once')
    .default([], 'none')
    .argParser((override: string, before: string[]) => [...before, override]);
}

export function dataOption(): Option {
  return new Option('--data <directory>', 'where data sets are looked for, and downloaded to');
}

export function jsonOption(): Option {
  return new Option('--json', 'print exactly one JSON document');
}

// What a command is: a function that adds itself to the program.

export type AddCommand = (program: Command, io: Io) => void;

// The options that choose an engine: all of it, or what differs from the configuration of a run.

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

export const engineOption = () =>
  new Option('--engine <name>', 'what computes').choices(['auto', ...engineNames]);

export const deviceOption = () =>
  new Option('--device <name>', 'where ONNX Runtime computes; doctor lists what it offers').choices(devices);

/** Where `auto` says what it had to do without. */
export const announceTo = (io: Io) => (line: string) => void io.stderr.write(`${line}\n`);

/** The engine of a run as these options change it; another engine computes on the processor, unless told otherwise. */
export const overriddenEngine = (
  io: Io,
  configured: EngineOptions,
  { engine, device }: Partial<Pick<EngineChoice, 'engine' | 'device'>>,
): EngineOptions => ({
  ...configured,
  ...(engine && { name: engine, device: 'cpu' }),
  ...(device && { device }),
  announce: announceTo(io),
});

export function engineOptions(): Option[] {
  return [
    engineOption().default('auto'),
    deviceOption().default('cpu'),
    new Option('--threads <number>', 'threads; auto is one a core')
      .default('auto')
      .argParser((text) => (text === 'auto' ? 'auto' : wholeNumber('--threads')(text))),
    new Option('--convolution <algorithm>', 'auto may use Winograd; direct never does')
      .choices(['auto', 'direct'])
      .default('auto'),
  ];
}
