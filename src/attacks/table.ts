/**
 * The attacks that are built in, and the names that stand for their options. A library user hands in a longer list,
 * `[...attackTable, mine]`, wherever names are looked up.
 */
import { InputError } from '../errors.ts';
import { apgdAttack } from './apgd.ts';
import { targetedApgdAttack } from './apgd-targeted.ts';
import { ddnAttack } from './ddn.ts';
import { type AttackDefinition, type AttackForm, type AttackOptions, mostSteps } from './definition.ts';
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
  const names = table.map((definition) => definition.name).join(', ');
  throw new InputError(`there is no attack '${name}': use one of ${names}`, [], { code: 'not-found' });
}

/**
 * The options that a name such as 'pgd-10' stands for at an epsilon. Whether epsilon is in its range is checked where the
 * attack is run (checkAttack).
 *
 * @param alsoAllowed Names that are looked up elsewhere, for the error.
 * @throws InputError that lists the names, and where two attacks of a list take the name.
 */
export function namedAttack(
  name: string,
  epsilon: number,
  table: AttackTable = attackTable,
  alsoAllowed: readonly string[] = [],
): AttackOptions {
  const found = table.flatMap((definition) =>
    definition.forms.flatMap((form) => {
      const steps = stepsIn(name, form);
      return steps === undefined ? [] : [{ definition, form, steps }];
    }),
  );
  if (found.length > 1) {
    const attacks = found.map(({ definition, form }) => `${form.form} of ${definition.name}`);
    throw new InputError(`the name '${name}' stands for ${attacks.join(' and ')}: give one another name`);
  }
  const [meant] = found;
  if (!meant)
    throw new InputError(`there is no attack '${name}'`, [
      {
        where: 'attacks',
        what: `use one of ${[...formsOf(table), ...alsoAllowed].join(', ')} with a number of steps from 1 to ${mostSteps} for <N>`,
      },
    ]);
  const { definition, form, steps } = meant;
  const own = { ...definition.defaults(epsilon), ...form.options?.(epsilon) };
  return { ...own, ...(steps === 'fixed' ? {} : { steps }), name: definition.name, epsilon };
}

/** The number of steps in a name of a form; undefined where the name is not of that form. */
function stepsIn(name: string, { form }: AttackForm): number | 'fixed' | undefined {
  const [before, after] = form.split('<N>');
  if (after === undefined) return name === form ? 'fixed' : undefined;
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  const number = name.slice(before.length, name.length - after.length);
  if (!/^[1-9]\d{0,9}$/.test(number) || Number(number) > mostSteps) return undefined;
  return Number(number);
}

/** @throws InputError that lists every option outside its range. */
export function checkAttack(options: AttackOptions, table: AttackTable = attackTable): void {
  definitionOf(options.name, table).complete(options);
}

/**
 * The options of an attack that is nothing but an ascent from a start, so that it can be unrolled into a graph: PGD in all of
 * its forms, and noise, which takes no step.
 *
 * @throws InputError for any other attack.
 */
export function ascentOptions(options: AttackOptions): PgdOptions {
  if (options.name === pgdAttack.name) return pgdAttack.complete(options);
  if (options.name === noiseAttack.name) {
    const { norm, epsilon, restarts, start } = noiseAttack.complete(options);
    return pgdAttack.complete({ norm, epsilon, restarts, steps: 0, ...{ start, stepSize: 0 } });
  }
  throw new InputError(
    `${options.name} is no ascent that follows gradients, which this needs: use ${formsOf([pgdAttack]).join(', ')}`,
  );
}
