/**
 * From claims and a scale to the runs that deciding them takes, those that decide most first: what to train, what to measure of
 * it, and what each piece costs. Looks at no file and trains nothing, but for a step or two that tell how fast the machine is.
 *
 * Costs are in image passes, one image once through the network; they serve to plan and to show progress, and no result depends
 * on them.
 */
import { namedAttack } from '../attacks/index.ts';
import {
  type Configuration,
  type ResolvedConfiguration,
  resolveConfiguration,
} from '../configuration/index.ts';
import { createEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { runBenchmark } from '../experiments/index.ts';
import { gridOf } from '../nn/index.ts';
import { attacksOf, type RegimeName, regimeNamed } from '../training/index.ts';
import { type Claim, claims, type Statement } from './paper-claims.ts';
import { combinedRegimes, type MeasurementName, regimeGroups, type Scale, scaleAnalyses } from './scales.ts';

/** One measurement of a trained network, at one epsilon. */
export interface Measurement {
  readonly what: MeasurementName;
  readonly epsilon: string;
  /** In image passes. */
  readonly cost: number;
}

export interface PlannedRun {
  /** Also the name of its directory. */
  readonly name: string;
  readonly regime: RegimeName;
  /** Absent where the regime trains without an attack: one run then serves every epsilon. */
  readonly epsilon?: string;
  readonly seed: number;
  /** The claims that need it; none of a combination that is trained for its own sake. */
  readonly claims: readonly number[];
  readonly resolved: ResolvedConfiguration;
  readonly trainingCost: number;
  readonly measurements: readonly Measurement[];
}

/** What of a scale is asked for; the rest of it is left out, and can be added later. */
export interface PlanRequest {
  readonly dataset: string;
  readonly seeds?: number;
  readonly epsilons?: readonly string[];
  readonly claims?: readonly number[];
  /** With the combinations of NS and AP that no claim needs, after the others. */
  readonly combinations?: boolean;
}

export interface Plan {
  readonly request: PlanRequest;
  readonly dataset: string;
  readonly seeds: readonly number[];
  readonly epsilons: readonly string[];
  readonly claims: readonly Claim[];
  readonly runs: readonly PlannedRun[];
}

export const regimesOf = (statement: Statement): RegimeName[] =>
  statement.kind === 'gap'
    ? [statement.ratio.regime]
    : [...new Set(statement.terms.map(([, { regime }]) => regime))];

/** @throws InputError for an epsilon or a claim that the scale does not have, and as resolveConfiguration. */
export function planReproduction(scale: Scale, request: PlanRequest): Plan {
  const seeds = Array.from({ length: request.seeds ?? scale.seeds }, (_, seed) => seed);
  const epsilons = chosen(scale.epsilons, ({ epsilon }) => epsilon, request.epsilons, 'epsilon');
  const wanted = chosen(claims, ({ number }) => number, request.claims, 'claim');
  const inClaims: readonly RegimeName[] = regimeGroups.flat();
  const beyond = request.combinations ? combinedRegimes.filter((regime) => !inClaims.includes(regime)) : [];
  const groups = [...regimeGroups, beyond];
  const runs = new Map<string, PlannedRun>();
  for (const { epsilon, overrides } of epsilons)
    for (const group of groups)
      for (const seed of seeds)
        for (const regime of group) {
          const needing = wanted.filter(({ statements }) =>
            statements.some((statement) => regimesOf(statement).includes(regime)),
          );
          if (needing.length === 0 && !(request.combinations && combinedRegimes.includes(regime))) continue;
          const attacks = attacksOf(regimeNamed(regime)).length > 0;
          const name = runNameOf(regime, attacks ? epsilon : undefined, seed);
          const known = runs.get(name);
          const resolved =
            known?.resolved ??
            configurationOf(scale, request.dataset, attacks ? overrides : [], regime, seed);
          const measurements = measurementsOf(scale, regime, seed, epsilon, attacks);
          runs.set(name, {
            name,
            regime,
            ...(attacks ? { epsilon } : {}),
            seed,
            claims: needing.map(({ number }) => number),
            resolved,
            trainingCost: trainingCostOf(resolved.configuration),
            measurements: [...(known?.measurements ?? []), ...measurements],
          });
        }
  return {
    request,
    dataset: request.dataset,
    seeds,
    epsilons: epsilons.map(({ epsilon }) => epsilon),
    claims: wanted,
    runs: [...runs.values()],
  };
}

export const runNameOf = (regime: string, epsilon: string | undefined, seed: number) =>
  [regime, ...(epsilon === undefined ? [] : [epsilon.replaceAll('/', '-')]), 'seed', seed].join('-');

function chosen<Row, Key extends string | number>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  wanted: readonly Key[] | undefined,
  what: string,
): readonly Row[] {
  if (!wanted) return rows;
  const known = rows.map(keyOf);
  const unknown = wanted.filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new InputError(
      `there is no ${what} ${unknown.join(', ')} at this scale: it has ${known.join(', ')}`,
    );
  return rows.filter((row) => wanted.includes(keyOf(row)));
}

function configurationOf(
  scale: Scale,
  dataset: string,
  epsilon: readonly string[],
  regime: RegimeName,
  seed: number,
): ResolvedConfiguration {
  return resolveConfiguration({
    preset: scale.preset,
    assumed: [
      ...scale.overrides,
      `data.dataset=${dataset}`,
      ...epsilon,
      `regime.name=${regime}`,
      `seed=${seed}`,
    ],
  });
}

function measurementsOf(
  scale: Scale,
  regime: RegimeName,
  seed: number,
  epsilon: string,
  attacks: boolean,
): Measurement[] {
  const costs = measurementCosts(scale, regime);
  const analyses = scaleAnalyses
    .filter(({ regimes, seeds }) => regimes.includes(regime) && (seeds === 'all' || seed === 0))
    .map(({ analysis }) => analysis);
  // A network that was trained without attacks has no robustness worth a table; its gap is the paper's.
  const evaluations = attacks ? (['evaluate'] as const) : [];
  return [...evaluations, ...analyses].map((what) => ({ what, epsilon, cost: costs[what] }));
}

/** The images of a whole training set, where a scale takes all: those of CIFAR-10, near enough to plan with. */
const wholeTrainingSet = 50_000;
const wholeTestSet = 10_000;
// An attack that stops early costs about half of its steps; a step is a pass and its gradient towards the image.
const attackShare = 0.5;
const stepCost = 2;
const trainedPassCost = 3;

/** Of training and measuring together. */
export const costOf = ({ trainingCost, measurements }: Costs): number =>
  measurements.reduce((sum, { cost }) => sum + cost, trainingCost);

interface Costs {
  readonly trainingCost: number;
  readonly measurements: readonly { readonly cost: number }[];
}

function trainingCostOf({ regime: { name }, data, epochs, attack }: Configuration): number {
  const regime = regimeNamed(name);
  const images = data.trainExamples === 'all' ? wholeTrainingSet : data.trainExamples;
  const steps = attacksOf(regime).length * attack.steps * stepCost;
  return epochs * images * (steps + regime.passes.length * trainedPassCost);
}

function measurementCosts(
  { attack, examples, estimationImages, gap }: Scale,
  regime: RegimeName,
): Readonly<Record<MeasurementName, number>> {
  const cells = gridOf(regimeNamed(regime)).length;
  const options = namedAttack(attack, 1);
  const steps = stepCost * options.steps * options.restarts;
  const attacked = (images: number, count = cells) => count * images * (1 + attackShare * steps);
  const evaluated = examples.evaluated === 'all' ? wholeTestSet : examples.evaluated;
  return {
    evaluate: attacked(evaluated),
    // The raw grid, then three types of sample through each of two AP.
    reestimate: attacked(examples.reestimated, cells + 6) + 2 * estimationImages * (steps + 4),
    gap: gap.batches * gap.batchSize * (steps + 4) * 2,
    affine: 0,
    interpolate: attacked(examples.pictured, 5) + 5 * estimationImages,
    transfer: attacked(examples.pictured, cells) * 2,
    curve: attacked(examples.pictured, 2 * 5),
  };
}

/** How fast this machine is at the runs of a scale: image passes a second, from a step or two. */
export async function measureSpeed(
  { network, batchSize, attack, engine: settings }: Configuration,
  signal: AbortSignal,
): Promise<number> {
  const engine = await createEngine(settings);
  try {
    const { trainStepMs } = await runBenchmark(engine, {
      network: network.name,
      ...(network.width === undefined ? {} : { width: network.width }),
      batch: batchSize,
      attackSteps: attack.steps,
      repetitions: { attack: 1, train: 2 },
      signal,
    });
    return (batchSize * (stepCost * attack.steps + 2 * trainedPassCost)) / (trainStepMs / 1000);
  } finally {
    await engine.dispose();
  }
}
