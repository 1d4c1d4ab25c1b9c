/**
 * From a preset or file and overrides to a complete, checked configuration, or to the list of all that is wrong.
 */

import { z } from 'zod';
import { InputError, type Problem } from '../errors.ts';
import { merge } from './merge.ts';
import { overridesLayer } from './overrides.ts';
import { type Source, type SourcedLayer, sourcedLayers } from './presets.ts';
import { describeIssues, type ExampleResult, valueAt } from './problems.ts';
import { acrossSections } from './schema/across.ts';
import { CHOICES, type Configuration, configurationSchema, FOLLOWERS } from './schema/index.ts';

/** Finds what only another room knows to be wrong: `where` is a dotted path of the configuration. */
export type ConfigurationCheck = (configuration: Configuration) => readonly Problem[];

export interface ConfigurationRequest {
  /** A preset's name or the path of a YAML file; without one, the defaults. */
  readonly preset?: string;
  /** `key=value`, as typed after --set; a later one wins. */
  readonly overrides?: readonly string[];
  readonly checks?: readonly ConfigurationCheck[];
}

export interface ResolvedConfiguration {
  readonly configuration: Configuration;
  readonly overrides: readonly string[];
  /** From the lowest to the highest. */
  readonly sources: readonly Source[];
}

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads, merges and checks.
 *
 * @throws InputError: for a file that cannot be read, at once; for everything wrong in the keys and values, all together.
 */
export function resolveConfiguration(request: ConfigurationRequest): ResolvedConfiguration {
  const { preset, overrides = [], checks = [] } = request;
  const files = preset === undefined ? [] : sourcedLayers(preset);
  const overriding: SourcedLayer[] =
    overrides.length === 0
      ? []
      : [{ source: { kind: 'override', name: overrides.join(' ') }, layer: overridesLayer(overrides) }];
  const layers = [...files, ...overriding];
  const given = layers.reduce<Values>((values, { layer }) => merge(values, layer.values, CHOICES), {});
  const input = follow(merge(defaults(), given, CHOICES), given);

  const parsed = configurationSchema.safeParse(input);
  if (!parsed.success) throw failure(describeIssues(parsed.error.issues, input), given, layers);
  const findings = [acrossSections, ...checks]
    .flatMap((check) => check(parsed.data))
    .map(({ where, what }) => ({ path: where.split('.'), what }));
  if (findings.length > 0) throw failure(findings, given, layers);
  return {
    configuration: parsed.data,
    overrides,
    sources: [
      ...files.map(({ source }) => source),
      ...overrides.map((name) => ({ kind: 'override' as const, name })),
    ],
  };
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
  findings: readonly ExampleResult[],
  given: Values,
  layers: readonly SourcedLayer[],
): InputError {
  const named = new Set(findings.map(({ path }) => path.join('.')));
  const problems = findings
    // What is wrong in a leader need not be said again for its followers.
    .filter(({ path }) => valueAt(given, path) !== undefined || !named.has(FOLLOWERS[path.join('.')]))
    .map(({ path, what }) => ({ where: path.join('.'), what: what + origin(path, layers) }));
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new InputError(`the configuration has ${count}:`, problems);
}

function origin(path: readonly string[], layers: readonly SourcedLayer[]): string {
  for (const { layer } of layers.toReversed()) {
    const place = layer.locate(path);
    if (place !== undefined) return ` (${place})`;
  }
  return '';
}
