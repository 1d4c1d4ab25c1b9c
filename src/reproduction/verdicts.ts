/**
 * From the files of runs to the verdicts on all claims, and their JSON form, verdicts.json: the verdicts with all numbers behind
 * them, which the report draws and other programs may read.
 *
 * Accuracies and their differences are fractions; intervals are of 95 %. The document does not say when it was made: the same
 * files give the same bytes.
 */
import { z } from 'zod';
import { readFlags } from '../evaluation/index.ts';
import { documentVersion } from '../files/index.ts';
import { cellLabel, sameCell } from '../nn/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import { type Decided, decideTogether, shownOf, tested, together, verdictNames } from './decide.ts';
import { overSeeds, overSeedsOf } from './estimate.ts';
import type { Lookup } from './layout.ts';
import { floors, level, margins } from './margins.ts';
import { worstCase } from './outcomes.ts';
import { claims } from './paper-claims.ts';
import type { Plan } from './plan.ts';
import { ruleHash } from './rule-hash.ts';
import { analysisOf, evaluationOf, type RunResults } from './run-results.ts';
import { type Scale, type Stage, stages } from './scales.ts';
import { estimateOf } from './statement-estimates.ts';
import { type Hypothesis, needsOf, type Statement, statementsOf } from './statements.ts';

const interval = z.tuple([z.number(), z.number()]);
const verdict = z.enum(verdictNames);

/** A value over seeds; `seeds` are the values of each, in the order of the seeds that are there. */
const overSeedsSchema = z.object({ value: z.number(), interval, seeds: z.array(z.number()) });

const statementSchema = z.object({
  says: z.string(),
  epsilon: z.string(),
  /** accuracy: a difference, as a fraction. ratio, share: of two. */
  unit: z.enum(['accuracy', 'ratio', 'share']),
  /** The ends of what it is said to lie in; null is open. */
  range: z.tuple([z.number().nullable(), z.number().nullable()]),
  /** A name of `margins`. */
  margin: z.string(),
  decides: z.boolean(),
  /** A short label, of those in the first figure. */
  headline: z.string().exactOptional(),
  /** Which question of the paper's summary it answers. */
  answers: z.enum(['Q1', 'Q2', 'Q3']).exactOptional(),
  verdict,
  /** Why it is not decided. */
  reason: z.string().exactOptional(),
  /** Absent where no run has what it compares; its interval where one seed alone has. */
  estimate: z
    .object({
      value: z.number(),
      interval: interval.exactOptional(),
      /** Of tests at the level: that the value lies in the range, and outside of it, by Holm over what decides with it. */
      p: z.object({ holds: z.number(), refuted: z.number() }).exactOptional(),
      seeds: z.int(),
      /** 0 where it is no accuracy. */
      examples: z.int(),
    })
    .exactOptional(),
  /** What is compared, with its mean over seeds. */
  sides: z.array(z.object({ label: z.string(), weight: z.number(), ...overSeedsSchema.shape })),
  runs: z.array(z.string()),
});

const accuracyShape = {
  variant: z.string(),
  stage: z.enum(stages),
  epsilon: z.string(),
  /** On clean images, and under all attacks of the scale together. */
  clean: overSeedsSchema,
  robust: overSeedsSchema,
};

export const reproductionDocumentSchema = z.object({
  document: z.literal('verdicts'),
  version: z.literal(documentVersion),
  scale: z.enum(['smoke', 'small', 'paper']),
  /** What the scale is, in a sentence. */
  summary: z.string(),
  /** One for each network and subset size, such as 'training images', in reading order. */
  setting: z.record(z.string(), z.union([z.string(), z.number()])),
  epsilons: z.array(z.string()),
  seeds: z.object({ exploratory: z.array(z.int()), confirmatory: z.array(z.int()) }),
  attacks: z.array(z.string()),
  /** Accuracy of guessing. */
  chance: z.number().exactOptional(),
  /** Test images of accuracies, and of those through re-estimated NS. */
  examples: z.object({ evaluated: z.int(), reestimated: z.int() }),
  /** ISO time at which the first training of each stage began; absent without one. */
  firstTraining: z.object({
    exploratory: z.string().exactOptional(),
    confirmatory: z.string().exactOptional(),
  }),
  level: z.number(),
  margins: z.record(z.string(), z.object({ value: z.number(), unit: z.string(), reason: z.string() })),
  floors: z.record(z.string(), z.object({ value: z.number(), reason: z.string() })),
  runs: z.array(
    z.object({
      /** Also its file, beside this document in runs/. */
      name: z.string(),
      variant: z.string(),
      /** Absent where it trains without an attack. */
      epsilon: z.string().exactOptional(),
      seed: z.int(),
      done: z.boolean(),
    }),
  ),
  /** Documents that were left out, and why. */
  notes: z.array(z.string()),
  claims: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      says: z.string(),
      /** ruleHash: of all that decides it. */
      rules: z.string(),
      stages: z.array(
        z.object({
          stage: z.enum(stages),
          /** Over all epsilons. */
          verdict,
          /** How many there are to be, and the fewest that a deciding statement has so far. */
          seeds: z.object({ planned: z.int(), least: z.int() }),
          epsilons: z.array(
            z.object({
              epsilon: z.string(),
              verdict,
              parts: z.array(
                z.object({
                  title: z.string(),
                  decides: z.boolean(),
                  verdict,
                  statements: z.array(statementSchema),
                }),
              ),
            }),
          ),
          /** Runs that were begun under other rules: they do not confirm. */
          otherRules: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Through the evaluation cells of each variant, with the network's own running NS. */
  accuracies: z.array(
    z.object({
      ...accuracyShape,
      /** The task whose evaluation cell it is. */
      task: z.enum(['clean', 'robust']),
      /** The cell, for people: 'NS adv, AP adv'. */
      cell: z.string(),
      /** Under each attack by itself. */
      byAttack: z.record(z.string(), overSeedsSchema),
    }),
  ),
  /** NS_x^y with AP_y: x is the source, y the AP. */
  reestimated: z.array(z.object({ ...accuracyShape, source: z.string(), affine: z.string() })),
  /** Distances between NS of two versions of images, averaged over layers: between sets of channels, and channel by channel. */
  gaps: z.array(
    z.object({
      variant: z.string(),
      stage: z.enum(stages),
      epsilon: z.string(),
      affine: z.string(),
      pair: z.string(),
      statistic: z.enum(['mu', 'sigma']),
      wasserstein: overSeedsSchema,
      /** As a share of sigma. */
      scaled: overSeedsSchema,
      /** The same without sampling error. */
      unbiased: overSeedsSchema.exactOptional(),
    }),
  ),
  /** sha256 of the rest, once it is on file. */
  digest: z.string().exactOptional(),
});

export type ReproductionDocument = Readonly<z.output<typeof reproductionDocumentSchema>>;
export type ClaimVerdict = ReproductionDocument['claims'][number];
export type StageVerdict = ClaimVerdict['stages'][number];
export type StatementVerdict = z.output<typeof statementSchema>;

interface Decisions {
  readonly plan: Pick<Plan, 'claims' | 'epsilons' | 'dataset'>;
  readonly scale: Scale;
  readonly results: readonly RunResults[];
}

/** @throws RunError where documents speak of different test images. */
export function decideClaims({
  plan,
  scale,
  results,
}: Decisions): Pick<ReproductionDocument, 'claims' | 'accuracies' | 'reestimated' | 'gaps'> {
  const { claims: hypotheses, epsilons, dataset } = plan;
  const verdictOf = (claim: Hypothesis): ClaimVerdict => {
    const { id, title, says } = claim;
    const rules = ruleHash(claim, scale, dataset);
    return {
      ...{ id, title, says, rules },
      stages: stages.map((stage) => stageVerdict(claim, stage, rules, { plan, scale, results })),
    };
  };
  const groups = stages.flatMap((stage) =>
    epsilons.flatMap((epsilon) =>
      [...new Set(results.map(({ run }) => run.variant))].map((variant): Group => {
        const found = results.filter(
          ({ run }) =>
            run.variant === variant &&
            scale.seeds[stage].includes(run.seed) &&
            (run.epsilon === undefined || run.epsilon === epsilon),
        );
        return { stage, epsilon, variant, found };
      }),
    ),
  );
  return {
    claims: hypotheses.map(verdictOf),
    accuracies: groups.flatMap(accuraciesOf),
    reestimated: groups.flatMap(reestimatedOf),
    gaps: groups.flatMap(gapsOf),
  };
}

const variantsOfClaims: ReadonlySet<string> = new Set(
  claims.flatMap(statementsOf).flatMap((statement) => needsOf(statement).map(({ variant }) => variant)),
);

function stageVerdict(
  claim: Hypothesis,
  stage: Stage,
  rules: string,
  { plan: { epsilons }, scale, results }: Decisions,
): StageVerdict {
  const needed = new Set(
    statementsOf(claim)
      .flatMap(needsOf)
      .map(({ variant }) => variant),
  );
  const ofStage = results.filter(
    ({ run }) => scale.seeds[stage].includes(run.seed) && needed.has(run.variant),
  );
  // Rules were made looking at the exploratory seeds: only the others must have been begun under today's. What an experiment
  // compares its own variants with may be older than the experiment, where claims have trained it under theirs.
  const fits = ({ run, file }: RunResults) =>
    stage === 'exploratory' ||
    file.rules?.[claim.id] === rules ||
    (file.rules !== undefined && !(claim.id in file.rules) && variantsOfClaims.has(run.variant));
  const counted = ofStage.filter(fits);
  const find =
    (epsilon: string): Lookup =>
    (variant, seed) =>
      counted.find(
        ({ run }) =>
          run.variant === variant &&
          run.seed === seed &&
          (run.epsilon === undefined || run.epsilon === epsilon),
      );
  const all = epsilons.map((epsilon) => ({
    epsilon,
    parts: claim.parts.map((part) => ({
      part,
      statements: part.statements.map((statement) => {
        const setting = { epsilon, seeds: scale.seeds[stage], find: find(epsilon) };
        return { statement, found: tested(statement, estimateOf(statement, setting)) };
      }),
    })),
  }));
  const decides = (statement: Statement, epsilon: string) =>
    statement.decidesAt === undefined || statement.decidesAt.includes(epsilon);
  const verdicts = all.map(({ epsilon, parts }) => {
    const rows = parts.map(({ part, statements }) => {
      // What decides is corrected for its own part: a part has a verdict of its own.
      const decided = decideTogether(statements.map(({ found }) => found));
      return {
        title: part.title,
        decides: part.decides,
        statements: statements.map(({ statement, found }, at) =>
          statementRow(statement, epsilon, found, decided[at], decides(statement, epsilon)),
        ),
      };
    });
    const withVerdicts = rows.map((row) => ({
      ...row,
      verdict: together(row.statements.filter((each) => each.decides).map((each) => each.verdict)),
    }));
    const deciding = parts
      .filter(({ part }) => part.decides)
      .flatMap(({ statements }) => statements.filter(({ statement }) => decides(statement, epsilon)));
    return {
      epsilon,
      verdict: together(decideTogether(deciding.map(({ found }) => found)).map((each) => each.verdict)),
      parts: withVerdicts,
    };
  });
  const everywhere = all.flatMap(({ epsilon, parts }) =>
    parts
      .filter(({ part }) => part.decides)
      .flatMap(({ statements }) => statements.filter(({ statement }) => decides(statement, epsilon))),
  );
  return {
    stage,
    verdict: together(decideTogether(everywhere.map(({ found }) => found)).map((each) => each.verdict)),
    seeds: {
      planned: scale.seeds[stage].length,
      least: Math.min(...everywhere.map(({ found }) => found.estimated.estimate?.seeds ?? 0)),
    },
    epsilons: verdicts,
    otherRules: ofStage.filter((each) => !fits(each)).map(({ run }) => run.name),
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

function statementRow(
  statement: Statement,
  epsilon: string,
  { estimated, p }: ReturnType<typeof tested>,
  { verdict: found, reason, refuted }: Decided,
  decides: boolean,
): StatementVerdict {
  const { says, unit, margin, range, headline, answers } = statement;
  const { estimate, sides, runs } = estimated;
  const shown = shownOf(statement, estimated);
  return {
    ...{ says, epsilon, unit, margin, decides },
    ...(headline === undefined ? {} : { headline }),
    ...(answers === undefined ? {} : { answers }),
    range: [finite(range.from), finite(range.to)],
    verdict: found,
    ...(reason === undefined ? {} : { reason }),
    ...(estimate && shown
      ? {
          estimate: {
            value: shown.value,
            ...(shown.interval ? { interval: [...shown.interval] } : {}),
            ...(p && refuted !== undefined ? { p: { holds: p.holds, refuted } } : {}),
            seeds: estimate.seeds,
            examples: estimate.examples,
          },
        }
      : {}),
    sides: sides.map((side) => ({ ...side })),
    runs: [...runs],
  };
}

interface Group {
  readonly stage: Stage;
  readonly epsilon: string;
  readonly variant: string;
  readonly found: readonly RunResults[];
}

type Rows<Key extends 'accuracies' | 'reestimated' | 'gaps'> = ReproductionDocument[Key];

function accuraciesOf({ found, ...group }: Group): Rows<'accuracies'> {
  const [first] = found;
  if (!first) return [];
  const cells = evaluationCells(regimeNamed(first.run.regime));
  return (['clean', 'robust'] as const).flatMap((task) => {
    const cell = cells[task];
    const rows = found.flatMap(
      (results) =>
        evaluationOf(results, group.epsilon)?.outcomes.grid.find((row) => sameCell(row, cell)) ?? [],
    );
    if (rows.length === 0) return [];
    const attacks = Object.keys(rows[0].robust);
    return [
      {
        ...group,
        task,
        cell: cellLabel(cell),
        clean: overSeeds(rows.map((row) => readFlags(row.clean))),
        robust: overSeeds(rows.map((row) => worstCase(row.robust))),
        byAttack: Object.fromEntries(
          attacks.map((attack) => [attack, overSeeds(rows.map((row) => readFlags(row.robust[attack])))]),
        ),
      },
    ];
  });
}

function reestimatedOf({ found, ...group }: Group): Rows<'reestimated'> {
  const documents = found.flatMap((results) => analysisOf(results, 'reestimate', group.epsilon) ?? []);
  return (documents[0]?.result.reestimated ?? []).map(({ source, affine }) => {
    const rows = documents.flatMap(
      ({ result }) => result.reestimated.find((row) => row.source === source && row.affine === affine) ?? [],
    );
    const clean = overSeeds(rows.map(({ outcomes }) => readFlags(outcomes.clean)));
    const robust = overSeeds(rows.map(({ outcomes }) => worstCase(outcomes.robust)));
    return { ...group, source, affine, clean, robust };
  });
}

function gapsOf({ found, ...group }: Group): Rows<'gaps'> {
  const documents = found.flatMap((results) => analysisOf(results, 'gap', group.epsilon) ?? []);
  return (documents[0]?.result.branches ?? []).flatMap(({ affine, distances }) =>
    distances.map(({ pair, statistic }) => {
      const found = documents.flatMap(
        ({ result }) =>
          result.branches
            .find((branch) => branch.affine === affine)
            ?.distances.find((row) => row.pair === pair && row.statistic === statistic)?.average ?? [],
      );
      const unbiased = found.flatMap((average) => average.unbiased?.value ?? []);
      return {
        ...{ ...group, affine, pair, statistic },
        wasserstein: overSeedsOf(found.map((average) => average.wasserstein.value)),
        scaled: overSeedsOf(found.map((average) => average.scaled.value)),
        ...(unbiased.length === found.length ? { unbiased: overSeedsOf(unbiased) } : {}),
      };
    }),
  );
}

/** What every verdict rests on besides the runs. */
export const rulesOfDocument = {
  level,
  margins: { ...margins },
  floors: { ...floors },
} satisfies Pick<ReproductionDocument, 'level' | 'margins' | 'floors'>;
