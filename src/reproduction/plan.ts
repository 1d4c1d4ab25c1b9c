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
import { planAttacks } from '../evaluation/index.ts';
import { runBenchmark } from '../experiments/index.ts';
import { gridOf } from '../nn/index.ts';
import { attacksOf, type RegimeName, regimeNamed } from '../training/index.ts';
import { claims } from './paper-claims.ts';
import { combinedRegimes, type MeasurementName, pictures, type Scale, variantGroups } from './scales.ts';
import { type Hypothesis, needsOf, statementsOf } from './statements.ts';
import { variantNamed } from './variants.ts';

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
  readonly variant: string;
  readonly regime: RegimeName;
  /** Absent where the regime trains without an attack: one run then serves every epsilon. */
  readonly epsilon?: string;
  readonly seed: number;
  /** The ids of the claims that need it; none of a combination that is trained for its own sake. */
  readonly claims: readonly string[];
  readonly resolved: ResolvedConfiguration;
  readonly trainingCost: number;
  readonly measurements: readonly Measurement[];
}

/** What of a scale is asked for; the rest of it is left out, and can be added later. */
export interface PlanRequest {
  readonly dataset: string;
  /** Default the exploratory seeds of the scale. */
  readonly seeds?: readonly number[];
  readonly epsilons?: readonly string[];
  /** Numbers of claims, or ids. */
  readonly claims?: readonly string[];
  /** With the combinations of NS and AP that no claim needs, after the others. */
  readonly combinations?: boolean;
}

export interface Plan {
  readonly request: PlanRequest;
  readonly dataset: string;
  readonly seeds: readonly number[];
  readonly epsilons: readonly string[];
  readonly claims: readonly Hypothesis[];
  readonly runs: readonly PlannedRun[];
}

/** @throws InputError for a seed, an epsilon or a claim that the scale does not have, and as resolveConfiguration. */
export function planReproduction(scale: Scale, request: PlanRequest): Plan {
  const { exploratory, confirmatory } = scale.seeds;
  const same = <Value>(value: Value) => value;
  const seeds = request.seeds
    ? chosen([...exploratory, ...confirmatory], same, request.seeds, 'seed ')
    : exploratory;
  const epsilons = chosen(scale.epsilons, ({ epsilon }) => epsilon, request.epsilons, 'epsilon ');
  const wanted = chosen(claims, ({ id }) => id, request.claims, '');
  const needs = wanted.map(({ id, ...hypothesis }) => ({
    id,
    needs: statementsOf({ id, ...hypothesis }).flatMap(needsOf),
  }));
  // A variant of several groups is of the first.
  const groups = variantGroups.map((group, at) =>
    group.filter((variant) => !variantGroups.slice(0, at).some((before) => before.includes(variant))),
  );
  const needed = [...new Set(needs.flatMap((each) => each.needs.map(({ variant }) => variant)))];
  const ungrouped = needed.filter((variant) => !variantGroups.flat().includes(variant));
  const inOrder = [...groups.flat(), ...ungrouped];
  const beyond = request.combinations ? combinedRegimes.filter((regime) => !inOrder.includes(regime)) : [];
  const runs = new Map<string, PlannedRun>();
  for (const { epsilon, overrides } of epsilons)
    for (const group of [...groups, ungrouped, beyond])
      for (const seed of seeds)
        for (const variant of group) {
          const needing = needs.filter((each) => each.needs.some((need) => need.variant === variant));
          if (needing.length === 0 && !(request.combinations && isCombined(variant))) continue;
          const { regime } = variantNamed(variant);
          const attacks = attacksOf(regimeNamed(regime)).length > 0;
          const name = runNameOf(variant, attacks ? epsilon : undefined, seed);
          const known = runs.get(name);
          const resolved =
            known?.resolved ??
            configurationOf(scale, request.dataset, attacks ? overrides : [], variant, seed);
          const asked = needing.flatMap((each) => each.needs.filter((need) => need.variant === variant));
          const measurements = measurementsOf(scale, variant, seed, epsilon, [
            ...new Set(asked.map(({ what }) => what)),
          ]);
          runs.set(name, {
            ...{ name, variant, regime },
            ...(attacks ? { epsilon } : {}),
            seed,
            claims: needing.map(({ id }) => id),
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

const isCombined = (variant: string) => combinedRegimes.some((regime) => regime === variant);

export const runNameOf = (variant: string, epsilon: string | undefined, seed: number) =>
  [variant, ...(epsilon === undefined ? [] : [epsilon.replaceAll('/', '-')]), 'seed', seed].join('-');

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
      `there is no ${what}${unknown.join(', ')} at this scale: it has ${known.join(', ')}`,
    );
  return rows.filter((row) => wanted.includes(keyOf(row)));
}

/** @param epsilon The overrides of an epsilon. */
export function configurationOf(
  scale: Scale,
  dataset: string,
  epsilon: readonly string[],
  variant: string,
  seed: number,
): ResolvedConfiguration {
  const { regime, overrides } = variantNamed(variant);
  return resolveConfiguration({
    preset: scale.preset,
    assumed: [
      ...scale.overrides,
      `data.dataset=${dataset}`,
      ...epsilon,
      `regime.name=${regime}`,
      ...overrides,
      `seed=${seed}`,
    ],
  });
}

/** What statements need of a variant, in the order of costs, and of the first seed what is drawn. */
function measurementsOf(
  scale: Scale,
  variant: string,
  seed: number,
  epsilon: string,
  needed: readonly MeasurementName[],
): Measurement[] {
  const costs = measurementCosts(scale, variantNamed(variant).regime);
  const drawn = pictures
    .filter(({ variants }) => seed === 0 && variants.includes(variant))
    .map(({ analysis }) => analysis);
  const names = new Set<MeasurementName>(['evaluate', ...needed, ...drawn]);
  return [...names].map((what) => ({ what, epsilon, cost: costs[what] }));
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
  { attacks, examples, estimationImages, gap }: Scale,
  regime: RegimeName,
): Readonly<Record<MeasurementName, number>> {
  const cells = gridOf(regimeNamed(regime)).length;
  const [comparable] = attacks;
  const { steps: once } = namedAttack(comparable, 1);
  const steps = stepCost * once;
  const together = planAttacks(attacks, 1).attackRuns.reduce(
    (sum, { options }) => sum + options.steps * options.restarts * targetsOf(options),
    0,
  );
  const attacked = (images: number, count = cells, all = steps) => count * images * (1 + attackShare * all);
  const evaluated = examples.evaluated === 'all' ? wholeTestSet : examples.evaluated;
  return {
    evaluate: attacked(evaluated, Math.min(2, cells), stepCost * together),
    // The raw grid, then three types of sample through each of two AP.
    reestimate:
      attacked(examples.reestimated, cells + 6, stepCost * together) + 2 * estimationImages * (steps + 4),
    gap: gap.batches * gap.batchSize * (steps + 4) * 2,
    affine: 0,
    interpolate: attacked(examples.pictured, 5) + 5 * estimationImages,
    transfer: attacked(examples.pictured, cells) * 2,
    curve: attacked(examples.pictured, 2 * 5),
  };
}

const targetsOf = (options: object) =>
  'targets' in options && typeof options.targets === 'number' ? options.targets : 1;

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
