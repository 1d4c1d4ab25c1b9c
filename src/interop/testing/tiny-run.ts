/** A folder with images of 4x4, or some other size, in three classes, and runs on them whose weights no training made. Not for production. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfiguration } from '../../configuration/index.ts';
import { idxFile, writeFiles } from '../../data/testing/fixtures.ts';
import { initialValue, makeNetwork, type Network } from '../../nn/index.ts';
import { integers, uniforms } from '../../random/index.ts';
import {
  checkpointPath,
  createRun,
  describeEnvironment,
  loadData,
  networkFor,
  type Run,
  type StoredTensor,
  writeCheckpoint,
} from '../../runs/index.ts';

export interface TinyWorld {
  readonly folder: string;
  /** As --dataset takes it. */
  readonly dataset: string;
  /** A run of the network of a regime; every tensor of its own values, with momentum as a training leaves it. */
  makeRun(name: string, regime: string, more?: readonly string[]): Promise<Run>;
  remove(): Promise<void>;
}

export const tinyImages = { channels: 1, height: 4, width: 4 };
export const tinyClasses = 3;

export interface WorldOptions {
  readonly channels: number;
  /** Height and width of the images. */
  readonly side: number;
  readonly network: string;
  readonly width: number;
}

const tiniest: WorldOptions = { channels: 1, side: 4, network: 'resnet8', width: 2 };

export async function tinyWorld({ channels, side, network: name, width } = tiniest): Promise<TinyWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'dualbn-interop-'));
  const pixels = (count: number, seed: number) =>
    integers({ seed, purpose: 'noise' }, count * channels * side * side, 256);
  const kind = channels === 1 ? 'idx3' : 'idx4';
  const images = (count: number, seed: number) =>
    idxFile([count, ...(channels === 1 ? [] : [channels]), side, side], pixels(count, seed));
  const labels = (count: number) => Array.from({ length: count }, (_, at) => at % tinyClasses);
  await writeFiles(join(folder, 'data'), {
    [`train-images-${kind}-ubyte`]: images(12, 1),
    'train-labels-idx1-ubyte': idxFile([12], labels(12)),
    [`t10k-images-${kind}-ubyte`]: images(10, 2),
    't10k-labels-idx1-ubyte': idxFile([10], labels(10)),
  });
  const dataset = `idx:${join(folder, 'data')}`;
  return {
    folder,
    dataset,
    async makeRun(called, regime, more = []) {
      const overrides = [
        `data={dataset: "${dataset}", trainExamples: all, validationExamples: 2}`,
        `network={name: ${name}, width: ${width}}`,
        `regime.name=${regime}`,
        'evaluation={attacks: [pgd-1, pgd-2], epsilon: 16/255, examples: all, batchSize: 4}',
        'engine.name=reference',
        ...more,
      ];
      const resolved = resolveConfiguration({ preset: 'tiny', assumed: overrides });
      const run = await createRun({
        directory: join(folder, called),
        resolved,
        environment: await describeEnvironment({ name: 'reference' }, { name: dataset, checksum: 'none' }),
      });
      const network = networkFor(run.configuration, await loadData(run.configuration, 'test'));
      const state = randomState(network);
      for (const [weight, { shape, values }] of [...state])
        state.set(`optimizer.velocity.${weight}`, { shape, values: values.slice() });
      await writeCheckpoint(checkpointPath(run.directory, 'last'), state, {
        configuration: run.hash,
        position: { epoch: 2, batch: 0, runningMetrics: { examples: 0, steps: 0, loss: 0, passes: {} } },
        step: 4,
        metricsBytes: 0,
        best: null,
      });
      return run;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Values for a network, each variable's its own, running variances positive, and a head that is sure of nothing. */
export function randomState(network: Network): Map<string, StoredTensor> {
  return new Map(
    network.variables.map((variable, at) => {
      const moved = new Float32Array(initialValue(variable, 1).length);
      uniforms({ seed: 6, purpose: 'noise', example: at }, moved, -0.9, 0.9);
      const scale = variable.role === 'head' ? 0.02 : 1;
      const values = initialValue(variable, 1).map((value, i) => scale * (value + moved[i]));
      return [variable.name, { shape: variable.shape, values }];
    }),
  );
}

/** A plain resnet8 of width 2, as PyTorch users have it. */
export const plainNetwork = () =>
  makeNetwork('resnet8', { images: tinyImages, classes: tinyClasses, width: 2 });
