/**
 * The attacks that are built in, and the names that stand for their options. A library user hands in a longer list,
 * `[...attackTable, mine]`, wherever names are looked up.
 */
import { InputError } from '../errors.ts';
import { type AttackDefinition, type AttackForm, type AttackOptions, mostSteps } from './definition.ts';
import { noiseAttack } from './noise.ts';
import { type PgdOptions, pgdAttack } from './pgd.ts';
import { squareAttack } from './square.ts';

export type AttackTable = readonly AttackDefinition[];

/** To add an attack, add its definition here. */
export const attackTable: AttackTable = [pgdAttack, squareAttack, noiseAttack];

/** Every name with the number N in place of <N>. */
export const formsOf = (table: AttackTable): readonly string[] =>
  table.flatMap(({ forms }) => forms.map(({ form }) => form));

/** The names that are built in, as help and errors list them. */
export const attackForms = formsOf(attackTable);

/** @throws InputError that lists the attacks. */
export function definitionOf(name: string, table: AttackTable = attackTable): AttackDefinition {
  const found = table.find((definition) => definition.name === name);
  if (found) return found;
  throw new InputError(
    `there is no attack '${name}': use one of ${table.map((each) => each.name).join(', ')}`,
    [],
    {
      code: 'not-found',
    },
  );
}

/**
 * The options that a name such as 'pgd-10' stands for at an epsilon. Whether epsilon is in its range is checked where the
 * attack is run (checkAttack).
 *
 * @throws InputError that lists the names.
 */
export function namedAttack(name: string, epsilon: number, table: AttackTable = attackTable): AttackOptions {
  for (const { name: attack, defaults, forms } of table)
    for (const form of forms) {
      const steps = stepsIn(name, form);
      if (steps === undefined) continue;
      const own = { ...defaults(epsilon), ...form.options?.(epsilon) };
      return { ...own, ...(steps === 'fixed' ? {} : { steps }), name: attack, epsilon };
    }
  throw new InputError(`there is no attack '${name}'`, [
    {
      where: 'attacks',
      what: `use one of ${formsOf(table).join(', ')} with a number of steps from 1 to ${mostSteps} for <N>`,
    },
  ]);
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
