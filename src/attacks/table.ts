/**
 * The attacks that are built in. A library user hands in a longer list, `[...attackTable, mine]`, wherever names are looked up;
 * what a name stands for is in names.ts.
 */
import { InputError } from '../errors.ts';
import { didYouMean } from '../suggestions.ts';
import { apgdAttack } from './apgd.ts';
import { targetedApgdAttack } from './apgd-targeted.ts';
import { ddnAttack } from './ddn.ts';
import type { AttackDefinition, AttackOptions } from './definition.ts';
import { fabAttack, targetedFabAttack } from './fab.ts';
import { fmnAttack } from './fmn.ts';
import { noiseAttack } from './noise.ts';
import { type PgdOptions, pgdAttack } from './pgd.ts';
import { squareAttack } from './square.ts';

export type AttackTable = readonly AttackDefinition[];

/** To add an attack, add its definition here. */
export const attackTable: AttackTable = [
  pgdAttack,
  apgdAttack,
  targetedApgdAttack,
  fabAttack,
  targetedFabAttack,
  ddnAttack,
  fmnAttack,
  squareAttack,
  noiseAttack,
];

/** Every name with the number N in place of <N>. */
export const formsOf = (table: AttackTable): readonly string[] =>
  table.flatMap(({ forms }) => forms.map(({ form }) => form));

/** The names that are built in, as help and errors list them. */
export const attackForms = formsOf(attackTable);

/** @throws InputError that lists the attacks, and where two attacks of a list have one name. */
export function definitionOf(name: string, table: AttackTable = attackTable): AttackDefinition {
  const [found, ...others] = table.filter((definition) => definition.name === name);
  if (others.length > 0) throw new InputError(`two attacks are called '${name}': give one another name`);
  if (found) return found;
  const names = table.map((definition) => definition.name);
  throw new InputError(
    `there is no attack '${name}': use one of ${names.join(', ')}${didYouMean(name, names)}`,
    [],
    { code: 'not-found' },
  );
}

/** @throws InputError that lists every option outside its range. */
export function checkAttack(options: AttackOptions, table: AttackTable = attackTable): void {
  definitionOf(options.name, table).complete(options);
}

/**
 * The options of an attack that is nothing but one ascent from a start, so that it can be unrolled into a graph: PGD in all of
 * its forms but towards a class, and noise, which takes no step.
 *
 * @throws InputError for any other attack, for a target and for restarts.
 */
export function ascentOptions(options: AttackOptions): PgdOptions {
  const ascent = ascentOf(options);
  if (ascent.target !== undefined || ascent.restarts > 1) {
    const what = ascent.restarts > 1 ? 'several starts' : 'a target';
    throw new InputError(
      `an attack with ${what} is no single ascent away from the label, which this needs: use ${formsOf([pgdAttack]).join(', ')}`,
    );
  }
  return ascent;
}

function ascentOf(options: AttackOptions): PgdOptions {
  if (options.name === pgdAttack.name) return pgdAttack.complete(options);
  if (options.name === noiseAttack.name) {
    const { norm, epsilon, restarts, start } = noiseAttack.complete(options);
    return pgdAttack.complete({ norm, epsilon, restarts, steps: 0, ...{ start, stepSize: 0 } });
  }
  throw new InputError(
    `${options.name} is no ascent that follows gradients, which this needs: use ${formsOf([pgdAttack]).join(', ')}`,
  );
}
