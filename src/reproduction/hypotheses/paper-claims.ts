/**
 * The paper's six claims (arXiv 2403.19150) as statements about numbers, with the range that each is said to lie in. This is data:
 * what to train follows from it (plan.ts), and it is decided from what the runs have left (verdicts.ts).
 *
 * Where the paper's words and the question behind them differ, both are parts of a claim, each with a verdict of its own; the
 * claim's verdict is that of the parts that decide.
 */
import { factorialClaim } from './factorial-claim.ts';
import { gapClaim } from './gap-claim.ts';
import {
  alike,
  contrast,
  type Hypothesis,
  less,
  notBelow,
  own,
  positive,
  type Statement,
  type Task,
} from './statements.ts';
import { sourcesClaim, testTimeClaim } from './test-time-claims.ts';
import { frontVariants } from './variants.ts';

const tasks = ['clean', 'robust'] as const satisfies readonly Task[];

// Claim 5: better than one network can be.

const separated = ['dual-bn', 'dual-ap', 'dual-linear', 'adapters-parallel', 'trades'] as const;

const specialists = (variant: string): Statement[] => [
  contrast(
    `${variant}: its clean branch is more accurate on clean images than hybrid`,
    less(own(variant, 'clean'), own('hybrid', 'clean')),
    positive,
  ),
  contrast(
    `${variant}: its adv branch is not less robust than hybrid`,
    less(own(variant, 'robust'), own('hybrid', 'robust')),
    notBelow('robust'),
  ),
];

const crossClaim: Hypothesis = {
  id: 'claim 1',
  title: 'Separate statistics are not necessary',
  says: 'Cross-AT, training on adversarial images normalized by the statistics of clean ones, works about as well as training with their own.',
  parts: [
    {
      title: 'clean and robust accuracy',
      decides: true,
      statements: tasks.map((task) =>
        contrast(
          `${task} accuracy: cross-at-clean is as good as madry`,
          less(own('cross-at-clean', task), own('madry', task)),
          alike(task),
        ),
      ),
    },
  ],
};

const frontClaim: Hypothesis = {
  id: 'claim 5',
  title: 'Two tasks, not two domains',
  says: 'Dual BN, dual linear heads, adapters and TRADES are instances of one thing, and each improves on plain Hybrid-AT.',
  parts: [
    {
      title:
        'one network and one branch: above the front of hybrid training over alpha, at the same clean accuracy',
      decides: true,
      statements: separated.map((variant) => ({
        says: `${variant}, its robust cell: robustness above the front`,
        value: { kind: 'front', variant, task: 'robust', front: frontVariants },
        unit: 'accuracy',
        ...positive,
        ...(variant === 'dual-bn' && {
          headline: 'dual-bn as one network, above the front of hybrid training: robust accuracy',
        }),
        answers: 'Q3',
      })),
    },
    {
      title: 'two specialists, each by its own branch, against one classifier',
      decides: false,
      statements: [...separated.filter((variant) => variant !== 'trades')].flatMap(specialists),
    },
  ],
};

export const claims: readonly Hypothesis[] = [
  crossClaim,
  factorialClaim,
  sourcesClaim,
  gapClaim,
  frontClaim,
  testTimeClaim,
];
