/**
 * From claims and a scale to the runs that deciding them takes, in the order in which they tell most: what to train, what
 * to measure of it, and what each piece costs. Looks at no file and trains nothing.
 */
import { namedAttack } from '../attacks/index.ts';
import {
  type Configuration,
  type ResolvedConfiguration,
  resolveConfiguration,
} from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { gridOf } from '../nn/index.ts';
import { attacksOf, type RegimeName, regimeNamed } from '../training/index.ts';
import { type Claim, claims, type Statement } from './claims.ts';
import { combined } from './combinations.ts';
import { regimeGroups, type Scale, type ScaleAnalysis, scaleAnalyses } from './scales.ts';

/** One measurement of a trained network, at one epsilon. */
export interface Measurement {
  readonly what: 'evaluate' | ScaleAnalysis;
  readonly epsilon: string;
  /** In image passes: one image once through the network; a pass that is differentiated counts two more. */
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
  /** With the combinations of NS and AP that no claim needs (combinations.ts), after the others. */
  readonly combinations?: boolean;
}

export interface Plan {
  readonly dataset: string;
  readonly seeds: readonly number[];
  readonly epsilons: readonly string[];
  readonly claims: readonly Claim[];
  readonly runs: readonly PlannedRun[];
}

/** The images of a whole training set, where a scale takes all: those of CIFAR-10, near enough to plan with. */
const wholeTrainingSet = 50_000;
const wholeTestSet = 10_000;
// An attack that stops early costs about half of its steps; a step is a pass and its gradient towards the image.
const attackShare = 0.5;
const stepCost = 2;
const trainedPassCost = 3;

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
  const beyond = request.combinations ? combined.filter((regime) => !inClaims.includes(regime)) : [];
  const groups = [...regimeGroups, beyond];
  // One run serves every epsilon, so its configuration cannot hang on which of them are asked for.
  const [{ overrides: unattacked }] = scale.epsilons;
  const runs = new Map<string, PlannedRun>();
  for (const { epsilon, overrides } of epsilons)
    for (const group of groups)
      for (const seed of seeds)
        for (const regime of group) {
          const needing = wanted.filter(({ statements }) =>
            statements.some((statement) => regimesOf(statement).includes(regime)),
          );
          if (needing.length === 0 && !(request.combinations && combined.includes(regime))) continue;
          const attacks = attacksOf(regimeNamed(regime)).length > 0;
          const name = runNameOf(regime, attacks ? epsilon : undefined, seed);
          const known = runs.get(name);
          const resolved =
            known?.resolved ??
            configurationOf(scale, request.dataset, attacks ? overrides : unattacked, regime, seed);
          const measurements = measurementsOf(scale, regime, seed, epsilon, attacks);
          runs.set(name, {
            name,
            regime,
            ...(attacks ? { epsilon } : {}),
            seed,
            claims: needing.map(({ number }) => number),
            resolved,
            trainingCost: trainingCost(resolved.configuration),
            measurements: [...(known?.measurements ?? []), ...measurements],
          });
        }
  return {
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

function trainingCost({ regime: { name }, data, epochs, attack }: Configuration): number {
  const regime = regimeNamed(name);
  const images = data.trainExamples === 'all' ? wholeTrainingSet : data.trainExamples;
  const steps = attacksOf(regime).length * attack.steps * stepCost;
  return epochs * images * (steps + regime.passes.length * trainedPassCost);
}

function measurementsOf(
  scale: Scale,
  regime: RegimeName,
  seed: number,
  epsilon: string,
  attacks: boolean,
): Measurement[] {
  const { examples, estimationImages, gap } = scale;
  const cells = gridOf(regimeNamed(regime)).length;
  const attack = stepCost * namedAttack(scale.attack, 1).steps;
  const evaluationCells = (images: number, count = cells) => count * images * (1 + attackShare * attack);
  const evaluated = examples.evaluated === 'all' ? wholeTestSet : examples.evaluated;
  const costs: Readonly<Record<Measurement['what'], number>> = {
    evaluate: evaluationCells(evaluated),
    // The raw grid, then three types of sample through each of two AP.
    reestimate: evaluationCells(examples.reestimated, cells + 6) + 2 * estimationImages * (attack + 4),
    gap: gap.batches * gap.batchSize * (attack + 4) * 2,
    affine: 0,
    interpolate: evaluationCells(examples.pictured, 5) + 5 * estimationImages,
    transfer: evaluationCells(examples.pictured, cells) * 2,
    curve: evaluationCells(examples.pictured, 2 * 5),
  };
  const analyses = scaleAnalyses
    .filter(({ regimes, seeds }) => regimes.includes(regime) && (seeds === 'all' || seed === 0))
    .map(({ analysis }) => analysis);
  // What never met an attack has no robustness worth a table; its gap is the paper's.
  const evaluations = attacks ? (['evaluate'] as const) : [];
  return [...evaluations, ...analyses].map((what) => ({ what, epsilon, cost: costs[what] }));
}
