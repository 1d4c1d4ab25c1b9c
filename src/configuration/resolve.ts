/**
 * From a preset or file and overrides to a complete, checked configuration, or to the list of all that is wrong.
 */

import { z } from 'zod';
import { namedAttack, suiteNamed } from '../attacks/index.ts';
import { InputError, type Problem } from '../errors.ts';
import { schedules } from '../training/index.ts';
import { keysWithoutEffect, type WithoutEffect } from './effects.ts';
import { merge, overridesLayer } from './layers.ts';
import { type Source, type SourcedLayer, sourcedLayers } from './presets.ts';
import { describeIssues, describeValue, type PathProblem, valueAt } from './problems.ts';
import { formerKeyProblems, readFormerKeys } from './renamed.ts';
import { CHOICES, type Configuration, configurationSchema, FOLLOWERS } from './schema/index.ts';
import { regimeOf } from './schema/regime.ts';

/** Finds what only another room knows to be wrong: `where` is a dotted path of the configuration. */
export type ConfigurationCheck = (configuration: Configuration) => readonly Problem[];

export interface ConfigurationRequest {
  /** A preset's name or the path of a YAML file; without one, the defaults. */
  readonly preset?: string;
  /**
   * As `overrides`, below them, where nobody typed them: what a program has found out, or sets alike for many runs. They may be of
   * version 0.1, and need not have an effect in each.
   */
  readonly assumed?: readonly string[];
  /** `key=value`, as typed after --set; a later one wins. */
  readonly overrides?: readonly string[];
  readonly checks?: readonly ConfigurationCheck[];
  /** The preset is the configuration inside a run directory: one of version 0.1 is read as if it had been written today. */
  readonly isStored?: boolean;
}

export interface ResolvedConfiguration {
  readonly configuration: Configuration;
  readonly overrides: readonly string[];
  /** From the lowest to the highest. */
  readonly sources: readonly Source[];
  /** Keys of files that have no effect beside others, in sentences. */
  readonly notes: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads, merges and checks.
 *
 * @throws InputError: for a file that cannot be read, at once; for everything wrong in the keys and values, all together.
 */
export function resolveConfiguration(request: ConfigurationRequest): ResolvedConfiguration {
  const { preset, assumed = [], overrides: typed = [], checks = [], isStored = false } = request;
  const overrides = [...assumed, ...typed];
  const read = preset === undefined ? [] : sourcedLayers(preset);
  const files = isStored ? read.map(fromVersion01) : read;
  const assuming = overridesOf(assumed).map(fromVersion01);
  const overriding = overridesOf(typed);
  const layers = [...files, ...assuming, ...overriding];
  const former = layers.flatMap(({ layer }) =>
    formerKeyProblems(layer.values).map(({ where, what }) => ({ path: where.split('.'), what })),
  );
  if (former.length > 0) throw failure(former, {}, layers);
  const given = layers.reduce<Values>((values, { layer }) => merge(values, layer.values, CHOICES), {});
  const input = follow(merge(defaults(), given, CHOICES), given);

  const parsed = configurationSchema.safeParse(input);
  if (!parsed.success) throw failure(describeIssues(parsed.error.issues, input), given, layers);
  const ineffective = isStored
    ? []
    : keysWithoutEffect(parsed.data, (key) => valueAt(given, key.split('.')) !== undefined);
  const refused = ineffective.flatMap(({ key, because, isNote }) => {
    if (isNote) return [];
    const found = overriding.map(({ layer }) => valueAt(layer.values, key.split('.')))[0];
    if (found === undefined) return [];
    return [{ where: key, what: `expected none, because ${because}, found ${describeValue(found)}` }];
  });
  const problems = [...[acrossSections, ...checks].flatMap((check) => check(parsed.data)), ...refused].map(
    ({ where, what }) => ({ path: where.split('.'), what }),
  );
  if (problems.length > 0) throw failure(problems, given, layers);
  return {
    configuration: parsed.data,
    overrides,
    sources: [
      ...files.map(({ source }) => source),
      ...overrides.map((name) => ({ kind: 'override' as const, name })),
    ],
    notes: notesOf(ineffective, given, layers),
  };
}

const overridesOf = (overrides: readonly string[]): SourcedLayer[] =>
  overrides.length === 0
    ? []
    : [{ source: { kind: 'override', name: overrides.join(' ') }, layer: overridesLayer(overrides) }];

const fromVersion01 = ({ source, layer }: SourcedLayer): SourcedLayer => ({
  source,
  layer: { ...layer, values: readFormerKeys(layer.values) },
});

/** A line for each reason why keys of files do nothing; keys at their default are not worth one. */
function notesOf(
  ineffective: readonly WithoutEffect[],
  given: Values,
  layers: readonly SourcedLayer[],
): string[] {
  const usual = defaults();
  const byReason = new Map<string, string[]>();
  for (const { key, because } of ineffective) {
    const path = key.split('.');
    const found = valueAt(given, path);
    if (found === undefined || JSON.stringify(found) === JSON.stringify(valueAt(usual, path))) continue;
    byReason.set(because, [...(byReason.get(because) ?? []), `${key}${origin(path, layers)}`]);
  }
  return [...byReason].map(([because, keys]) => `without effect, because ${because}: ${keys.join(', ')}`);
}

// The defaults as a file would write them, so that a layer can change one key of a mapping that has a default as a whole.
function defaults(): Values {
  return z.encode(configurationSchema, configurationSchema.parse({}));
}

function follow(input: Values, given: Values): Values {
  return Object.entries(FOLLOWERS).reduce((values, [follower, leader]) => {
    if (valueAt(given, follower.split('.')) !== undefined) return values;
    const [section, key] = follower.split('.');
    return merge(values, { [section]: { [key]: valueAt(values, leader.split('.')) } }, {});
  }, input);
}

function failure(
  problems: readonly PathProblem[],
  given: Values,
  layers: readonly SourcedLayer[],
): InputError {
  const named = new Set(problems.map(({ path }) => path.join('.')));
  const listed = problems
    // What is wrong in a leader need not be said again for its followers.
    .filter(({ path }) => valueAt(given, path) !== undefined || !named.has(FOLLOWERS[path.join('.')]))
    .map(({ path, what }) => ({ where: path.join('.'), what: what + origin(path, layers) }));
  const count = listed.length === 1 ? 'a problem' : `${listed.length} problems`;
  return new InputError(`the configuration has ${count}:`, listed);
}

function origin(path: readonly string[], layers: readonly SourcedLayer[]): string {
  for (const { layer } of layers.toReversed()) {
    const place = layer.locate(path);
    if (place !== undefined) return ` (${place})`;
  }
  return '';
}

/** What no section of a configuration can know alone; asked once every section is sound. */
function acrossSections(configuration: Configuration): Problem[] {
  return [
    ...testBound(configuration),
    ...scheduleLength(configuration),
    ...selection(configuration),
    ...trainedInit(configuration),
    ...perturbedEpochs(configuration),
  ];
}

function perturbedEpochs({ regime: { awp }, epochs }: Configuration): Problem[] {
  if (!awp || awp.fromEpoch < epochs) return [];
  const what = `expected less than epochs (${epochs}), found ${awp.fromEpoch}`;
  return [{ where: 'regime.awp.fromEpoch', what }];
}

function trainedInit({ regime, init }: Configuration): Problem[] {
  if (init || !regimeOf(regime).init) return [];
  const what = `expected the directory of a run, because ${regime.name} begins from a trained network, found nothing`;
  return [{ where: 'init.run', what }];
}

// One bound serves attacks of one norm, and an L2 bound says nothing about L-infinity.
function testBound({ attack, validation, evaluation }: Configuration): Problem[] {
  const { epsilon } = evaluation;
  const normOf = (name: string) => (suiteNamed(name, epsilon.value) ?? namedAttack(name, epsilon.value)).norm;
  const [first, ...others] = [...evaluation.attacks, validation.attack];
  const norm = normOf(first);
  const other = others.find((name) => normOf(name) !== norm);
  if (other !== undefined) {
    const what = `expected attacks of one norm, because they share evaluation.epsilon, found ${first} and ${other}`;
    return [{ where: evaluation.attacks.includes(other) ? 'evaluation.attacks' : 'validation.attack', what }];
  }
  if (norm === 'linf' && epsilon.value > 1) {
    return [{ where: 'evaluation.epsilon', what: `expected at most 1 for ${first}, found ${epsilon.text}` }];
  }
  if (norm === attack.norm || epsilon.text !== attack.epsilon.text) return [];
  const what = `expected a bound for ${first} (${norm}), found attack.epsilon, which is one in ${attack.norm}`;
  return [{ where: 'evaluation.epsilon', what }];
}

function scheduleLength({ schedule, epochs }: Configuration): Problem[] {
  return schedules[schedule.kind].withinEpochs.flatMap((key) => {
    const value = Number(Object.entries(schedule).find(([name]) => name === key)?.[1]);
    if (value < epochs) return [];
    return [{ where: `schedule.${key}`, what: `expected less than epochs (${epochs}), found ${value}` }];
  });
}

function selection({ data, checkpoint }: Configuration): Problem[] {
  if (data.validationExamples > 0 || checkpoint.best === 'none') return [];
  const what = `expected none, because there are no validation images to choose by, found '${checkpoint.best}'`;
  return [{ where: 'checkpoint.best', what }];
}
