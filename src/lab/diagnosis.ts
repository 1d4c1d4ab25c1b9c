/** What this machine offers the program, and what one command each would improve. Changes nothing. */
import { availableParallelism, totalmem } from 'node:os';
import { type DataOptions, type DatasetListing, listDatasets } from '../data/index.ts';
import { createEngine } from '../engines/create.ts';
import type { EngineDescription } from '../engines/engine.ts';
import { InputError } from '../errors.ts';

export interface EngineFinding {
  readonly name: string;
  readonly found: boolean;
  /** What was found, or why nothing was. */
  readonly description?: EngineDescription;
  readonly problem?: string;
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
  /** What `--engine auto` gives; undefined where there is nothing fit for work. */
  readonly automatic?: string;
  readonly datasets: readonly DatasetListing[];
  readonly improvements: readonly Improvement[];
}

async function findEngine(name: 'onednn' | 'reference'): Promise<EngineFinding> {
  try {
    const engine = await createEngine({ name, threads: 'auto', convolution: 'auto' });
    const description = engine.describe();
    engine.dispose();
    return { name, found: true, description };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { name, found: false, problem: error.message };
  }
}

export async function diagnose(options: DataOptions): Promise<Diagnosis> {
  const engines = [await findEngine('onednn'), await findEngine('reference')];
  const datasets = await listDatasets(options);
  const [fast] = engines;
  const lacking = (name: string) => datasets.some((dataset) => dataset.name === name && !dataset.found);
  const improvements = [
    ...(fast?.found
      ? []
      : [
          {
            command: 'apt-get install -y libdnnl2',
            why: 'brings the fast engine; without it only the slow reference is left',
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
    ...(fast?.found ? { automatic: fast.name } : {}),
    datasets,
    improvements,
  };
}
