/** Evaluation documents of two cells with numbers that no attack found, to be exported. Not for production. */
import type { AttackSuite } from '../../attacks/index.ts';
import {
  describeRequest,
  type EvaluationDocument,
  evaluationDocumentSchema,
  planAttacks,
} from '../../evaluation/index.ts';
import { testSubject } from '../../evaluation/testing/subject.ts';

export interface Given {
  readonly attacks?: readonly string[];
  /** As written, with its value. */
  readonly epsilon?: readonly [text: string, value: number];
  readonly dataset?: string;
  readonly network?: string;
  readonly count?: number;
  readonly classes?: number;
  readonly checkpoint?: 'last' | 'best';
  readonly suites?: readonly AttackSuite[];
  readonly cells?: readonly { readonly statistics: string; readonly affine: string }[];
}

const two = [
  { statistics: 'clean', affine: 'clean' },
  { statistics: 'adv', affine: 'adv' },
];

/** The first cell is right on 90 % of clean images and 0.1 % of attacked ones, the second on 81.25 % and 47.06 %. */
export function evaluationWith({
  attacks = ['aa'],
  epsilon: [text, value] = ['8/255', 8 / 255],
  dataset = 'cifar-10',
  network = 'resnet18',
  count = 10_000,
  classes = 10,
  checkpoint = 'last',
  suites,
  cells = two,
}: Given = {}): EvaluationDocument {
  const { asked, norm } = planAttacks(attacks, value, { classes, suites });
  const request = describeRequest({
    ...{ asked, norm, epsilon: { text, value }, seed: 0, cells },
    indices: Array.from({ length: count }, (_, at) => at),
  });
  const accuracies = [
    [0.9, 0.001],
    [0.8125, 0.4706],
  ];
  const byAttack = <Value>(of: Value) => Object.fromEntries(attacks.map((name) => [name, of]));
  return evaluationDocumentSchema.parse({
    ...{ document: 'evaluation', version: 2, created: '2026-01-31T12:00:00.000Z', request },
    subject: {
      ...testSubject,
      network,
      dataset: { ...testSubject.dataset, name: dataset },
      checkpoint: { ...testSubject.checkpoint, name: checkpoint },
    },
    grid: cells.map((cell, at) => ({
      ...cell,
      ...{ clean: accuracies[at][0], cleanInterval: [0, 1] },
      ...{ robust: byAttack(accuracies[at][1]), robustInterval: byAttack([0, 1]) },
    })),
    failedChecks: [{ rule: 'zero-gradients', ...cells[0], message: 'look again' }],
    outcomes: {
      grid: cells.map((cell) => ({ ...cell, clean: '1', robust: byAttack('0') })),
    },
  });
}
