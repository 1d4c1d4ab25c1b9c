/** From documents to the estimate of a statement: which outcomes are compared, or which distances. Decides nothing. */
import type { GapDocument, ReestimateDocument } from '../analysis/index.ts';
import { RunError } from '../errors.ts';
import { type Flags, readFlags } from '../evaluation/index.ts';
import { sameCell } from '../nn/index.ts';
import { mean, variance } from '../statistics/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import type { OverSeeds } from './estimate.ts';
import { accuracyOver, type Estimate, estimateOver, meanOver, withStudent } from './estimate.ts';
import type { GapRatio, Quantity, Statement } from './paper-claims.ts';
import { analysisOf, evaluationOf, type RunResults } from './run-results.ts';

/** One thing that is compared, over the seeds that have it. */
export interface Side extends OverSeeds {
  readonly label: string;
  readonly weight: number;
}

export interface Estimated {
  readonly estimate?: Estimate;
  readonly sides: readonly Side[];
  /** The names of the runs it is made of. */
  readonly runs: readonly string[];
}

/** Outcomes of the same test images, [N], with what says which these are. */
export interface Outcomes {
  readonly flags: Flags;
  readonly indices: string;
  readonly run: string;
}

/** What a run has left, by regime, epsilon and seed. */
export type Lookup = (regime: string, epsilon: string, seed: number) => RunResults | undefined;

export function estimateOf(
  statement: Statement,
  epsilon: string,
  seeds: readonly number[],
  find: Lookup,
  attack: string,
): Estimated {
  return statement.kind === 'gap'
    ? gapEstimate(statement.ratio, epsilon, seeds, find)
    : contrastEstimate(statement.terms, epsilon, seeds, find, attack);
}

function contrastEstimate(
  terms: readonly (readonly [number, Quantity])[],
  epsilon: string,
  seeds: readonly number[],
  find: Lookup,
  attack: string,
): Estimated {
  const found = seeds.map((seed) =>
    terms.map(([weight, quantity]) => {
      const results = find(quantity.regime, epsilon, seed);
      return { weight, outcomes: results && outcomesOf(results, quantity, epsilon, attack) };
    }),
  );
  // A seed counts where every term has it: only then are its networks compared with each other.
  const whole = found.filter((row) => row.every(({ outcomes }) => outcomes !== undefined));
  const rows = whole.map((row) =>
    row.flatMap(({ weight, outcomes }) => (outcomes ? [{ weight, ...outcomes }] : [])),
  );
  const sides = terms.flatMap(([weight, quantity], at) => {
    const flags = rows.map((row) => row[at].flags);
    return flags.length === 0 ? [] : [{ label: labelOf(quantity), weight, ...accuracyOver(flags) }];
  });
  const runs = [...new Set(rows.flat().map(({ run }) => run))];
  const [first] = rows.flat();
  if (!first) return { sides, runs };
  const other = rows.flat().find(({ indices }) => indices !== first.indices);
  if (other)
    throw new RunError(
      `${first.run} and ${other.run} were measured on different test images and cannot be compared: remove the ` +
        'documents of one of them and start again',
    );
  const differences = rows.map((row) =>
    Float64Array.from(first.flags, (_, example) =>
      row.reduce((sum, { weight, flags }) => sum + weight * flags[example], 0),
    ),
  );
  return { estimate: estimateOver(differences), sides, runs };
}

const branchOf = { clean: 'clean', robust: 'adversarial' } as const;

function labelOf({ regime, accuracy, task, statistics }: Quantity): string {
  const whose =
    statistics === 'own' ? '' : `, NS of ${statistics} images, AP of the ${branchOf[task]} branch`;
  return `${accuracy} accuracy of ${regime}${whose}`;
}

function outcomesOf(
  results: RunResults,
  { accuracy, task, statistics, regime }: Quantity,
  epsilon: string,
  attack: string,
): Outcomes | undefined {
  const run = results.run.name;
  if (statistics === 'own') {
    const document = evaluationOf(results, epsilon);
    const cell = evaluationCells(regimeNamed(regime))[task];
    const found = document?.outcomes.grid.find((each) => sameCell(each, cell));
    if (!document || !found) return undefined;
    const flags = accuracy === 'clean' ? found.clean : found.robust[attack];
    return { flags: readFlags(flags), indices: document.request.examples.indices, run };
  }
  const document = analysisOf(results, 'reestimate', epsilon);
  const cell = document?.request.evaluationCells[task];
  const found = document?.result.reestimated.find(
    (row) => row.source === statistics && cell !== undefined && sameBranches(row, cell),
  );
  if (!document || !found) return undefined;
  const flags = accuracy === 'clean' ? found.outcomes.clean : found.outcomes.robust[attack];
  return { flags: readFlags(flags), indices: document.result.indices, run };
}

type Branches = Omit<ReestimateDocument['request']['evaluationCells']['clean'], 'statistics'>;

/** Whether two cells use the same AP, adapter and head, whatever their NS. */
const sameBranches = (a: Branches, b: Branches) =>
  (['affine', 'adapter', 'head'] as const).every((key) => a[key] === b[key]);

/**
 * A ratio of distances over seeds, as ratios are averaged: in logarithms. Its variance is that over seeds plus what the
 * batches of one seed leave uncertain, with the freedom of the seeds, the fewer of the two.
 */
function gapEstimate(
  { regime, statistic, over }: GapRatio,
  epsilon: string,
  seeds: readonly number[],
  find: Lookup,
): Estimated {
  const branch = evaluationCells(regimeNamed(regime)).robust.affine;
  const found = seeds.flatMap((seed) => {
    const results = find(regime, epsilon, seed);
    const document = results && analysisOf(results, 'gap', epsilon);
    const measured = document && gapsOf(document, branch, statistic, over);
    return measured
      ? [
          {
            ...measured,
            run: results.run.name,
            examples: document.request.batches * document.request.statisticsBatch,
          },
        ]
      : [];
  });
  const runs = found.map(({ run }) => run);
  const sides: Side[] = [
    {
      label: `1-Wasserstein distance of ${statistic}, adversarial and clean, in ${regime}`,
      at: 'gap' as const,
    },
    {
      label: over === 'activations' ? 'mean sigma of clean images' : 'the same of noisy and clean',
      at: 'scale' as const,
    },
  ].flatMap(({ label, at }, side) =>
    found.length === 0
      ? []
      : [{ label, weight: side === 0 ? 1 : -1, ...meanOver(found.map((each) => each[at])) }],
  );
  const [first] = found;
  if (!first) return { sides, runs };
  const logs = found.map(({ gap, scale }) => Math.log(gap / scale));
  const count = logs.length;
  const within = mean(found.map((each) => each.variance)) / count;
  const between = variance(logs) / count;
  const { value, interval, p } = withStudent(mean(logs), within + between, Math.max(1, count - 1));
  const [low, high] = interval;
  const estimate = {
    value: Math.exp(value),
    interval: [Math.exp(low), Math.exp(high)] as const,
    p,
    seeds: count,
    examples: first.examples,
  };
  return { estimate, sides, runs };
}

/** The numerator and denominator of a ratio, and the variance of its logarithm within this network. */
function gapsOf(document: GapDocument, affine: string, statistic: 'mu' | 'sigma', over: GapRatio['over']) {
  const branch = document.result.branches.find((each) => each.affine === affine);
  const of = (pair: string) =>
    branch?.distances.find((each) => each.pair === pair && each.statistic === statistic)?.average.wasserstein;
  const gap = of('adv-clean');
  if (!branch || !gap) return undefined;
  if (over === 'activations') {
    const sigmas = branch.channels.map(({ sigma }) => mean(sigma.clean));
    return { gap: gap.value, scale: mean(sigmas), variance: relativeVariance(gap) };
  }
  const noise = of(over);
  return (
    noise && {
      gap: gap.value,
      scale: noise.value,
      variance: relativeVariance(gap) + relativeVariance(noise),
    }
  );
}

/** From a 95 % interval: the variance of the logarithm, for small spreads. */
const relativeVariance = ({ value, interval: [low, high] }: { value: number; interval: readonly number[] }) =>
  ((high - low) / (2 * 1.96 * value)) ** 2;
