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
import { questions } from './questions.ts';
import { combinedRegimes, type MeasurementName, pictures, type Scale, variantGroups } from './scales.ts';
import { type Hypothesis, needsOf, statementsOf } from './statements.ts';
import { knowsEpsilon, variantNamed } from './variants.ts';

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
  /** The run whose network it starts from. */
  readonly start?: PlannedRun;
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
  /** Ids; default all, and none where questions are asked for. */
  readonly claims?: readonly string[];
  /** Experiments on what the paper leaves open: all, or some by their ids. Default none. */
  readonly questions?: true | readonly string[];
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
  const hypotheses = [
    ...(request.questions && !request.claims ? [] : chosen(claims, ({ id }) => id, request.claims, '')),
    ...(request.questions ? chosen(questions, ({ id }) => id, listOf(request.questions), '') : []),
  ];
  const needs = needsIn(hypotheses);
  const runs = new Map<string, PlannedRun>();
  for (const epsilon of epsilons)
    for (const group of groupsOf(needs, request.combinations === true))
      for (const seed of seeds)
        for (const variant of group) {
          const run = plannedRun(scale, request.dataset, needs, variant, epsilon, seed, runs);
          runs.set(run.name, run);
        }
  return {
    request,
    dataset: request.dataset,
    seeds,
    epsilons: epsilons.map(({ epsilon }) => epsilon),
    claims: hypotheses,
    runs: [...runs.values()],
  };
}

const listOf = (asked: true | readonly string[]) => (asked === true ? undefined : asked);

interface Need {
  /** Of the hypothesis. */
  readonly id: string;
  readonly variant: string;
  readonly what: MeasurementName;
}

/** What hypotheses need, and what that starts from. */
function needsIn(hypotheses: readonly Hypothesis[]): Need[] {
  const direct = hypotheses.flatMap((hypothesis) =>
    statementsOf(hypothesis)
      .flatMap(needsOf)
      .map((need): Need => ({ id: hypothesis.id, ...need })),
  );
  const starts = direct.flatMap(({ id, variant }): Need[] => {
    const { start } = variantNamed(variant);
    return start === undefined ? [] : [{ id, variant: start, what: 'evaluate' }];
  });
  return [...direct, ...starts];
}

/** In the order of training; a variant of several groups is of the first. */
function groupsOf(needs: readonly Need[], combinations: boolean): (readonly string[])[] {
  const needed = [...new Set(needs.map(({ variant }) => variant))];
  const wanted = (variant: string) => needed.includes(variant) || (combinations && isCombined(variant));
  // What others start from comes before them.
  const byStart = (a: string, b: string) =>
    Number(variantNamed(a).start !== undefined) - Number(variantNamed(b).start !== undefined);
  const ungrouped = needed.filter((variant) => !variantGroups.flat().includes(variant)).sort(byStart);
  const all = [...variantGroups, ungrouped, combinedRegimes];
  return all.map((group, at) =>
    group.filter(
      (variant) => wanted(variant) && !all.slice(0, at).some((before) => before.includes(variant)),
    ),
  );
}

/** With what is measured at this epsilon added to what it is measured for at others. */
function plannedRun(
  scale: Scale,
  dataset: string,
  needs: readonly Need[],
  variant: string,
  epsilon: Scale['epsilons'][number],
  seed: number,
  runs: ReadonlyMap<string, PlannedRun>,
): PlannedRun {
  const { regime, start } = variantNamed(variant);
  const place = knowsEpsilon(variant) ? epsilon.epsilon : undefined;
  const name = runNameOf(variant, place, seed);
  const known = runs.get(name);
  const resolved = known?.resolved ?? configurationOf(scale, dataset, epsilon, variant, seed);
  const from = start === undefined ? undefined : runs.get(startNameOf(start, epsilon.epsilon, seed));
  const needing = needs.filter((need) => need.variant === variant);
  const measurements = measurementsOf(scale, variant, seed, epsilon.epsilon, [
    ...new Set(needing.map(({ what }) => what)),
  ]);
  return {
    ...{ name, variant, regime },
    ...(place === undefined ? {} : { epsilon: place }),
    seed,
    claims: [...new Set(needing.map(({ id }) => id))],
    ...(from ? { start: from } : {}),
    resolved,
    trainingCost: trainingCostOf(resolved.configuration),
    measurements: [...(known?.measurements ?? []), ...measurements],
  };
}

const isCombined = (variant: string) => combinedRegimes.some((regime) => regime === variant);

const startNameOf = (start: string, epsilon: string, seed: number) =>
  runNameOf(start, knowsEpsilon(start) ? epsilon : undefined, seed);

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

export function configurationOf(
  scale: Scale,
  dataset: string,
  { epsilon, overrides: sizes }: Scale['epsilons'][number],
  variant: string,
  seed: number,
): ResolvedConfiguration {
  const { regime, overrides, start } = variantNamed(variant);
  return resolveConfiguration({
    preset: scale.preset,
    assumed: [
      ...scale.overrides,
      `data.dataset=${dataset}`,
      ...(knowsEpsilon(variant) ? sizes : []),
      `regime.name=${regime}`,
      ...overrides,
      ...(scale.variantOverrides?.[variant] ?? []),
      // Its neighbour, by name: where both are does not matter.
      ...(start === undefined ? [] : [`init.run=${startNameOf(start, epsilon, seed)}`]),
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
    // One network a layer and end; a few sets of channels.
    exchange: attacked(examples.looked, 2 * 20),
    channels: attacked(examples.looked, 10),
    gauge: attacked(examples.looked, 4),
    shift: 2 * gap.batches * gap.batchSize * (2 * steps + 6),
    displace: attacked(examples.looked, 30),
    'ns-error': attacked(examples.looked, 3 * cells) + 2 * estimationImages * (steps + 2),
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
