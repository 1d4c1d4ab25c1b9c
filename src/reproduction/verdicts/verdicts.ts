/** From the files of runs to the verdicts on all claims, as document.ts has them. */

import { floors, level, margins } from '../hypotheses/margins.ts';
import { claims } from '../hypotheses/paper-claims.ts';
import { ruleHash } from '../hypotheses/rule-hash.ts';
import { type Hypothesis, needsOf, type Statement, statementsOf } from '../hypotheses/statements.ts';
import type { Plan } from '../plan.ts';
import type { RunResults } from '../results/run-results.ts';
import { type Scale, type Stage, stages } from '../scales.ts';
import { type Decided, decideTogether, shownOf, tested, together } from './decide.ts';
import type { ClaimVerdict, ReproductionDocument, StageVerdict, StatementVerdict } from './document.ts';
import { accuraciesOf, type Group, gapsOf, reestimatedOf } from './found-rows.ts';
import type { Lookup } from './layout.ts';
import { estimateOf } from './statement-estimates.ts';

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
      least: leastOf(everywhere.flatMap(({ found }) => found.estimated.estimate?.seeds ?? [])),
    },
    epsilons: verdicts,
    otherRules: ofStage.filter((each) => !fits(each)).map(({ run }) => run.name),
  };
}

const leastOf = (seeds: readonly number[]) => (seeds.length === 0 ? 0 : Math.min(...seeds));

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

/** What every verdict rests on besides the runs. */
export const rulesOfDocument = {
  level,
  margins: { ...margins },
  floors: { ...floors },
} satisfies Pick<ReproductionDocument, 'level' | 'margins' | 'floors'>;
