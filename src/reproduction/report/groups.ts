/** The runs of a reproduction in groups that differ in the seed alone: a regime at an epsilon. */
import { type AnalysisName, epsilonOf } from '../../analysis/index.ts';
import { type FigureSubject, groupBy, slug } from '../../figures/index.ts';
import { type AnalysisOf, analysesOf, type ReportRun } from '../../report/index.ts';
import type { ReproductionReport } from './model.ts';

export interface Group {
  readonly regime: string;
  /** Of training; absent where the regime trains without an attack. */
  readonly epsilon: string | undefined;
  readonly runs: readonly ReportRun[];
}

export const regimeAt = (regime: string, epsilon: string | undefined): string =>
  epsilon === undefined ? regime : `${regime}, ε\u00a0=\u00a0${epsilon}`;

/** In the order of the document. */
export function groupsOf({ document, runs }: ReproductionReport): Group[] {
  const listed = [...groupBy(document.runs, ({ regime, epsilon }) => `${regime} ${epsilon ?? ''}`).values()];
  return listed.flatMap((group): Group[] => {
    const read = group.flatMap(({ name }) => runs.filter((run) => run.name === name));
    const [{ regime, epsilon }] = group;
    return read.length === 0 ? [] : [{ regime, epsilon, runs: read }];
  });
}

export interface GroupSubject<Name extends AnalysisName> extends FigureSubject<AnalysisOf<Name>> {
  readonly regime: string;
  readonly epsilon: string | undefined;
}

/** Analyses of a kind, by regime and by the epsilon that they were made at; the latest of each run. */
export function subjectsOf<Name extends AnalysisName>(
  report: ReproductionReport,
  name: Name,
): GroupSubject<Name>[] {
  return groupsOf(report).flatMap(({ regime, epsilon, runs }) => {
    const found = runs.flatMap(({ seed, analyses }) =>
      analysesOf(analyses, name).map((document) => ({
        seed,
        document,
        size: epsilonOf(document) ?? epsilon,
      })),
    );
    // A run that serves several epsilons may have been looked at under others than this reproduction's.
    const { epsilons } = report.document;
    const asked = found.filter(({ size }) => size === undefined || epsilons.includes(size));
    return [...groupBy(asked, ({ size }) => size ?? '')].map(([, all]): GroupSubject<Name> => {
      const [{ size }] = all;
      const latest = new Map(all.map(({ seed, document }) => [seed, document]));
      return {
        id: slug(`${name} ${regime} ${size ?? ''}`),
        label: regimeAt(regime, size),
        regime,
        epsilon: size,
        documents: [...latest.values()],
      };
    });
  });
}
