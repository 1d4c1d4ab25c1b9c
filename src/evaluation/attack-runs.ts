/**
 * Attacks by name, grouped by the run that they take. Attacks that differ in nothing but their number of steps take the same
 * steps from the same start, so that the longest shows what all of them find: PGD-10 is the first half of PGD-20.
 *
 * And what a run finds of single examples: kept while an evaluation goes on, so that one that was cut asks only for what is
 * missing. A result is a function of the network, the attack, the seed and the example; it does not matter when it was found,
 * or in which batch.
 */
import {
  type AttackDefinition,
  type AttackedExample,
  type AttackOptions,
  type AttackTable,
  definitionOf,
  type NormName,
  type NotFinite,
  namedAttack,
  norms,
} from '../attacks/index.ts';
import { InputError } from '../errors.ts';
import type { Cell } from '../nn/index.ts';

/** An attack that was asked for. */
export interface ReportedAttack {
  readonly name: string;
  /** Steps of the run after which it ends. */
  readonly steps: number;
}

export interface AttackRun {
  /** Of the longest of its attacks. */
  readonly options: AttackOptions;
  /** What it asks of a model. */
  readonly asks: AttackDefinition['asks'];
  /** All of its attacks, the shortest first. */
  readonly reported: readonly ReportedAttack[];
}

/**
 * The runs that show all of the named attacks, in the order of the names.
 *
 * @throws InputError for a name that is no attack, and for attacks of different norms: epsilon has one meaning at a time.
 */
export function groupAttacks(
  names: readonly string[],
  epsilon: number,
  attackTable?: AttackTable,
): AttackRun[] {
  const runs = new Map<string, AttackRun & { readonly reported: ReportedAttack[] }>();
  for (const name of new Set(names)) {
    const options = namedAttack(name, epsilon, attackTable);
    const definition = definitionOf(options.name, attackTable);
    const { asks } = definition;
    const key = JSON.stringify(definition.anytime(options) ? { ...options, steps: undefined } : options);
    const { reported = [], ...known } = runs.get(key) ?? { options };
    reported.push({ name, steps: options.steps });
    const longest = options.steps > known.options.steps ? options : known.options;
    runs.set(key, { options: longest, asks, reported: reported.sort((a, b) => a.steps - b.steps) });
  }
  const found = [...runs.values()];
  const ofNorms = new Set(found.map(({ options }) => options.norm));
  if (ofNorms.size > 1)
    throw new InputError(
      `the attacks ${names.join(', ')} are of the norms ${[...ofNorms].join(' and ')}; evaluate one norm at a time, each with an epsilon of its own`,
    );
  return found;
}

/** The one norm of all runs; without a run, the usual one. */
export function normOf([first]: readonly AttackRun[]): NormName {
  return first?.options.norm ?? 'linf';
}

/** A run goes by the name of its longest attack. */
export const runName = ({ reported }: AttackRun): string => reported.at(-1)?.name ?? '';

export interface ExampleResult {
  /** The step after which the example was misclassified first; -1 where none did it. */
  readonly firstMisclassified: number;
  /** Whether it met a gradient of nothing but zeros. */
  readonly zeroGradient: boolean;
  /** What was not finite, where it ended for that. */
  readonly notFinite: NotFinite;
  /** How far its perturbation is larger than epsilon; 0 where it is not. */
  readonly beyondEpsilon: number;
  /** How far a pixel is outside [0, 1] at the most. */
  readonly beyondRange: number;
}

/** Results by cell and run; what keeps them beyond the process is not its owner's concern. */
export interface PartialResults {
  /** What is known already, by index in the data set. */
  known(cell: Cell, run: string): ReadonlyMap<number, ExampleResult>;
  add(cell: Cell, run: string, index: number, result: ExampleResult): void;
}

/** Of an example that an attack is done with, and its clean image [C, H, W]. */
export function exampleResultOf(
  { options: { norm, epsilon } }: AttackRun,
  clean: Float32Array,
  { adversarial, firstMisclassified, zeroGradientSteps, notFinite }: AttackedExample,
): ExampleResult {
  let beyondRange = 0;
  const perturbation = adversarial.map((value, at) => {
    beyondRange = Math.max(beyondRange, -value, value - 1);
    return value - clean[at];
  });
  const beyondEpsilon = Math.max(0, norms[norm].size(perturbation) - epsilon);
  return { firstMisclassified, zeroGradient: zeroGradientSteps > 0, notFinite, beyondEpsilon, beyondRange };
}
