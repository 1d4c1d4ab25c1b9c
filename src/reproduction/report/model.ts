/** What the sections of the report are made from, and how they write estimates and verdicts. */
import { type AnalysisName, epsilonOf } from '../../analysis/index.ts';
import {
  type FigureSubject,
  type Generated,
  groupBy,
  type Html,
  html,
  type Interval,
  percent,
  slug,
  type VerdictName,
  verdictLooks,
} from '../../figures/index.ts';
import { type AnalysisOf, analysesOf, type ReportRun } from '../../report/index.ts';
import type { ReproductionDocument } from '../verdicts.ts';

export interface ReproductionReport {
  readonly document: ReproductionDocument;
  /** Those that could be read, named as in the document. */
  readonly runs: readonly ReportRun[];
  /** What could not be read, and why. */
  readonly problems: readonly string[];
  readonly generated: Generated;
}

export type Claim = ReproductionDocument['claims'][number];
export type Statement = Claim['statements'][number];

/** Runs that differ in the seed alone: a regime at an epsilon. */
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
    // A run without attacks serves several epsilons; it may have been analyzed at others than this reproduction's.
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

type Unit = Statement['unit'];

/** 0.0123 -> '+1.2'; a ratio of 1.234 -> '1.23'. */
export const estimateText = (value: number, unit: Unit): string =>
  unit === 'accuracy' ? signed(value) : value.toPrecision(3);

/** '−0.4 to +2.8' */
export const estimateInterval = ([low, high]: Interval, unit: Unit): string =>
  `${estimateText(low, unit)} to ${estimateText(high, unit)}`;

/** 0.0004 -> '< 0.001' */
export const pText = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const signed = (value: number): string => {
  const text = percent(Math.abs(value));
  if (text === '0.0') return '0.0';
  return `${value < 0 ? '−' : '+'}${text}`;
};

/** A verdict in words, with a sign and a color that repeat them. */
export const verdictHtml = (verdict: VerdictName, words: string = verdict): Html => {
  const { sign, color } = verdictLooks[verdict];
  return html`<span class="verdict" style="color:${color}"><b aria-hidden="true">${sign}</b> ${words}</span>`;
};

/** In tables, where 'at this scale' need not be said in every row. */
export const shortVerdictHtml = (verdict: VerdictName): Html =>
  verdictHtml(verdict, verdict === 'not shown at this scale' ? 'not shown' : verdict);
