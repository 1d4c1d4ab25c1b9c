/** Claim 4: the gap in NS, through every branch, by both protocols. */
import {
  type AnalysisNumber,
  type Hypothesis,
  ofAnalysis,
  type Path,
  type Statement,
  sameOrder,
  small,
} from './statements.ts';

const gapBranches = [
  { variant: 'standard', affine: 'shared' },
  { variant: 'dual-bn', affine: 'clean' },
  { variant: 'dual-bn', affine: 'adv' },
] as const;

type GapMeasure = 'unbiased' | 'wasserstein';

const gapOf = (affine: string, pair: string, statistic: string, measure: GapMeasure): Path => [
  'result',
  'branches',
  { affine },
  'distances',
  { pair, statistic },
  'average',
  measure,
  'value',
];

const inEveryBranch = (
  says: (branch: string) => string,
  ranged: typeof small,
  number: (affine: string, statistic: string) => Pick<AnalysisNumber, 'value' | 'over'>,
): Statement[] =>
  gapBranches.flatMap(({ variant, affine }) =>
    (['mu', 'sigma'] as const).map((statistic) =>
      ofAnalysis(
        `${variant}, AP ${affine}, ${statistic}: ${says(affine)}`,
        { variant, analysis: 'gap', ...number(affine, statistic) },
        ranged,
        ranged === small ? 'linear' : 'logarithmic',
        { answers: 'Q1' },
      ),
    ),
  );

const gapRatio =
  (measure: GapMeasure, against: 'clean' | 'running') =>
  (affine: string, statistic: string): Pick<AnalysisNumber, 'value' | 'over'> => ({
    value: gapOf(affine, `adv-${against}`, statistic, measure),
    over: gapOf(affine, `noise-${against}`, statistic, measure),
  });

export const gapClaim: Hypothesis = {
  id: 'claim 4',
  title: 'The domain gap in NS is small',
  says: 'The gap between adversarial and clean samples in NS is small, and of the order of that between noisy and clean ones.',
  parts: [
    {
      title: 'small: the same images, channel by channel, as a share of sigma, sampling error subtracted',
      decides: true,
      statements: inEveryBranch(
        () => 'the adversarial gap is below a tenth of sigma',
        small,
        (affine, statistic) => ({ value: gapOf(affine, 'adv-clean', statistic, 'unbiased') }),
      ),
    },
    {
      title: 'of the order of noise: the same images, channel by channel, sampling error subtracted',
      decides: true,
      statements: inEveryBranch(
        () => 'the adversarial gap over that of noise',
        sameOrder,
        gapRatio('unbiased', 'clean'),
      ),
    },
    {
      title: "the paper's protocol: a batch against running NS, sets of channels",
      decides: false,
      statements: inEveryBranch(
        () => 'the adversarial distance over that of noise',
        sameOrder,
        gapRatio('wasserstein', 'running'),
      ),
    },
    {
      title: "the paper's protocol, channel by channel, sampling error subtracted",
      decides: false,
      statements: inEveryBranch(
        () => 'the adversarial distance over that of noise',
        sameOrder,
        gapRatio('unbiased', 'running'),
      ),
    },
  ],
};
