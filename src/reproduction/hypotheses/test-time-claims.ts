/** Claims 3 and 6: NS and AP of dual-bn at test time. */
import {
  alike,
  contrast,
  type Hypothesis,
  less,
  type Part,
  positive,
  type Quantity,
  type StatisticsOf,
  scaled,
  type Task,
  type Terms,
} from './statements.ts';

const tested = (
  statistics: Exclude<StatisticsOf, 'own'>,
  task: Task,
  accuracy: Task = 'robust',
): Quantity => ({ variant: 'dual-bn', accuracy, task, statistics });

/** The claim is of robustness: it is decided where there is some, behind AP of the adversarial branch. */
const sourcesPart = (task: Task, accuracy: Task): Part => ({
  title: `${accuracy} accuracy behind AP of the ${task === 'robust' ? 'adversarial' : 'clean'} branch`,
  decides: task === 'robust' && accuracy === 'robust',
  statements: (['clean', 'noise'] as const).map((source) =>
    contrast(
      `NS of ${source === 'noise' ? 'noisy' : source} images are as good as NS of adversarial ones`,
      less(tested(source, task, accuracy), tested('adv', task, accuracy)),
      alike(accuracy),
      task === 'robust' && accuracy === 'robust'
        ? {
            headline: `NS of ${source} images for those of adversarial ones, same AP: robust accuracy`,
            answers: 'Q2',
          }
        : {},
    ),
  ),
});

const testTimePart = (title: string, decides: boolean, kind: '' | 'raw '): Part => {
  const at = (statistics: 'clean' | 'adv', task: Task) => tested(`${kind}${statistics}`, task);
  const ap: Terms = [
    ...scaled(0.5, less(at('clean', 'robust'), at('clean', 'clean'))),
    ...scaled(0.5, less(at('adv', 'robust'), at('adv', 'clean'))),
  ];
  const ns: Terms = [
    ...scaled(0.5, less(at('adv', 'robust'), at('clean', 'robust'))),
    ...scaled(0.5, less(at('adv', 'clean'), at('clean', 'clean'))),
  ];
  return {
    title,
    decides,
    statements: [
      contrast('AP_adv is more robust than AP_clean, over both NS', ap, positive, {
        headline: `AP_adv for AP_clean at test time, ${kind === '' ? 'NS_x^y' : 'raw grid'}: robust accuracy`,
        answers: 'Q3',
      }),
      contrast('what AP change is more than what NS_adv add', [...ap, ...scaled(-1, ns)], positive),
      contrast('what AP change is more than what NS_adv take away', [...ap, ...ns], positive),
    ],
  };
};

export const sourcesClaim: Hypothesis = {
  id: 'claim 3',
  title: 'With the same AP, NS change robustness little',
  says: 'Whichever samples the NS are estimated from, the robustness through the same AP differs little.',
  parts: [
    sourcesPart('robust', 'robust'),
    sourcesPart('robust', 'clean'),
    sourcesPart('clean', 'robust'),
    sourcesPart('clean', 'clean'),
  ],
};

export const testTimeClaim: Hypothesis = {
  id: 'claim 6',
  title: 'At test time AP decide the robustness',
  says: 'In the grid of {NS_clean, NS_adv} and {AP_clean, AP_adv} the outcome follows AP.',
  parts: [
    testTimePart('NS_x^y: statistics re-estimated through the AP that use them', true, ''),
    testTimePart('the raw grid: running NS of one branch behind AP of the other', true, 'raw '),
  ],
};
