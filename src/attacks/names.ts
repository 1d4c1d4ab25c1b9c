/**
 * What the name of an attack stands for: one grammar for all of them, so that what one attack can be asked for in a name is
 * written alike in all.
 *
 *   name  =  form  [suffix of the attack]  [-x<R>]            pgd-20    fgsm-least-likely    margin-20-to-3-x5    apgd-ce-x5
 *
 * Forms and suffixes are the attacks' own (definition.ts); -x<R>, for R starts, is for every attack that draws at random.
 */
import { InputError } from '../errors.ts';
import { nearest } from '../suggestions.ts';
import {
  type AttackDefinition,
  type AttackForm,
  type AttackOptions,
  type AttackSuffix,
  mostRestarts,
  mostSteps,
  sameAgain,
} from './definition.ts';
import { attackSuites, suiteNamed } from './suites.ts';
import { type AttackTable, attackTable, definitionOf, formsOf } from './table.ts';

/** A name and a line for each form, and for each suffix behind an ellipsis: '...-x<R>'. */
export function namedForms(table: AttackTable = attackTable): { name: string; summary: string }[] {
  const suffixes = table.flatMap(({ suffixes, name }) =>
    suffixes.map(({ suffix, summary }) => ({ name: `...${suffix}`, summary: `of ${name}: ${summary}` })),
  );
  const forms = table.flatMap(({ forms }) => forms.map(({ form: name, summary }) => ({ name, summary })));
  return [...forms, ...suffixes, { name: '...-x<R>', summary: 'of all that draw at random: R starts' }];
}

interface Meaning {
  readonly definition: AttackDefinition;
  readonly form: AttackForm;
  readonly suffix: AttackSuffix | undefined;
  readonly steps: number | undefined;
  readonly class: number | undefined;
  readonly restarts: number | undefined;
}

/** A name's form and suffix as a pattern, with its numbers as groups. */
const patternOf = (form: string, suffix: string) =>
  new RegExp(
    `^${(form + suffix)
      .split(/(<[NC]>)/)
      .map((part) => numbers[part] ?? part.replace(/[^\w-]/g, '\\$&'))
      .join('')}(?:-x(?<restarts>[1-9]\\d{0,9}))?$`,
  );
const numbers: Readonly<Record<string, string>> = {
  '<N>': '(?<steps>[1-9]\\d{0,9})',
  '<C>': '(?<class>0|[1-9]\\d{0,9})',
};

function meaningsOf(name: string, definition: AttackDefinition): Meaning[] {
  return definition.forms.flatMap((form) =>
    [undefined, ...definition.suffixes].flatMap((suffix) => {
      const match = patternOf(form.form, suffix?.suffix ?? '').exec(name);
      if (!match) return [];
      const numberIn = (group: string) => {
        const text = match.groups?.[group];
        return text === undefined ? undefined : Number(text);
      };
      const [steps, restarts] = [numberIn('steps'), numberIn('restarts')];
      if ((steps ?? 0) > mostSteps || (restarts ?? 2) > mostRestarts || restarts === 1) return [];
      return [{ definition, form, suffix, steps, class: numberIn('class'), restarts }];
    }),
  );
}

/**
 * The options that a name such as 'pgd-10' stands for at an epsilon. Whether epsilon is in its range is checked where the
 * attack is run (checkAttack).
 *
 * @param alsoAllowed Names that are looked up elsewhere, for the error.
 * @throws InputError that lists the names, where two attacks of a list take the name, and for restarts of an attack that
 *   draws nothing.
 */
export function namedAttack(
  name: string,
  epsilon: number,
  table: AttackTable = attackTable,
  alsoAllowed: readonly string[] = [],
): AttackOptions {
  const [meant, ...others] = table.flatMap((definition) => meaningsOf(name, definition));
  if (meant && others.length > 0) {
    const attacks = [meant, ...others].map(({ definition, form }) => `${form.form} of ${definition.name}`);
    throw new InputError(`the name '${name}' stands for ${attacks.join(' and ')}: give one another name`);
  }
  if (!meant) {
    const forms = [...formsOf(table), ...alsoAllowed];
    throw new InputError(`there is no attack '${name}'${didYouMeanForm(name, forms)}`, [
      {
        where: 'attacks',
        what: `use one of ${forms.join(', ')} with a number of steps from 1 to ${mostSteps} for <N>, with ${suffixesOf(table)} behind it or not`,
      },
    ]);
  }
  const { definition, form, suffix, steps, restarts } = meant;
  const options: AttackOptions = {
    ...definition.defaults(epsilon),
    ...form.options?.(epsilon),
    ...suffix?.options(meant.class),
    ...(steps !== undefined && { steps }),
    ...(restarts !== undefined && { restarts }),
    name: definition.name,
    epsilon,
  };
  if (restarts !== undefined && !takesRestarts(definition, options))
    throw new InputError(`the attack '${name}' cannot be restarted: ${sameAgain}; leave out -x${restarts}`);
  return options;
}

/** As didYouMean, of forms with the number that the name has, or without one: pgd-20 for pgd20, pgd-<N> for pgd. */
function didYouMeanForm(name: string, forms: readonly string[]): string {
  const number = /[1-9]\d*/.exec(name)?.[0];
  const near = forms.map((form) =>
    number === undefined
      ? { written: form.replace('-<N>', ''), form }
      : { written: form.replace('<N>', number), form: form.replace('<N>', number) },
  );
  const written = nearest(
    name,
    near.map((each) => each.written),
  );
  const found = near.find((each) => each.written === written);
  return found === undefined ? '' : `; did you mean ${found.form}?`;
}

const suffixesOf = (table: AttackTable) =>
  [
    ...table.flatMap(({ suffixes }) => suffixes.map(({ suffix }) => suffix)),
    `-x<R> (2 to ${mostRestarts})`,
  ].join(', ');

/** At an epsilon that every attack takes, so that it decides nothing. */
const takesRestarts = (definition: AttackDefinition, options: AttackOptions) =>
  definition.draws(definition.complete({ ...options, epsilon: 0, restarts: 1 }));

/**
 * The names of the attacks with so many restarts, of all that draw at random and say no number of restarts themselves. Suites
 * have restarts of their own.
 *
 * @throws InputError for a number outside its range, for a name that is none, and where there is none that draws.
 */
export function withRestarts(
  names: readonly string[],
  restarts: number,
  table: AttackTable = attackTable,
): string[] {
  if (!Number.isInteger(restarts) || restarts < 1 || restarts > mostRestarts)
    throw new InputError(`restarts: expected a whole number from 1 to ${mostRestarts}, found ${restarts}`);
  const taking = names.map((name) => {
    if (suiteNamed(name, 0, attackSuites, table)) return false;
    const options = namedAttack(name, 0, table);
    return options.restarts === 1 && takesRestarts(definitionOf(options.name, table), options);
  });
  if (restarts > 1 && !taking.includes(true))
    throw new InputError(
      `restarts are for attacks that draw at random and have no number of their own: of ${names.join(', ')} none is, so leave restarts out`,
    );
  return names.map((name, at) => (restarts === 1 || !taking[at] ? name : `${name}-x${restarts}`));
}
