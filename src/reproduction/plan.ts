import { type ResolvedConfiguration, resolveConfiguration } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import type { RegimeName } from '../training/index.ts';
import { claims } from './hypotheses/paper-claims.ts';
import { questions } from './hypotheses/questions.ts';
import { type Hypothesis, needsOf, statementsOf } from './hypotheses/statements.ts';
import { knowsEpsilon, variantNamed } from './hypotheses/variants.ts';
import { measurementCosts, trainingCostOf } from './plan-costs.ts';
import { combinedRegimes, type MeasurementName, pictures, type Scale, variantGroups } from './scales.ts';

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
  /** What computes, where it is not what the scale says: decides the speed, and the last digits alone. */
  readonly engine?: Readonly<Partial<Record<'name' | 'device' | 'threads', string | number>>>;
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
          const run = plannedRun(scale, request, needs, variant, epsilon, seed, runs);
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
  request: PlanRequest,
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
  const resolved = known?.resolved ?? configurationOf(scale, request, epsilon, variant, seed);
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
  { dataset, engine = {} }: Pick<PlanRequest, 'dataset' | 'engine'>,
  { epsilon, overrides: sizes }: Scale['epsilons'][number],
  variant: string,
  seed: number,
): ResolvedConfiguration {
  const { regime, overrides, start } = variantNamed(variant);
  return resolveConfiguration({
    preset: scale.preset,
    assumed: [
      ...scale.overrides,
      ...Object.entries(engine).map(([key, value]) => `engine.${key}=${value}`),
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
