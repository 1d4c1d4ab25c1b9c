/**
 * Experiments that train: regimes that differ from hybrid training in one thing each. Regimes are in
 * src/training/regimes-of-tasks-and-domains.ts, regimes-with-frozen-weights.ts and regimes-with-several-bounds.ts.
 */
import {
  alike,
  contrast,
  type Hypothesis,
  less,
  lessThanHalf,
  moreThanHalf,
  notBelow,
  own,
  positive,
  scaled,
  share,
  type Task,
  type Terms,
} from './statements.ts';

const tasks = ['clean', 'robust'] as const satisfies readonly Task[];

/** What one variant has more than another, each through its own branch of the task. */
const more = (variant: string, than: string, task: Task): Terms => less(own(variant, task), own(than, task));

/** How far the two branches of a network part: what the branch of a task has more of its accuracy than the other branch. */
const split = (variant: string, accuracy: Task): Terms =>
  less(own(variant, accuracy, accuracy), own(variant, accuracy, accuracy === 'clean' ? 'robust' : 'clean'));

const minus = (a: Terms, b: Terms): Terms => [...a, ...scaled(-1, b)];

export const trainedQuestions: readonly Hypothesis[] = [
  {
    id: 'experiment A',
    title: 'Separate AP where no NS exist',
    says: 'With group normalization there are no NS. If separate AP have their effect there, NS are not its cause.',
    parts: [
      {
        title: 'group normalization',
        decides: true,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: separate AP change it for the better`,
            more('dual-ap-gn', 'hybrid-gn', task),
            positive,
            { headline: `separate AP without any NS: ${task} accuracy`, answers: 'Q2' },
          ),
        ),
      },
      {
        title: 'as much as with batch normalization',
        decides: false,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: the effect is that with batch normalization`,
            minus(more('dual-ap-gn', 'hybrid-gn', task), more('dual-ap', 'hybrid', task)),
            alike(task),
          ),
        ),
      },
    ],
  },
  {
    id: 'experiment B',
    title: 'Two tasks on one domain',
    says: 'Both AP see the same clean and adversarial images, with weights .9 and .1 one way and the other. If they part, two tasks are enough and two domains are not needed.',
    parts: [
      {
        title: 'the two AP part',
        decides: true,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: AP of the ${task === 'clean' ? 'clean' : 'adversarial'} task have more of it than the others`,
            split('two-tasks-one-domain', task),
            positive,
            { headline: `AP of two tasks on one domain part: ${task} accuracy`, answers: 'Q3' },
          ),
        ),
      },
      {
        title: 'of how far the AP of dual-ap part, more than half',
        decides: false,
        statements: tasks.map((task) =>
          share(
            `${task} accuracy: more than half of it`,
            split('two-tasks-one-domain', task),
            split('dual-ap', task),
            moreThanHalf,
          ),
        ),
      },
    ],
  },
  {
    id: 'experiment C',
    title: 'Two domains, one task',
    says: 'Clean images and images with noise whose gap in NS is that of adversarial ones. If separate branches have no effect there, a domain gap alone is not what parts them.',
    parts: [
      {
        title: 'less than half of what separate branches do for adversarial images',
        decides: true,
        statements: [
          share(
            'of what dual-bn gains over hybrid in clean accuracy, a domain gap alone gives less than half',
            more('dual-bn-noise', 'hybrid-noise', 'clean'),
            more('dual-bn', 'hybrid', 'clean'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'nothing',
        decides: false,
        statements: [
          contrast(
            'clean accuracy with separate branches is that with shared ones',
            more('dual-bn-noise', 'hybrid-noise', 'clean'),
            alike('clean'),
            { headline: 'separate branches for a domain gap alone: clean accuracy' },
          ),
        ],
      },
    ],
  },
  {
    id: 'experiment D',
    title: 'AP alone, weights frozen',
    says: 'Only AP (and their NS) train, on the frozen weights of another network. If they give less than half of what training all gives, the weights carry the task and AP do not merely select it.',
    parts: [
      {
        title: 'AP of the adversarial task on a standard network',
        decides: true,
        statements: [
          share(
            'of the robust accuracy that madry has and standard has not, AP alone give less than half',
            more('bn-on-adv', 'standard', 'robust'),
            more('madry', 'standard', 'robust'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'AP of the clean task on a madry network',
        decides: true,
        statements: [
          share(
            'of the clean accuracy that standard has more than madry, AP alone give less than half',
            more('bn-on-clean', 'madry', 'clean'),
            more('standard', 'madry', 'clean'),
            lessThanHalf,
            { answers: 'Q3' },
          ),
        ],
      },
      {
        title: 'both AP on random weights',
        decides: false,
        statements: tasks.map((task) =>
          contrast(
            `${task} accuracy: separate AP change it for the better`,
            more('dual-bn-random-weights', 'hybrid-random-weights', task),
            positive,
          ),
        ),
      },
    ],
  },
  {
    id: 'experiment K',
    title: 'Branches for several bounds',
    says: 'Three branches, for clean images, for attacks within epsilon and within half of it, against one set of everything on the same images. If separate branches help with several bounds as they do with two tasks, the clean branch is more accurate and the branch of epsilon not less robust.',
    parts: [
      {
        title: 'each task by its own branch',
        decides: true,
        statements: [
          contrast(
            'clean accuracy: the clean branch has more',
            more('epsilon-branches', 'epsilon-mixture', 'clean'),
            positive,
            { answers: 'Q3' },
          ),
          contrast(
            'robust accuracy: the branch of epsilon has not less',
            more('epsilon-branches', 'epsilon-mixture', 'robust'),
            notBelow('robust'),
          ),
        ],
      },
    ],
  },
];
