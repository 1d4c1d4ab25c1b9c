/** Claim 2: the factorial of NS and AP, together or apart, in training. */
import {
  alike,
  contrast,
  type Hypothesis,
  less,
  lessThanHalf,
  moreThanHalf,
  own,
  type Part,
  positive,
  type Statement,
  scaled,
  share,
  type Task,
  type Terms,
} from './statements.ts';

const tasks = ['clean', 'robust'] as const satisfies readonly Task[];

/** What a change does, over both settings of the other factor; one variant each for neither, NS, AP and both apart. */
const factorial = {
  ap: (task: Task): Terms => [
    ...scaled(0.5, less(own('dual-ap', task), own('hybrid', task))),
    ...scaled(0.5, less(own('dual-bn', task), own('dual-ns', task))),
  ],
  ns: (task: Task): Terms => [
    ...scaled(0.5, less(own('dual-ns', task), own('hybrid', task))),
    ...scaled(0.5, less(own('dual-bn', task), own('dual-ap', task))),
  ],
};
const alone = (variant: string, task: Task): Terms => less(own(variant, task), own('hybrid', task));

const factorialPart = (task: Task): Part => ({
  title: `${task} accuracy`,
  decides: true,
  statements: [
    contrast(`separate AP change ${task} accuracy for the better`, factorial.ap(task), positive, {
      headline: `separate AP in training: ${task} accuracy`,
      answers: 'Q3',
    }),
    contrast(
      `what AP change in ${task} accuracy is more than what NS add`,
      [...factorial.ap(task), ...scaled(-1, factorial.ns(task))],
      positive,
    ),
    contrast(
      `what AP change in ${task} accuracy is more than what NS take away`,
      [...factorial.ap(task), ...factorial.ns(task)],
      positive,
    ),
    share(
      `separate AP alone have more than half of what dual-bn gains over hybrid in ${task} accuracy`,
      alone('dual-ap', task),
      alone('dual-bn', task),
      moreThanHalf,
    ),
    share(
      `separate NS alone have less than half of it`,
      alone('dual-ns', task),
      alone('dual-bn', task),
      lessThanHalf,
    ),
  ],
});

/** Reported for its own sake: the paper's words do not say it. */
const effectPart = (title: string, statement: (task: Task) => Statement): Part => ({
  title,
  decides: false,
  statements: tasks.map(statement),
});

export const factorialClaim: Hypothesis = {
  id: 'claim 2',
  title: 'AP matter more than NS in training',
  says: 'Separating AP gives most of what Dual BN gives; separating NS gives little, and does so only in some settings.',
  parts: [
    factorialPart('clean'),
    factorialPart('robust'),
    effectPart('NS alone change something', (task) =>
      contrast(`separate NS change ${task} accuracy for the better`, factorial.ns(task), positive, {
        headline: `separate NS in training: ${task} accuracy`,
        answers: 'Q2',
      }),
    ),
    effectPart('NS alone change less than the margin', (task) =>
      contrast(
        `separate NS change ${task} accuracy by less than the margin`,
        factorial.ns(task),
        alike(task),
      ),
    ),
    effectPart('AP and NS together bring more than the sum of each alone', (task) =>
      contrast(
        `together they bring more ${task} accuracy than the sum of each alone`,
        [
          ...less(own('dual-bn', task), own('dual-ap', task)),
          ...scaled(-1, less(own('dual-ns', task), own('hybrid', task))),
        ],
        positive,
      ),
    ),
  ],
};
