/**
 * Attacks by name, grouped by the path they take. Attacks that differ in nothing but their number of steps walk the same
 * path from the same start, so that the longest shows what all of them find: PGD-10 is the first half of PGD-20.
 */
import { type AttackOptions, type NormName, namedAttack } from '../attacks/index.ts';
import { InputError } from '../errors.ts';

/** An attack that was asked for. */
export interface ReportedAttack {
  readonly name: string;
  /** Steps of the path after which it ends. */
  readonly steps: number;
}

export interface AttackRun {
  /** The longest of its attacks. */
  readonly options: AttackOptions;
  /** All of its attacks, the shortest first. */
  readonly reported: readonly ReportedAttack[];
}

/**
 * The paths that go through all of the named attacks, in the order of the names.
 *
 * @throws InputError for a name that is no attack, and for attacks of different norms: epsilon has one meaning at a time.
 */
export function groupAttacks(names: readonly string[], epsilon: number): AttackRun[] {
  const paths = new Map<string, { options: AttackOptions; reported: ReportedAttack[] }>();
  for (const name of new Set(names)) {
    const options = namedAttack(name, epsilon);
    const { steps, ...path } = options;
    // The steps of a search shrink with their number, so that a shorter one is not the beginning of a longer.
    const key = JSON.stringify(options.search ? options : path);
    const known = paths.get(key) ?? { options, reported: [] };
    known.reported.push({ name, steps });
    if (steps > known.options.steps) known.options = options;
    paths.set(key, known);
  }
  const found = [...paths.values()];
  const norms = new Set(found.map(({ options }) => options.norm));
  if (norms.size > 1)
    throw new InputError(
      `the attacks ${names.join(', ')} are of the norms ${[...norms].join(' and ')}; evaluate one norm at a time, each with an epsilon of its own`,
    );
  return found.map(({ options, reported }) => ({
    options,
    reported: reported.sort((a, b) => a.steps - b.steps),
  }));
}

/** The one norm of all paths; without a path, the usual one. */
export function normOf([first]: readonly AttackRun[]): NormName {
  return first?.options.norm ?? 'linf';
}
