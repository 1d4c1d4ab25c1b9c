/**
 * What an evaluation at one epsilon need not ask again.
 *
 * Balls lie in each other, so that an example that is broken at one epsilon is broken at every larger one. And attacks that seek the
 * nearest adversarial image say in one run at which epsilons an example is broken.
 */
import {
  type AttackTable,
  attack,
  definitionOf,
  type Examples,
  isWithin,
  type Model,
  type NotFinite,
} from '../../attacks/index.ts';
import {
  type AttackPlan,
  type AttackRun,
  type ExampleResult,
  isBroken,
  type PartialResults,
} from '../../evaluation/index.ts';
import { type Cell, cellLabel } from '../../nn/index.ts';

type Results = Map<number, ExampleResult>;

const keyOf = (cell: Cell, run: string) => `${cellLabel(cell)}, ${run}`;

/**
 * Results of evaluations at rising epsilons: those of examples that were broken. Where several attacks share a run, only what the one of
 * the fewest steps broke is known of all.
 */
export function brokenBefore({ asked }: AttackPlan): PartialResults {
  const found = new Map<string, Results>();
  const fewestSteps = new Map<string, number>();
  for (const { run, options } of asked.flatMap(({ stages }) => stages)) {
    const known = fewestSteps.get(run.name) ?? Number.POSITIVE_INFINITY;
    fewestSteps.set(run.name, Math.min(known, options.steps));
  }
  return {
    known: (cell, run) => found.get(keyOf(cell, run)) ?? new Map(),
    add(cell, run, index, result) {
      if (!isBroken(result, fewestSteps.get(run) ?? 0)) return;
      const results = found.get(keyOf(cell, run)) ?? new Map<number, ExampleResult>();
      found.set(keyOf(cell, run), results.set(index, result));
    },
  };
}

/** What one run found of an example. */
interface Found {
  readonly distance: number;
  readonly zeroGradient: boolean;
  readonly notFinite: NotFinite;
}

/** Results at any epsilon, of one run of attacks that seek the nearest adversarial image. */
export interface KnownDistances {
  /** Of an epsilon; undefined where the run looks in a ball. */
  at(epsilon: number): (cell: Cell, run: string) => ReadonlyMap<number, ExampleResult> | undefined;
}

export interface DistanceSettings {
  readonly batchSize?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly attackTable?: AttackTable | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Whether an attack seeks the nearest adversarial image. */
export function seeksNearest({ options }: AttackRun, { network }: Model, table?: AttackTable): boolean {
  return definitionOf(options.name, table).search(options, network).minimalNorm !== undefined;
}

/** Run attacks that seek the nearest image once for every model. */
export async function knownDistances(
  models: readonly Model[],
  runs: readonly AttackRun[],
  examples: Required<Examples>,
  { onProgress, ...settings }: DistanceSettings,
): Promise<KnownDistances> {
  const known = new Map<string, Map<number, Found>>();
  for (const model of models)
    for (const run of runs) {
      const before = known.size * examples.labels.length;
      const found = await distancesOf(model, run, examples, {
        ...settings,
        onProgress: (done) => onProgress?.(before + done),
      });
      known.set(keyOf(model.cell, run.name), found);
    }
  return {
    at: (epsilon) => (cell, run) => {
      const found = known.get(keyOf(cell, run));
      return found && new Map([...found].map(([index, each]) => [index, resultAt(each, epsilon)]));
    },
  };
}

async function distancesOf(
  model: Model,
  { options }: AttackRun,
  examples: Required<Examples>,
  { onProgress, ...settings }: DistanceSettings,
): Promise<Map<number, Found>> {
  const run = attack(model, options, { ...settings, onProgress: (done) => onProgress?.(done) });
  try {
    const { distance, zeroGradientSteps, notFinite } = await run(examples);
    return new Map(
      Array.from(examples.indices, (index, at) => [
        index,
        {
          distance: distance?.[at] ?? Number.POSITIVE_INFINITY,
          zeroGradient: zeroGradientSteps[at] > 0,
          notFinite: notFinite[at],
        },
      ]),
    );
  } finally {
    await run.dispose();
  }
}

/** As an evaluation at this epsilon would find it; the image that counts is within epsilon and [0, 1] as the attack keeps it. */
const resultAt = ({ distance, zeroGradient, notFinite }: Found, epsilon: number): ExampleResult => ({
  firstMisclassified: isWithin(distance, epsilon) ? 0 : -1,
  ...{ zeroGradient, notFinite, beyondEpsilon: 0, beyondRange: 0, fault: 'none' },
});
