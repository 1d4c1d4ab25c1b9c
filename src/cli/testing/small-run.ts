/** Runs that were never trained, small enough to be evaluated by the reference engine in a moment. Not for production. */
import { configurationHash, resolveConfiguration } from '../../configuration/index.ts';
import { idxFile, writeFiles } from '../../data/testing/fixtures.ts';
import { initialValue, makeNetwork } from '../../nn/index.ts';
import { integers } from '../../random/index.ts';
import {
  checkpointPath,
  createRun,
  describeEnvironment,
  type Run,
  writeCheckpoint,
} from '../../runs/index.ts';
import { regimes } from '../../training/index.ts';

/** Twelve images of 4x4 for training, and some for tests, of three classes; gives the name of the data set. */
export async function smallData(
  folder: string,
  { tests = 10, classOf = (at: number) => at % 3 } = {},
): Promise<string> {
  const pixels = (count: number, seed: number) => integers({ seed, purpose: 'noise' }, count * 16, 256);
  const labels = (count: number) => Array.from({ length: count }, (_, at) => classOf(at));
  await writeFiles(folder, {
    'train-images-idx3-ubyte': idxFile([12, 4, 4], pixels(12, 1)),
    'train-labels-idx1-ubyte': idxFile([12], labels(12)),
    't10k-images-idx3-ubyte': idxFile([tests, 4, 4], pixels(tests, 2)),
    't10k-labels-idx1-ubyte': idxFile([tests], labels(tests)),
  });
  return `idx:${folder}`;
}

/** A run of dual-bn whose last checkpoint holds the values that training begins with. */
export async function smallRun(
  directory: string,
  dataset: string,
  overrides: readonly string[] = [],
): Promise<Run> {
  const resolved = resolveConfiguration({
    preset: 'tiny',
    overrides: [
      `data={dataset: "${dataset}", trainExamples: all, validationExamples: 2}`,
      'network={name: resnet8, width: 2}',
      'evaluation={attacks: [pgd-1, pgd-2], epsilon: 16/255, examples: all, batchSize: 4}',
      'engine.name=reference',
      ...overrides,
    ],
  });
  const environment = await describeEnvironment({ name: 'reference' }, { name: dataset, checksum: 'none' });
  const made = await createRun({ directory, resolved, environment });
  await writeWeights(made, { seed: 0, step: 4 });
  return made;
}

/** The last checkpoint, of two epochs, with the values that training begins with by a seed. */
export async function writeWeights(
  { directory, configuration }: Run,
  { seed, step }: { seed: number; step: number },
): Promise<void> {
  const { sets } = regimes['dual-bn'];
  const images = { channels: 1, height: 4, width: 4 };
  const network = makeNetwork('resnet8', { images, classes: 3, width: 2, sets });
  const tensors = new Map(
    network.variables.map((variable) => [
      variable.name,
      { shape: variable.shape, values: initialValue(variable, seed) },
    ]),
  );
  await writeCheckpoint(checkpointPath(directory, 'last'), tensors, {
    configuration: configurationHash(configuration),
    position: { epoch: 2, batch: 0, runningMetrics: { examples: 0, steps: 0, loss: 0, passes: {} } },
    step,
    metricsBytes: 0,
    best: null,
  });
}
