/** A tiny network with examples to analyze, labeled so that its adversarial cell gets most of them right. */
import { type Examples, predictedClass, predictor } from '../../attacks/index.ts';
import { tinyExamples, tinyModel } from '../../attacks/testing/tiny.ts';
import { createReferenceEngine, type ReferenceEngine } from '../../engines/index.ts';
import type { Network } from '../../nn/index.ts';
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

/** Whose documents tests write. */
export const documented = {
  run: 'dual-bn-0',
  checkpoint: 'last',
  epoch: 2,
  regime: 'dual-bn',
  dataset: 'toy',
  checksum: '00',
  network: 'resnet8',
  engine: 'reference',
} as const;
