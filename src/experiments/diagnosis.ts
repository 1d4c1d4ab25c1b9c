/** What this machine offers the program, and what one command each would improve. Changes nothing. */
import { availableParallelism, totalmem } from 'node:os';
import { type DataOptions, type DatasetListing, listDatasets } from '../data/index.ts';
import type { Device } from '../engines/index.ts';
import {
  createEngine,
  type EngineDescription,
  type EngineName,
  EngineUnavailable,
  engineNames,
  fasterEngine,
  loadRuntime,
  offeredDevices,
} from '../engines/index.ts';
import { InputError } from '../errors.ts';

export interface EngineFinding {
  readonly name: string;
  readonly found: boolean;
  /** What was found, or why nothing was. */
  readonly description?: EngineDescription;
  readonly problem?: string;
  /** What helps, where it is not an installation. */
  readonly remedy?: string;
}

export interface Improvement {
  readonly command: string;
  readonly why: string;
}

export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly engines: readonly EngineFinding[];
  /** What ONNX Runtime here was built for (`--device`); whether the hardware is there shows when it is used. */
  readonly devices: readonly Device[];
  /** What `--engine auto` gives; undefined where there is nothing fit for work. */
  readonly automatic?: string;
  readonly datasets: readonly DatasetListing[];
  readonly improvements: readonly Improvement[];
}

async function findEngine(name: EngineName): Promise<EngineFinding> {
  try {
    const engine = await createEngine({ name, threads: 'auto', convolution: 'auto' });
    const description = engine.describe();
    await engine.dispose();
    return { name, found: true, description };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const remedy = error instanceof EngineUnavailable ? error.remedy : undefined;
    return { name, found: false, problem: error.message, ...(remedy && { remedy }) };
  }
}

export async function diagnose(options: DataOptions): Promise<Diagnosis> {
  const engines = await Promise.all(engineNames.map(findEngine));
  const found = (name: EngineName) => engines.some((engine) => engine.name === name && engine.found);
  const automatic = (['onednn', 'onnx'] as const).find(found);
  const datasets = await listDatasets(options);
  const lacking = (name: string) => datasets.some((dataset) => dataset.name === name && !dataset.found);
  const improvements = [
    ...(found('onednn')
      ? []
      : [
          {
            command: engines.find(({ name }) => name === 'onednn')?.remedy ?? fasterEngine,
            why: 'brings oneDNN, on x64 processors about twice as fast as ONNX Runtime',
          },
        ]),
    ...(lacking('cifar-10')
      ? [
          {
            command: 'dualbn data get cifar-10',
            why: 'the data set of the paper; or set DUALBN_DATA to a folder that has it',
          },
        ]
      : []),
    ...(lacking('fashion-mnist')
      ? [
          {
            command: 'apt-get install -y dataset-fashion-mnist',
            why: 'a data set that the demo uses where CIFAR-10 is missing',
          },
        ]
      : []),
  ];
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryGb: Number((totalmem() / 1e9).toFixed(1)),
    engines,
    devices: found('onnx') ? offeredDevices(loadRuntime()) : [],
    ...(automatic ? { automatic } : {}),
    datasets,
    improvements,
  };
}
