/**
 * From what the runs left to the verdicts on all claims, and their JSON form, verdicts.json: the verdicts with all numbers
 * behind them, which the report draws and other programs may read.
 *
 * Accuracies and their differences are fractions; intervals are of 95 %. The document does not say when it was made: the same
 * measurements give the same bytes.
 */
import { z } from 'zod';
import { readFlags } from '../evaluation/index.ts';
import { documentVersion } from '../files/index.ts';
import { cellLabel, sameCell } from '../nn/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import { accuracyOver, decide, meanOver, ruleText, together } from './estimate.ts';
import type { Claim, Statement } from './paper-claims.ts';
import type { Plan } from './plan.ts';
import { analysisOf, evaluationOf, type RunResults } from './run-results.ts';
import { estimateOf, type Lookup } from './statement-estimates.ts';

const interval = z.tuple([z.number(), z.number()]);
const verdict = z.enum(['holds', 'does not hold', 'not shown at this scale']);

/** A value over seeds; `seeds` are the values of each, in the order of the document's seeds that are there. */
const overSeeds = z.object({ value: z.number(), interval, seeds: z.array(z.number()) });

export const reproductionDocumentSchema = z.object({
  document: z.literal('verdicts'),
  version: z.literal(documentVersion),
  scale: z.enum(['smoke', 'small', 'paper']),
  /** What the scale is, in a sentence. */
  summary: z.string(),
  /** One for each network and subset size, such as 'training images', in reading order. */
  setting: z.record(z.string(), z.union([z.string(), z.number()])),
  epsilons: z.array(z.string()),
  seeds: z.array(z.int()),
  attack: z.string(),
  /** Test images of accuracies, and of those through re-estimated NS. */
  examples: z.object({ evaluated: z.int(), reestimated: z.int() }),
  runs: z.array(
    z.object({
      /** Also its directory, beside this document in runs/. */
      name: z.string(),
      regime: z.string(),
      /** Absent where the regime trains without an attack. */
      epsilon: z.string().optional(),
      seed: z.int(),
      done: z.boolean(),
    }),
  ),
  /** Runs and documents that were left out, and why. */
  notes: z.array(z.string()),
  claims: z.array(
    z.object({
      number: z.int(),
      title: z.string(),
      says: z.string(),
      verdict,
      statements: z.array(
        z.object({
          says: z.string(),
          epsilon: z.string(),
          /** accuracy: a difference of accuracies, as a fraction. ratio: of two distances. */
          unit: z.enum(['accuracy', 'ratio']),
          /** What the rule allows, as text: 'within ±4.0 points'. */
          rule: z.string(),
          /** The ends of what the rule allows; null is open. */
          allowed: z.tuple([z.number().nullable(), z.number().nullable()]),
          decides: z.boolean(),
          verdict,
          /** Absent where no run has what it compares. */
          estimate: z
            .object({ value: z.number(), interval, p: z.number(), seeds: z.int(), examples: z.int() })
            .optional(),
          /** What is compared, with its mean over seeds. */
          sides: z.array(z.object({ label: z.string(), weight: z.number(), ...overSeeds.shape })),
          runs: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Through the evaluation cells of each regime, with the network's own running NS. */
  accuracies: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      /** The task whose evaluation cell it is. */
      task: z.enum(['clean', 'robust']),
      /** The cell, for people: 'NS adv, AP adv'. */
      cell: z.string(),
      clean: overSeeds,
      robust: overSeeds,
    }),
  ),
  /** NS_x^y with AP_y. */
  reestimated: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      /** x */
      source: z.string(),
      /** y */
      affine: z.string(),
      clean: overSeeds,
      robust: overSeeds,
    }),
  ),
  /** 1-Wasserstein distances between NS of two versions of images, averaged over layers. */
  gaps: z.array(
    z.object({
      regime: z.string(),
      epsilon: z.string(),
      affine: z.string(),
      pair: z.string(),
      statistic: z.enum(['mu', 'sigma']),
      wasserstein: overSeeds,
    }),
  ),
  /** sha256 of the rest, once it is on file. */
  digest: z.string().exactOptional(),
});

export type ReproductionDocument = Readonly<z.output<typeof reproductionDocumentSchema>>;
export type ClaimVerdict = ReproductionDocument['claims'][number];
export type StatementVerdict = ClaimVerdict['statements'][number];

/** @throws RunError where documents speak of different test images. */
export function decideClaims(
  { claims, epsilons, seeds }: Pick<Plan, 'claims' | 'epsilons' | 'seeds'>,
  results: readonly RunResults[],
  attack: string,
): Pick<ReproductionDocument, 'claims' | 'accuracies' | 'reestimated' | 'gaps'> {
  const find: Lookup = (regime, epsilon, seed) =>
    results.find(
      ({ run }) =>
        run.regime === regime && run.seed === seed && (run.epsilon === undefined || run.epsilon === epsilon),
    );
  const verdictOn = (statement: Statement, epsilon: string): StatementVerdict => {
    const { estimate, sides, runs } = estimateOf(statement, epsilon, seeds, find, attack);
    const { rule, says, decidesAt } = statement;
    const unit = statement.kind === 'gap' ? 'ratio' : 'accuracy';
    return {
      says,
      epsilon,
      unit,
      rule: ruleText(rule, unit),
      allowed: [finite(rule.from), finite(rule.to)],
      decides: decidesAt === undefined || decidesAt.includes(epsilon),
      verdict: decide(rule, estimate),
      ...(estimate ? { estimate: { ...estimate, interval: [...estimate.interval] } } : {}),
      sides: sides.map((side) => ({ ...side })),
      runs: [...runs],
    };
  };
  const verdictOf = ({ number, title, says, statements }: Claim): ClaimVerdict => {
    const decided = epsilons.flatMap((epsilon) =>
      statements.map((statement) => verdictOn(statement, epsilon)),
    );
    const deciding = decided.filter(({ decides }) => decides).map(({ verdict }) => verdict);
    return { number, title, says, verdict: together(deciding), statements: decided };
  };
  const regimes = [...new Set(results.map(({ run }) => run.regime))];
  const each = <Row>(rowsOf: (regime: string, epsilon: string, found: readonly RunResults[]) => Row[]) =>
    epsilons.flatMap((epsilon) =>
      regimes.flatMap((regime) =>
        rowsOf(
          regime,
          epsilon,
          seeds.flatMap((seed) => find(regime, epsilon, seed) ?? []),
        ),
      ),
    );
  return {
    claims: claims.map(verdictOf),
    accuracies: each((regime, epsilon, found) => accuraciesOf(regime, epsilon, found, attack)),
    reestimated: each((regime, epsilon, found) => reestimatedOf(regime, epsilon, found, attack)),
    gaps: each(gapsOf),
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

type Rows<Key extends 'accuracies' | 'reestimated' | 'gaps'> = ReproductionDocument[Key];

function accuraciesOf(
  regime: string,
  epsilon: string,
  found: readonly RunResults[],
  attack: string,
): Rows<'accuracies'> {
  const cells = evaluationCells(regimeNamed(regime));
  return (['clean', 'robust'] as const).flatMap((task) => {
    const cell = cells[task];
    const rows = found.flatMap(
      (results) => evaluationOf(results, epsilon)?.outcomes.grid.find((row) => sameCell(row, cell)) ?? [],
    );
    if (rows.length === 0) return [];
    const clean = accuracyOver(rows.map((row) => readFlags(row.clean)));
    const robust = accuracyOver(rows.map((row) => readFlags(row.robust[attack])));
    return [{ regime, epsilon, task, cell: cellLabel(cell), clean, robust }];
  });
}

function reestimatedOf(
  regime: string,
  epsilon: string,
  found: readonly RunResults[],
  attack: string,
): Rows<'reestimated'> {
  const documents = found.flatMap((results) => analysisOf(results, 'reestimate', epsilon) ?? []);
  const [first] = documents;
  return (first?.result.reestimated ?? []).map(({ source, affine }) => {
    const rows = documents.flatMap(
      ({ result }) => result.reestimated.find((row) => row.source === source && row.affine === affine) ?? [],
    );
    const clean = accuracyOver(rows.map(({ outcomes }) => readFlags(outcomes.clean)));
    const robust = accuracyOver(rows.map(({ outcomes }) => readFlags(outcomes.robust[attack])));
    return { regime, epsilon, source, affine, clean, robust };
  });
}

function gapsOf(regime: string, epsilon: string, found: readonly RunResults[]): Rows<'gaps'> {
  const documents = found.flatMap((results) => analysisOf(results, 'gap', epsilon) ?? []);
  return (documents[0]?.result.branches ?? []).flatMap(({ affine, distances }) =>
    distances.map(({ pair, statistic }) => {
      const values = documents.flatMap(
        ({ result }) =>
          result.branches
            .find((branch) => branch.affine === affine)
            ?.distances.find((row) => row.pair === pair && row.statistic === statistic)?.average.wasserstein
            .value ?? [],
      );
      return { regime, epsilon, affine, pair, statistic, wasserstein: meanOver(values) };
    }),
  );
}
