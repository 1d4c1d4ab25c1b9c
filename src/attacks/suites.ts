/**
 * Suites: attacks in order, each on the examples that all before it left standing. The result is the worst of them for each example,
 * and since an attack does to an example the same in whatever company, it is the same as that of all attacks on all examples.
 *
 * AutoAttack's versions (Croce & Hein 2020, arXiv 2003.01690; fra31/auto-attack) are listed here as data. A suite says what is run;
 * running it is for the evaluation room.
 */
import { InputError } from '../errors.ts';
import type { AttackGiven, AttackOptions } from './definition.ts';
import type { NormName } from './norms.ts';
import { type AttackTable, attackTable, definitionOf } from './table.ts';

export interface SuiteStage {
  /** How it is called in the suite, where it is the only one of its name. */
  readonly stage: string;
  /** The attack and its options; those left out have their defaults, norm and epsilon are the suite's. */
  readonly options: Omit<AttackGiven, 'norm' | 'epsilon'> & Readonly<Record<string, unknown>>;
}

export interface AttackSuite {
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  /** Those it is defined in. In L-infinity it goes by its name, in another norm by `NAME-NORM`. */
  readonly norms: readonly NormName[];
  readonly stages: (norm: NormName) => readonly SuiteStage[];
}

export type SuiteTable = readonly AttackSuite[];

type Options = Readonly<Record<string, number>>;

const apgd = (loss: 'ce' | 'dlr', more: Options): SuiteStage => ({
  stage: `apgd-${loss}`,
  options: { name: 'apgd', loss, ...more },
});
const apgdTargeted = (targets: number): SuiteStage => ({
  stage: 'apgd-t',
  options: { name: 'apgd-t', targets },
});
const fab = (restarts: number): SuiteStage => ({ stage: 'fab', options: { name: 'fab', restarts } });
const fabTargeted: SuiteStage = { stage: 'fab-t', options: { name: 'fab-t', targets: 9 } };
const square: SuiteStage = { stage: 'square-5000', options: { name: 'square', steps: 5000 } };

/** The first half of AutoAttack's standard version, in L1 with the settings of Croce & Hein 2021 (arXiv 2103.01208). */
const apgdOfStandard = (norm: NormName): readonly SuiteStage[] =>
  norm === 'l1'
    ? [apgd('ce', { restarts: 5 }), apgdTargeted(5)]
    : [apgd('ce', { restarts: 1 }), apgdTargeted(9)];

/** To add a suite, add it here. */
export const attackSuites: SuiteTable = [
  {
    name: 'aa',
    summary: "AutoAttack's standard version: apgd-ce, apgd-t, fab-t, square-5000 (Croce & Hein 2020)",
    norms: ['linf', 'l2', 'l1'],
    stages: (norm) => [...apgdOfStandard(norm), fabTargeted, square],
  },
  {
    name: 'aa-plus',
    summary:
      "AutoAttack's version plus: apgd-ce, apgd-dlr and fab with 5 restarts, square-5000, apgd-t, fab-t",
    norms: ['linf', 'l2'],
    stages: () => [
      ...[apgd('ce', { restarts: 5 }), apgd('dlr', { restarts: 5 }), fab(5), square],
      ...[apgdTargeted(9), fabTargeted],
    ],
  },
  {
    name: 'aa-rand',
    summary: 'AutoAttack for networks that answer at random: apgd-ce, apgd-dlr, gradients over 20 passes',
    norms: ['linf', 'l2'],
    stages: () => [apgd('ce', { restarts: 1, eot: 20 }), apgd('dlr', { restarts: 1, eot: 20 })],
  },
  {
    name: 'aa-fast',
    summary: 'apgd-ce, then apgd-t on what is left: the first half of AutoAttack, and not the whole',
    norms: ['linf', 'l2', 'l1'],
    stages: apgdOfStandard,
  },
];

/** What a document has characters for. */
const mostStages = 35;

/** What a suite is called in a norm. */
export const formIn = (name: string, norm: NormName) => (norm === 'linf' ? name : `${name}-${norm}`);

/** Every name of a list of suites, with a line of documentation. */
export const suiteFormsOf = (suites: SuiteTable) =>
  suites.flatMap(({ name, summary, norms }) =>
    norms.map((norm, at) => ({
      form: formIn(name, norm),
      summary: at === 0 ? summary : `the same in ${norm.toUpperCase()}`,
    })),
  );

/** The names that are built in, as help and errors list them. */
export const suiteForms = suiteFormsOf(attackSuites).map(({ form }) => form);

export interface NamedStage {
  readonly stage: string;
  readonly options: AttackOptions;
}

export interface NamedSuite {
  readonly norm: NormName;
  readonly stages: readonly NamedStage[];
}

/**
 * The stages that a name stands for at an epsilon; undefined where it is no suite. As of a named attack, options are complete but not
 * checked.
 *
 * @throws InputError where two suites take the name, or two stages of the suite have one.
 */
export function suiteNamed(
  name: string,
  epsilon: number,
  suites: SuiteTable = attackSuites,
  table: AttackTable = attackTable,
): NamedSuite | undefined {
  const [found, ...others] = suites.flatMap((suite) =>
    suite.norms.flatMap((norm) => (formIn(suite.name, norm) === name ? [{ suite, norm }] : [])),
  );
  if (others.length > 0) throw new InputError(`two suites are called '${name}': give one another name`);
  if (!found) return undefined;
  const { suite, norm } = found;
  const given = suite.stages(norm);
  const [twice] = given.filter(({ stage }, at) => given.findIndex((each) => each.stage === stage) !== at);
  if (twice) throw new InputError(`two stages of ${name} are called '${twice.stage}': give one another name`);
  if (given.length > mostStages)
    throw new InputError(`${name} has ${given.length} stages, and a suite has at most ${mostStages}`);
  const stages = given.map(({ stage, options }) => {
    const defaults = definitionOf(options.name, table).defaults(epsilon);
    return { stage, options: { ...defaults, ...options, norm, epsilon } };
  });
  return { norm, stages };
}

export interface StagesForClasses {
  readonly stages: readonly NamedStage[];
  /** Stages that compare more classes than the network has. */
  readonly leftOut: readonly { readonly stage: string; readonly leastClasses: number }[];
}

/**
 * What of a suite can be run on a network of so many classes.
 *
 * @throws InputError where nothing is left of it.
 */
export function stagesForClasses(
  name: string,
  { stages }: NamedSuite,
  classes: number,
  table: AttackTable = attackTable,
): StagesForClasses {
  const least = stages.map((each) => ({
    ...each,
    leastClasses: definitionOf(each.options.name, table).leastClasses(each.options),
  }));
  const fitting = least.filter(({ leastClasses }) => leastClasses <= classes);
  if (fitting.length === 0)
    throw new InputError(`no attack of ${name} can be run on a network of ${classes} classes: use pgd-20`);
  return {
    stages: fitting.map(({ stage, options }) => ({ stage, options })),
    leftOut: least
      .filter(({ leastClasses }) => leastClasses > classes)
      .map(({ stage, leastClasses }) => ({ stage, leastClasses })),
  };
}
