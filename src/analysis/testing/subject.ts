/** A tiny network with examples to analyze, labeled so that its adversarial cell gets most of them right. */
import { type Examples, predictedClass, predictor } from '../../attacks/index.ts';
import { tinyExamples, tinyModel } from '../../attacks/testing/tiny.ts';
import { type Dataset, NO_AUGMENTATION } from '../../data/index.ts';
import { createReferenceEngine, type ReferenceEngine } from '../../engines/index.ts';
import type { DocumentSubject } from '../../evaluation/index.ts';
import type { Network } from '../../nn/index.ts';
import { integers } from '../../random/index.ts';
import type { EvaluationCells } from '../branches.ts';

export interface Subject {
  readonly engine: ReferenceEngine;
  readonly network: Network;
  readonly evaluationCells: EvaluationCells;
  readonly examples: Required<Examples>;
  /** Every value of the network, to compare with afterwards. */
  readonly values: () => readonly Float64Array[];
}

export const evaluationCells: EvaluationCells = {
  clean: { statistics: 'clean', affine: 'clean' },
  robust: { statistics: 'adv', affine: 'adv' },
};

export async function tinySubject(count = 9): Promise<Subject> {
  const engine = createReferenceEngine();
  const { network, cell } = tinyModel(undefined, engine);
  const drawn = tinyExamples(count);
  const logits = await predictor({ engine, network, cell }, count)(drawn.images);
  const labels = Array.from(drawn.labels, (label, at) => (at % 3 ? predictedClass(logits, 3, at) : label));
  return {
    engine,
    network,
    evaluationCells,
    examples: { ...drawn, labels },
    values: () => network.variables.map((variable) => engine.readExact(variable)),
  };
}

/** Images of 4x4 in three classes, in memory. */
export function tinyDataset(split: 'train' | 'test', count: number): Dataset {
  const images = Uint8Array.from(
    integers({ seed: split === 'train' ? 1 : 2, purpose: 'noise' }, count * 16, 256),
  );
  return {
    ...{ name: 'toy', displayName: 'toy', split, classes: ['a', 'b', 'c'], count, images },
    ...{ channels: 1, height: 4, width: 4, checksum: '00', directory: '', augmentation: NO_AUGMENTATION },
    labels: Uint16Array.from({ length: count }, (_, at) => at % 3),
  };
}

/** What a library user hands to analyze: a tiny network, a test and a training split. */
export async function tinyInput() {
  const { engine, network, values } = await tinySubject();
  const dataset = tinyDataset('train', 12);
  const train = Uint32Array.from({ length: 12 }, (_, at) => at);
  return {
    input: { engine, network, evaluationCells, test: tinyDataset('test', 10), training: { dataset, train } },
    values,
  };
}

/** Whose documents tests write. */
export const documented: DocumentSubject = {
  run: 'dual-bn-0',
  configuration: '00',
  regime: 'dual-bn',
  seed: 0,
  network: 'resnet8',
  checkpoint: { name: 'last', epoch: 2, step: 4, digest: '0'.repeat(64) },
  dataset: { name: 'toy', checksum: '00' },
  engine: {
    ...{ name: 'reference', version: '1', threads: 1, device: 'cpu', instructionSet: 'none' },
    settings: {},
  },
};
