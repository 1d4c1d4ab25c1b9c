/** From what the runs left to the document of a reproduction: every claim with its verdict and all numbers behind it. */

import { readFlags } from '../evaluation/index.ts';
import { cellLabel, sameCell } from '../nn/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import { accuracyOver, meanOver } from './estimate.ts';
import type { Claim, Statement } from './paper-claims.ts';
import type { Plan } from './plan.ts';
import { decide, ruleText, together } from './rules.ts';
import { analysisOf, evaluationOf, type RunResults } from './run-results.ts';
import { estimateOf, type Lookup } from './statement-estimates.ts';
import type { ClaimVerdict, ReproductionDocument, StatementVerdict } from './verdicts-document.ts';

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
