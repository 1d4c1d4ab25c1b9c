/**
 * What decides a claim, as one hash: its statements, the margins and floors, how much is measured, and how it is decided. A run
 * records the hashes that were in force when its training began; a seed confirms a claim only where they are today's.
 *
 * Titles and sentences are not part of it: they may be written better.
 */
import { recipeHash } from '../../configuration/index.ts';
import { canonicalJson, sha256 } from '../../files/index.ts';
import { configurationOf } from '../plan.ts';
import { analysisOptions, type Scale, type ScaleName } from '../scales.ts';
import { floors, leastSeeds, level, margins, toleratedChecks } from './margins.ts';
import { type Hypothesis, needsOf, statementsOf } from './statements.ts';

/** Raised where the estimator or the tests change: src/statistics/two-way.ts, decisions.ts, and decide.ts. */
const methodVersion = 2;

export const ruleHash = (hypothesis: Hypothesis, scale: Scale, dataset: string): string =>
  sha256(canonicalJson(rulesOf(hypothesis, scale, dataset))).slice(0, 16);

function rulesOf(hypothesis: Hypothesis, scale: Scale, dataset: string) {
  const needs = statementsOf(hypothesis).flatMap(needsOf);
  const variants = [...new Set(needs.map(({ variant }) => variant))].sort();
  const analyses = [...new Set(needs.map(({ what }) => what))].sort();
  const options = scale.epsilons.map(({ epsilon }) => analysisOptions(scale, epsilon));
  return {
    method: methodVersion,
    level,
    leastSeeds,
    floors: Object.fromEntries(Object.entries(floors).map(([name, { value }]) => [name, value])),
    toleratedChecks: Object.keys(toleratedChecks).sort(),
    parts: hypothesis.parts.map((part) => ({
      decides: part.decides,
      statements: part.statements.map(({ says: _, headline: __, answers: ___, margin, range, ...rest }) => ({
        ...rest,
        margin: margins[margin].value,
        // JSON has no infinity.
        range: [String(range.from), String(range.to)],
      })),
    })),
    recipes: Object.fromEntries(
      variants.map((name) => [
        name,
        scale.epsilons.map((epsilon) =>
          recipeHash(configurationOf(scale, { dataset }, epsilon, name, 0).configuration),
        ),
      ]),
    ),
    measured: analyses.map((what) =>
      what === 'evaluate'
        ? { what, attacks: scale.attacks, examples: scale.examples.evaluated }
        : { what, options: options.map((each) => each[what]) },
    ),
  };
}

/** To be put on file before anything is trained: the rules themselves, with the hash of each claim's. */
export const rulesDocument = (
  hypotheses: readonly Hypothesis[],
  {
    scaleName,
    scale,
    dataset,
  }: { readonly scaleName: ScaleName; readonly scale: Scale; readonly dataset: string },
) => ({
  document: 'rules' as const,
  scale: scaleName,
  dataset,
  seeds: scale.seeds,
  margins,
  floors,
  claims: hypotheses.map((hypothesis) => ({
    id: hypothesis.id,
    hash: ruleHash(hypothesis, scale, dataset),
    sentences: hypothesis.parts.map(({ title, statements }) => ({
      title,
      says: statements.map(({ says }) => says),
    })),
    rules: rulesOf(hypothesis, scale, dataset),
  })),
});

/** By id. */
export const ruleHashes = (
  hypotheses: readonly Hypothesis[],
  scale: Scale,
  dataset: string,
): Record<string, string> =>
  Object.fromEntries(hypotheses.map((each) => [each.id, ruleHash(each, scale, dataset)]));
